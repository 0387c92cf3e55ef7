#include "simulation/loop.hpp"

#include <utility>

namespace rediscluster::simulation {

class SimLoop::Handle final : public Loop {
 public:
  explicit Handle(SimLoop& loop) : loop_(loop) {}
  void attach(Client& client) override { loop_.client_ = &client; }
  void detach() noexcept override { loop_.client_ = nullptr; }
  bool watch(int descriptor, Watched& watched) override {
    loop_.watches_[descriptor] = {&watched};
    loop_.look_at(descriptor);
    return true;
  }
  void want_writable(int descriptor, Watched& /*watched*/, bool wanted) override {
    loop_.watches_.at(descriptor).wants_writable = wanted;
    loop_.look_at(descriptor);
  }
  void forget(int descriptor, Watched& /*watched*/) override { loop_.watches_.erase(descriptor); }
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

std::unique_ptr<Loop> SimLoop::handle() { return std::make_unique<Handle>(*this); }

bool SimLoop::turn() {
  if (client_ == nullptr) return false;
  const bool is_any_ready = tell_who_is_ready();
  if (!is_any_ready && !is_woken_ && next_turn_ > world_.now()) return false;
  is_woken_ = false;
  turns_ = true;
  client_->turn();
  turns_ = false;
  for (const auto& function : std::exchange(after_turn_, {})) function();
  return true;
}

bool SimLoop::tell_who_is_ready() {
  ready_.clear();
  std::erase_if(candidates_, [&](int descriptor) {
    const auto watch = watches_.find(descriptor);
    if (watch == watches_.end()) return true;
    const short found = network_.look(descriptor, static_cast<short>(POLLIN | (watch->second.wants_writable ? POLLOUT : 0)));
    if (found != 0) ready_.emplace_back(descriptor, found);
    return found == 0;
  });
  for (const auto& [descriptor, found] : ready_) {
    const auto watch = watches_.find(descriptor);
    if (watch != watches_.end()) watch->second.watched->ready((found & POLLIN) != 0, (found & POLLOUT) != 0);
  }
  return !ready_.empty();
}

}  // namespace rediscluster::simulation
