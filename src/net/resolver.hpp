/// Names to addresses, within a deadline. Literal IPv4 and IPv6 addresses cost no lookup.
/// The system's resolver cannot be interrupted: a lookup runs on a helper thread, and one that outlives its deadline is
/// left to end by itself. Who asks for a name that is being looked up waits for that lookup, so a resolver that hangs costs
/// one thread a name rather than one an attempt. Nothing is remembered once a lookup has ended. Thread-safe.
#pragma once

#include "base/time.hpp"
#include "net/interrupts.hpp"

#include <rediscluster/result.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rediscluster::net {

/// One address to connect to.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

class Resolver {
 public:
  /// What came of a lookup: addresses without ports, or why there are none.
  struct Found {
    std::vector<Endpoint> endpoints{};
    std::string trouble{};
  };
  /// Called on a helper thread, perhaps after the resolver has died: owns what it needs. Must not throw.
  using Lookup = std::function<Found(const std::string& host)>;

  explicit Resolver(Lookup look_up);

  /// Errors: Errc::dns_failed with the lookup's reason; Errc::timed_out.
  Result<std::vector<Endpoint>> resolve(const NodeAddress& address, base::Deadline deadline, const Interrupts& interrupts = {});

  /// A lookup that has not ended for so long is not waited for by those who come later: they begin another one.
  static constexpr std::chrono::seconds patience{10};

 private:
  struct Running;
  struct Shared;
  const std::shared_ptr<Shared> shared_;  // with the helper threads
};

/// Asks the system (getaddrinfo), the same resolver for the whole process. Errors: see Resolver.
Result<std::vector<Endpoint>> resolve(const NodeAddress& address, base::Deadline deadline, const Interrupts& interrupts = {});

}  // namespace rediscluster::net
