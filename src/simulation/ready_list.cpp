#include "simulation/ready_list.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace rediscluster::simulation {

ReadyList::ReadyList() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

ReadyList::~ReadyList() { ::close(epoll_); }

void ReadyList::control(int descriptor, std::uint64_t key, bool writable, bool is_new) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (writable) event.events |= EPOLLOUT;
  event.data.u64 = key;
  if (::epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) != 0) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void ReadyList::remove(int descriptor) {
  epoll_event unused{};
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &unused);
}

const std::vector<ReadyList::Ready>& ReadyList::look() {
  std::array<epoll_event, 256> events;
  ready_.clear();
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const bool has_ended = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    ready_.push_back({event.data.u64, has_ended || (event.events & EPOLLIN) != 0, has_ended || (event.events & EPOLLOUT) != 0});
  }
  std::sort(ready_.begin(), ready_.end());
  return ready_;
}

}  // namespace rediscluster::simulation
