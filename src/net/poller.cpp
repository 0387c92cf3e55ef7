#include "net/poller.hpp"

#include "net/connector.hpp"
#include "net/poll_timeout.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace rediscluster::net {
namespace {

// How often a wait looks whether it was woken when there is no descriptor to wake it by.
constexpr std::chrono::milliseconds look_interval{20};

short events_of(const Watch& watch) {
  return static_cast<short>((watch.want_read ? POLLIN : 0) | (watch.want_write ? POLLOUT : 0));
}

}  // namespace

Poller::Poller() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { base::note_descriptor(wake_fd_); }

Poller::~Poller() { base::close_noted(wake_fd_, maker_); }

bool Poller::wait(std::span<Watch> watches, base::Deadline deadline) {
  look_at(watches);
  base::Fiber* const fiber = base::Fiber::current();
  const bool is_woken = fiber != nullptr ? wait_as_fiber(*fiber, deadline) : wait_as_thread(deadline);
  for (std::size_t i = 0; i < watches.size(); ++i) {
    const short happened = polled_[i].revents;
    const bool has_ended = (happened & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    watches[i].can_read = watches[i].want_read && (has_ended || (happened & POLLIN) != 0);
    watches[i].can_write = watches[i].want_write && (has_ended || (happened & POLLOUT) != 0);
  }
  return is_woken;
}

void Poller::look_at(std::span<Watch> watches) {
  polled_.clear();
  polled_.reserve(watches.size() + 1);
  for (const Watch& watch : watches) {
    // A negative descriptor is passed over: one that is waited for nothing would still report its end, again and again.
    const short events = events_of(watch);
    polled_.push_back({events == 0 ? -1 : watch.socket->descriptor(), events, 0});
  }
}

bool Poller::wait_as_thread(base::Deadline deadline) {
  polled_.push_back({wake_fd_, POLLIN, 0});
  for (;;) {
    const base::TimePoint now = base::Clock::now();
    const bool is_woken = woken_.exchange(false, std::memory_order_acq_rel);
    const base::Deadline limit = wake_fd_ >= 0 ? deadline : earlier(deadline, base::Deadline::after(now, look_interval));
    const int ready = poll_any(polled_, is_woken ? 0 : poll_timeout(limit, now));
    if (ready > 0 || is_woken || deadline.passed(base::Clock::now())) return (polled_.back().revents != 0 && take_wake()) || is_woken;
  }
}

// Wakes come by its host, and what is ready is told by it: few system calls, as others wait for the same thread.
bool Poller::wait_as_fiber(base::Fiber& fiber, base::Deadline deadline) {
  interests_.clear();
  for (const pollfd& each : polled_) {
    if (each.fd >= 0) interests_.push_back({each.fd, (each.events & POLLIN) != 0, (each.events & POLLOUT) != 0});
  }
  bool is_woken = begin(fiber);
  bool has_waited = false;
  int ready = 0;
  while (ready == 0) {
    is_woken = woken_.exchange(false, std::memory_order_acq_rel) || is_woken;
    if (is_woken && has_waited) break;
    ready = look_now();
    if (ready > 0 || is_woken || deadline.passed(base::Clock::now())) break;
    fiber.host().wait(fiber, interests_, deadline);
    has_waited = true;
    ready = was_told() ? 1 : 0;
  }
  end_of_fiber();
  if (ready > 0 && !has_waited) fiber.host().yield(fiber);  // where something is always ready, others want to run, too
  return is_woken;
}

int Poller::look_now() { return interests_.empty() ? 0 : poll_any(polled_, 0); }

// An end is told as both.
bool Poller::was_told() {
  bool is_any = false;
  std::size_t i = 0;
  for (const base::DescriptorInterest& each : interests_) {
    while (polled_[i].fd < 0) ++i;
    polled_[i++].revents = static_cast<short>((each.can_read ? POLLIN : 0) | (each.can_write ? POLLOUT : 0));
    is_any = is_any || each.can_read || each.can_write;
  }
  return is_any;
}

bool Poller::take_wake() {
  std::lock_guard lock{mutex_};
  std::uint64_t count = 0;
  is_written_ = false;
  return ::read(wake_fd_, &count, sizeof count) > 0;  // empties it
}

// Whether somebody has woken it since the last wait.
bool Poller::begin(base::Fiber& fiber) {
  const bool was_written = [&] {
    std::lock_guard lock{mutex_};
    fiber_ = &fiber;
    return is_written_;
  }();
  return was_written && take_wake();
}

void Poller::end_of_fiber() {
  std::lock_guard lock{mutex_};
  fiber_ = nullptr;
}

// All with the mutex: a fiber that has not begun to wait finds it written, and waits for no descriptor of ours afterwards.
void Poller::wake() {
  std::lock_guard lock{mutex_};
  if (fiber_ != nullptr) {
    woken_.store(true, std::memory_order_release);
    return fiber_->host().wake(*fiber_);
  }
  if (wake_fd_ < 0) return woken_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  is_written_ = true;
  static_cast<void>(!::write(wake_fd_, &one, sizeof one));  // fails only when it is full: then it is readable
}

}  // namespace rediscluster::net
