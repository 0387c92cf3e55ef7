#include "net/resolver.hpp"

#include "base/condition.hpp"
#include "base/per_process.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <cstring>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace rediscluster::net {
namespace {

void set_port(Endpoint& endpoint, int port) {
  const auto number = htons(static_cast<std::uint16_t>(port));
  if (endpoint.address.ss_family == AF_INET) reinterpret_cast<sockaddr_in&>(endpoint.address).sin_port = number;
  if (endpoint.address.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6&>(endpoint.address).sin6_port = number;
}

bool literal_address(const NodeAddress& address, Endpoint& endpoint) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(endpoint.address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(endpoint.address);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    endpoint.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    endpoint.size = sizeof v6;
  } else {
    return false;
  }
  set_port(endpoint, address.port);
  return true;
}

Resolver::Found ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return {{}, ::gai_strerror(error)};
  Resolver::Found result;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Endpoint endpoint;
    std::memcpy(&endpoint.address, each->ai_addr, each->ai_addrlen);
    endpoint.size = each->ai_addrlen;
    result.endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(found);
  return result;
}

}  // namespace

// One lookup under way, shared by all who wait for it and the helper that does it.
struct Resolver::Running {
  explicit Running(base::TimePoint now) : since(now) {}
  const base::TimePoint since;
  bool done = false;
  Found found{};
};

struct Resolver::Shared {
  explicit Shared(Lookup function) : look_up(std::move(function)) {}
  void finish(const std::string& host, const std::shared_ptr<Running>& lookup, Found found);
  bool wait(std::unique_lock<std::mutex>& lock, const Running& lookup, base::Deadline deadline, const Interrupts& interrupts);

  const Lookup look_up;
  std::mutex mutex;  // guards what follows, and what `running` points to
  base::Condition changed;
  std::map<std::string, std::shared_ptr<Running>> running;
};

void Resolver::Shared::finish(const std::string& host, const std::shared_ptr<Running>& lookup, Found found) {
  {
    std::lock_guard lock{mutex};
    lookup->done = true;
    lookup->found = std::move(found);
    const auto current = running.find(host);
    if (current != running.end() && current->second == lookup) running.erase(current);
  }
  changed.notify_all();
}

bool Resolver::Shared::wait(std::unique_lock<std::mutex>& lock, const Running& lookup, base::Deadline deadline, const Interrupts& interrupts) {
  while (!lookup.done) {
    const base::TimePoint now = base::Clock::now();
    if (deadline.passed(now) || interrupts.wanted()) return false;
    changed.wait_until(lock, interrupts.next_look(now, deadline));
  }
  return true;
}

Resolver::Resolver(Lookup look_up) : shared_(std::make_shared<Shared>(std::move(look_up))) {}

Result<std::vector<Endpoint>> Resolver::resolve(const NodeAddress& address, base::Deadline deadline, const Interrupts& interrupts) {
  Endpoint literal;
  if (literal_address(address, literal)) return std::vector<Endpoint>{literal};
  if (address.host.empty()) return fail(Errc::dns_failed, "the node has no host name", address);
  const std::string& host = address.host;
  std::unique_lock lock{shared_->mutex};
  std::shared_ptr<Running>& current = shared_->running[host];
  const base::TimePoint now = base::Clock::now();
  const bool is_first = current == nullptr || now - current->since > patience;
  if (is_first) current = std::make_shared<Running>(now);
  const std::shared_ptr<Running> lookup = current;
  if (is_first) {
    lock.unlock();
    try {
      std::thread([shared = shared_, lookup, host] { shared->finish(host, lookup, shared->look_up(host)); }).detach();
    } catch (const std::system_error& error) {  // the process may have no more threads
      shared_->finish(host, lookup, {{}, error.what()});
    }
    lock.lock();
  }
  if (!shared_->wait(lock, *lookup, deadline, interrupts)) {
    return fail(Errc::timed_out, "looking up the name " + host + " took too long", address);
  }
  if (lookup->found.endpoints.empty()) {
    return fail(Errc::dns_failed, "the name " + host + " has no address: " + lookup->found.trouble, address);
  }
  std::vector<Endpoint> endpoints = lookup->found.endpoints;
  lock.unlock();
  for (Endpoint& each : endpoints) set_port(each, address.port);
  return endpoints;
}

Result<std::vector<Endpoint>> resolve(const NodeAddress& address, base::Deadline deadline, const Interrupts& interrupts) {
  const auto make = [](auto&...) { return Resolver(ask_system); };
  // Never destroyed: connections may be made while the process ends.
  static base::PerProcess<Resolver>& system = *new base::PerProcess<Resolver>(make);
  return system.get(make).resolve(address, deadline, interrupts);
}

}  // namespace rediscluster::net
