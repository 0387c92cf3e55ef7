#include "drive/fibers.hpp"

#include "base/condition.hpp"

#include <array>
#include <new>
#include <optional>

namespace rediscluster::drive {
namespace {

constexpr std::size_t most_spare = 64;
// How often a descriptor is looked at that the loop cannot be asked about.
constexpr std::chrono::milliseconds blind_look{5};

}  // namespace

// In a ring of all that wait.
class Fibers::Running final : public base::Fiber, public Mail, public Timer {
 public:
  struct Place : base::RingLink {
    explicit Place(Running& its_fiber) : fiber(its_fiber) {}
    Running& fiber;
  };

  Running(Fibers& all, base::FiberStack stack, std::function<void()> function) : Fiber(all, std::move(stack), std::move(function)), all_(all) {}

  void wake() noexcept {
    if (is_posted_.exchange(true, std::memory_order_acq_rel)) return;
    if (all_.reactor_.is_here()) {
      all_.reactor_.run_soon(*this);
    } else {
      all_.reactor_.post(*this);
    }
  }
  void wake_next_turn() noexcept {
    if (!is_posted_.exchange(true, std::memory_order_acq_rel)) all_.reactor_.post(*this);
  }
  /// By the loop, before a turn.
  void wake_in_turn() noexcept {
    if (!is_posted_.exchange(true, std::memory_order_acq_rel)) all_.reactor_.run_soon(*this);
  }

 private:
  void fired() noexcept override { wake(); }
  // Nobody wakes it any more when it has ended; but somebody may have, just before.
  void opened() noexcept override {
    is_posted_.store(false, std::memory_order_release);
    if (!has_ended()) resume();
    if (has_ended() && !is_posted_.load(std::memory_order_acquire)) all_.ended(*this);
  }

  Fibers& all_;
  std::atomic<bool> is_posted_{false};
};

// A fiber that waits for one descriptor, maybe beside others.
struct Fibers::Wait : base::RingLink {
  base::Fiber* fiber = nullptr;
  base::DescriptorInterest* interest = nullptr;
  Watching* watching = nullptr;
  bool was_noise = false;
};

struct Fibers::Watching final : Loop::Watched {
  Watching(Fibers& its_fibers, int its_descriptor) : fibers(its_fibers), descriptor(its_descriptor) {}

  // A loop always tells of bytes. Where nobody wants them it would do so without end.
  void ready(bool readable, bool writable) noexcept override {
    for (base::RingLink* link = waits.next; link != &waits; link = link->next) {
      Wait& each = static_cast<Wait&>(*link);
      base::DescriptorInterest& interest = *each.interest;
      interest.can_read = interest.can_read || (readable && interest.read);
      interest.can_write = interest.can_write || (writable && interest.write);
      each.was_noise = each.was_noise || !(interest.can_read || interest.can_write);
      static_cast<Running&>(*each.fiber).wake_in_turn();
    }
  }
  void want_writable() {
    bool wanted = false;
    for (base::RingLink* link = waits.next; link != &waits; link = link->next) wanted = wanted || static_cast<Wait*>(link)->interest->write;
    if (wanted != is_writable_wanted) fibers.reactor_.loop().want_writable(descriptor, *this, wanted);
    is_writable_wanted = wanted;
  }

  Fibers& fibers;
  const int descriptor;
  bool is_writable_wanted = false;
  base::Ring waits;
};

Fibers::Fibers(Reactor& reactor, Elsewhere elsewhere) : reactor_(reactor), elsewhere_(std::move(elsewhere)) { spare_.reserve(most_spare); }
Fibers::~Fibers() = default;

void Fibers::start(std::function<void()> function) {
  std::optional<base::FiberStack> stack;
  {
    std::lock_guard lock{mutex_};
    if (!spare_.empty()) {
      stack.emplace(std::move(spare_.back()));
      spare_.pop_back();
    }
  }
  if (!stack) stack.emplace();
  auto* const running = new Running(*this, std::move(*stack), std::move(function));
  alive_.fetch_add(1, std::memory_order_acq_rel);
  running->wake();
}

void Fibers::ended(Running& running) noexcept {
  base::FiberStack stack = running.take_stack();
  delete &running;
  {
    std::lock_guard lock{mutex_};
    if (spare_.size() < most_spare) spare_.push_back(std::move(stack));
  }
  alive_.fetch_sub(1, std::memory_order_acq_rel);
}

void Fibers::wake(base::Fiber& fiber) noexcept { static_cast<Running&>(fiber).wake(); }

void Fibers::wait(base::Fiber& fiber, base::Deadline deadline) noexcept {
  Running& running = static_cast<Running&>(fiber);
  Running::Place place(running);
  waiting_.push_back(place);
  reactor_.timers().set(running, deadline);
  fiber.put_aside();
  running.cancel();
  place.leave();
}

void Fibers::yield(base::Fiber& fiber) noexcept {
  static_cast<Running&>(fiber).wake_next_turn();
  fiber.put_aside();
}

void Fibers::wake_all() noexcept {
  for (base::RingLink* link = waiting_.next; link != &waiting_; link = link->next) static_cast<Running::Place&>(*link).fiber.wake();
}

void Fibers::wait_blindly(base::Fiber& fiber, base::Deadline deadline) noexcept {
  wait(fiber, earlier(deadline, base::Deadline::after(base::Clock::now(), blind_look)));
}

void Fibers::wait(base::Fiber& fiber, std::span<base::DescriptorInterest> descriptors, base::Deadline deadline) noexcept {
  std::array<Wait, 16> few;
  std::vector<Wait> many;
  std::size_t begun = 0;
  std::span<Wait> waits{few};
  bool is_seen = true;
  try {
    if (descriptors.size() > few.size()) {
      many.resize(descriptors.size());
      waits = many;
    }
    for (; is_seen && begun < descriptors.size(); ++begun) {
      waits[begun].fiber = &fiber;
      waits[begun].interest = &descriptors[begun];
      is_seen = begin(waits[begun]);
    }
  } catch (const std::bad_alloc&) {
    is_seen = false;
  }
  is_seen ? wait(fiber, deadline) : wait_blindly(fiber, deadline);
  bool was_noise = false;
  for (Wait& each : waits.first(begun)) {
    end(each);
    was_noise = was_noise || each.was_noise;
  }
  if (was_noise) wait_blindly(fiber, deadline);
}

// False: the loop has no room for it.
bool Fibers::begin(Wait& wait) {
  const auto [at, is_new] = watched_.try_emplace(wait.interest->descriptor, *this, wait.interest->descriptor);
  if (is_new && !reactor_.loop().watch(wait.interest->descriptor, at->second)) {
    watched_.erase(at);
    return false;
  }
  wait.watching = &at->second;
  wait.watching->waits.push_back(wait);
  wait.watching->want_writable();
  return true;
}

void Fibers::end(Wait& wait) noexcept {
  if (wait.watching == nullptr) return;
  wait.leave();
  if (!wait.watching->waits.empty()) return wait.watching->want_writable();
  reactor_.loop().forget(wait.interest->descriptor, *wait.watching);
  watched_.erase(wait.interest->descriptor);
}

bool Fibers::call_elsewhere(base::Fiber& /*fiber*/, const std::function<void()>& function) {
  std::mutex mutex;
  base::Condition changed;
  bool has_ended = false;
  bool was_called = false;
  elsewhere_([&](bool has_thread) {
    if (has_thread) function();
    std::lock_guard lock{mutex};
    has_ended = true;
    was_called = has_thread;
    changed.notify_all();
  });
  std::unique_lock lock{mutex};
  changed.wait(lock, [&] { return has_ended; });
  return was_called;
}

}  // namespace rediscluster::drive
