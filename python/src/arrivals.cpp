#include "arrivals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rediscluster::python {

Arrivals::Arrivals() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Arrivals::~Arrivals() { ::close(descriptor_); }

void Arrivals::put(std::uint64_t call, Outcome&& outcome) {
  bool is_first = false;
  {
    std::lock_guard lock{mutex_};
    is_first = arrived_.empty();
    arrived_.push_back({call, std::move(outcome)});
  }
  const std::uint64_t one = 1;
  if (is_first) (void)!::write(descriptor_, &one, sizeof one);  // it cannot be full: it is read before more is put in
}

std::vector<Arrival> Arrivals::take() {
  std::uint64_t count = 0;
  (void)!::read(descriptor_, &count, sizeof count);
  std::lock_guard lock{mutex_};
  return std::exchange(arrived_, {});
}

}  // namespace rediscluster::python
