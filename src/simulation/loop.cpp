#include "simulation/loop.hpp"

#include <algorithm>
#include <utility>

namespace rediscluster::simulation {

class SimLoop::Handle final : public Loop {
 public:
  explicit Handle(SimLoop& loop) : loop_(loop) {}
  void attach(Client& client) override { loop_.client_ = &client; }
  void detach() noexcept override { loop_.client_ = nullptr; }
  bool watch(int descriptor, Watched& watched) override {
    const std::uint64_t number = ++loop_.numbers_;
    loop_.watches_.emplace(number, Watch{descriptor, &watched});
    loop_.ready_.add(descriptor, number);
    loop_.is_to_look_ = true;
    return true;
  }
  void want_writable(int descriptor, Watched& /*watched*/, bool wanted) override {
    loop_.ready_.want_writable(descriptor, loop_.watch_of(descriptor)->first, wanted);
    loop_.is_to_look_ = true;
  }
  void forget(int descriptor, Watched& /*watched*/) override {
    loop_.ready_.remove(descriptor);
    loop_.watches_.erase(loop_.watch_of(descriptor));
  }
  void turn_by(base::TimePoint when) override { loop_.next_turn_ = when; }
  void wake() noexcept override { loop_.is_woken_ = true; }
  bool after_turn(std::function<void()> function) override {
    if (!loop_.turns_) return false;
    loop_.after_turn_.push_back(std::move(function));
    return true;
  }

 private:
  SimLoop& loop_;
};

std::map<std::uint64_t, SimLoop::Watch>::iterator SimLoop::watch_of(int descriptor) {
  return std::find_if(watches_.begin(), watches_.end(), [&](const auto& each) { return each.second.descriptor == descriptor; });
}

std::unique_ptr<Loop> SimLoop::handle() { return std::make_unique<Handle>(*this); }

bool SimLoop::turn() {
  if (client_ == nullptr) return false;
  const bool is_any_ready = is_to_look_ && tell_who_is_ready();
  is_to_look_ = is_any_ready;  // what is ready and not used up is told again
  if (!is_any_ready && !is_woken_ && next_turn_ > world_.now()) return false;
  is_woken_ = false;
  turns_ = true;
  client_->turn();
  turns_ = false;
  for (const auto& function : std::exchange(after_turn_, {})) function();
  return true;
}

bool SimLoop::tell_who_is_ready() {
  const std::vector<ReadyList::Ready>& ready = ready_.look();
  for (const ReadyList::Ready& each : ready) {
    if (const auto found = watches_.find(each.key); found != watches_.end()) found->second.watched->ready(each.readable, each.writable);
  }
  return !ready.empty();
}

}  // namespace rediscluster::simulation
