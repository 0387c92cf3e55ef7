/// A test's network in place of the system's, for the thread it stands in on (base::StandIn). Names are its, too.
#pragma once

#include "base/stand_in.hpp"
#include "base/time.hpp"
#include "net/address_turn.hpp"
#include "net/interrupts.hpp"

#include <rediscluster/result.hpp>

#include <poll.h>
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace rediscluster::net {

class Connector {
 public:
  /// Descriptors of its connections begin here; the system has none so large.
  static constexpr int first_descriptor = 1 << 30;
  static bool has(int descriptor) { return descriptor >= first_descriptor; }
  static Connector* here() { return base::StandIn<Connector>::here(); }

  /// In a fiber. May wait, with base::rest_until().
  /// @param turn  null: the addresses of a name have no turns.
  /// @return  a descriptor that is now the caller's. Errors: as Socket::connect().
  virtual Result<int> connect(const NodeAddress& address, AddressTurn* turn, const Interrupts& interrupts, base::Deadline deadline) = 0;
  /// As the system calls of these names that never wait: what was moved, or -1 and errno.
  virtual ssize_t send(int descriptor, std::string_view bytes) noexcept = 0;
  virtual ssize_t receive(int descriptor, char* data, std::size_t size) noexcept = 0;
  /// What poll would find of it.
  virtual short look(int descriptor, short events) noexcept = 0;
  virtual void shut_down(int descriptor) noexcept = 0;
  virtual void close(int descriptor) noexcept = 0;

 protected:
  ~Connector() = default;
};

/// poll(2), for descriptors of the system's or, at once, for those of a connector.
inline int poll_any(std::span<pollfd> polled, int timeout) {
  Connector* const connector = Connector::here();
  if (connector == nullptr) [[likely]]
    return ::poll(polled.data(), polled.size(), timeout);
  int ready = 0;
  for (pollfd& each : polled) {
    each.revents = Connector::has(each.fd) ? connector->look(each.fd, each.events) : short{0};
    ready += each.revents != 0 ? 1 : 0;
  }
  return ready;
}

}  // namespace rediscluster::net
