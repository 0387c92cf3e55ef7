#include "net/epoll_loop.hpp"

#include "net/poll_timeout.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace rediscluster::net {
namespace {

constexpr std::size_t most_events = 128;

[[noreturn]] void throw_system_error(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

EpollLoop::EpollLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw_system_error("epoll_create1");
  event_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event watched{};
  watched.events = EPOLLIN;  // level-triggered: a wake that is not read is told again
  if (event_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &watched) == 0) {
    base::note_descriptor(epoll_);
    base::note_descriptor(event_);
    return;
  }
  const int error = errno;
  if (event_ >= 0) ::close(event_);
  ::close(epoll_);
  errno = error;
  throw_system_error("eventfd");
}

EpollLoop::~EpollLoop() {
  base::close_noted(event_, maker_);
  base::close_noted(epoll_, maker_);
}

bool EpollLoop::watch(int descriptor, Watched& watched) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &watched;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EpollLoop::want_writable(int descriptor, Watched& watched, bool wanted) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (wanted) event.events |= EPOLLOUT;
  event.data.ptr = &watched;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void EpollLoop::forget(int descriptor, Watched& /*watched*/) {
  epoll_event unused{};
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &unused);
}

void EpollLoop::wake() noexcept {
  constexpr std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_, &one, sizeof one);  // full: it is awake for sure
}

void EpollLoop::stop() noexcept {
  is_stopped_.store(true, std::memory_order_release);
  wake();
}

void EpollLoop::run() noexcept {
  while (!is_stopped_.load(std::memory_order_acquire)) {
    client_->turn();
    wait();
  }
}

void EpollLoop::wait() noexcept {
  using TimePoint = std::chrono::steady_clock::time_point;
  int timeout = 0;
  if (next_turn_ == TimePoint::max()) {
    timeout = -1;
  } else if (next_turn_ != TimePoint::min()) {
    timeout = poll_timeout(base::Deadline::at(next_turn_), base::Clock::now());
  }
  std::array<epoll_event, most_events> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const ssize_t got = ::read(event_, &wakes, sizeof wakes);
      continue;
    }
    const bool has_ended = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    static_cast<Watched*>(event.data.ptr)->ready(has_ended || (event.events & EPOLLIN) != 0, has_ended || (event.events & EPOLLOUT) != 0);
  }
}

}  // namespace rediscluster::net
