#include "net/poller.hpp"

#include "base/fiber.hpp"
#include "net/poll_timeout.hpp"

#include <poll.h>
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

std::vector<base::DescriptorInterest> interests_of(const std::vector<pollfd>& fds) {
  std::vector<base::DescriptorInterest> interests;
  interests.reserve(fds.size());
  for (const pollfd& each : fds) {
    if (each.fd >= 0) interests.push_back({each.fd, (each.events & POLLIN) != 0, (each.events & POLLOUT) != 0});
  }
  return interests;
}

}  // namespace

Poller::Poller() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { base::note_descriptor(wake_fd_); }

Poller::~Poller() { base::close_noted(wake_fd_, maker_); }

bool Poller::wait(std::span<Watch> watches, base::Deadline deadline) {
  base::Fiber* const fiber = base::Fiber::current();
  std::vector<pollfd> fds;
  fds.reserve(watches.size() + 1);
  for (Watch& watch : watches) {
    watch.can_read = watch.can_write = false;
    // A negative descriptor is passed over: one that is waited for nothing would still report its end, again and again.
    const short events = events_of(watch);
    fds.push_back({events == 0 ? -1 : watch.socket->descriptor(), events, 0});
  }
  std::vector<base::DescriptorInterest> interests;
  if (fiber != nullptr) interests = interests_of(fds);
  fds.push_back({wake_fd_, POLLIN, 0});
  if (fiber != nullptr) set_fiber(fiber);
  bool is_woken = false;
  int ready = 0;
  bool has_waited = false;
  for (;;) {
    const base::TimePoint now = base::Clock::now();
    is_woken = woken_.exchange(false, std::memory_order_acq_rel);
    const base::Deadline limit = wake_fd_ >= 0 ? deadline : earlier(deadline, base::Deadline::after(now, look_interval));
    ready = ::poll(fds.data(), fds.size(), is_woken || fiber != nullptr ? 0 : poll_timeout(limit, now));
    if (ready > 0 || is_woken || deadline.passed(base::Clock::now())) break;
    if (fiber != nullptr) fiber->host().wait(*fiber, interests, limit);
    has_waited = true;
  }
  if (fiber != nullptr) {
    set_fiber(nullptr);
    if (ready > 0 && !has_waited) fiber->host().yield(*fiber);  // where something is always ready, others want to run, too
  }
  std::uint64_t count = 0;
  if (fds.back().revents != 0) {
    static_cast<void>(!::read(wake_fd_, &count, sizeof count));  // empties it
    is_woken = true;
  }
  for (std::size_t i = 0; i < watches.size(); ++i) {
    const short happened = fds[i].revents;
    const bool has_ended = (happened & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    watches[i].can_read = watches[i].want_read && (has_ended || (happened & POLLIN) != 0);
    watches[i].can_write = watches[i].want_write && (has_ended || (happened & POLLOUT) != 0);
  }
  return is_woken;
}

void Poller::set_fiber(base::Fiber* fiber) {
  std::lock_guard lock{mutex_};
  fiber_ = fiber;
}

// All with the mutex: a fiber that has not begun to wait finds the descriptor written, and waits for no descriptor of ours afterwards.
void Poller::wake() {
  std::lock_guard lock{mutex_};
  if (fiber_ != nullptr) {
    woken_.store(true, std::memory_order_release);
    return fiber_->host().wake(*fiber_);
  }
  if (wake_fd_ < 0) return woken_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_fd_, &one, sizeof one));  // fails only when it is full: then it is readable
}

}  // namespace rediscluster::net
