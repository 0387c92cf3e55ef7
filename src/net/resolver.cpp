#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace rediscluster::net {
namespace {

bool literal_address(const NodeAddress& address, Endpoint& endpoint) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(endpoint.address);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(address.port));
    endpoint.size = sizeof v4;
    return true;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(endpoint.address);
  if (::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(address.port));
    endpoint.size = sizeof v6;
    return true;
  }
  return false;
}

// One lookup, shared by the thread that asked and the helper that does it; the last one to let go frees it.
struct Lookup {
  std::mutex mutex;  // guards done, error, endpoints
  std::condition_variable changed;
  bool done = false;
  int error = 0;
  std::vector<Endpoint> endpoints;
};

void look_up(const std::shared_ptr<Lookup>& lookup, const NodeAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* each = found; error == 0 && each != nullptr; each = each->ai_next) {
    Endpoint endpoint;
    std::memcpy(&endpoint.address, each->ai_addr, each->ai_addrlen);
    endpoint.size = each->ai_addrlen;
    endpoints.push_back(endpoint);
  }
  if (error == 0) ::freeaddrinfo(found);
  std::lock_guard lock{lookup->mutex};
  lookup->done = true;
  lookup->error = error;
  lookup->endpoints = std::move(endpoints);
  lookup->changed.notify_all();
}

}  // namespace

Result<std::vector<Endpoint>> resolve(const NodeAddress& address, base::Deadline deadline) {
  Endpoint literal;
  if (literal_address(address, literal)) return std::vector<Endpoint>{literal};
  if (address.host.empty()) return fail(Errc::dns_failed, "the node has no host name", address);
  auto lookup = std::make_shared<Lookup>();
  try {
    std::thread([lookup, address] { look_up(lookup, address); }).detach();
  } catch (const std::system_error& error) {  // the process may have no more threads
    return fail(Errc::dns_failed, "looking up the name " + address.host + " failed: " + error.what(), address);
  }
  std::unique_lock lock{lookup->mutex};
  const auto finished = [&] { return lookup->done; };
  if (deadline.is_never()) {
    lookup->changed.wait(lock, finished);
  } else if (!lookup->changed.wait_until(lock, deadline.when(), finished)) {
    return fail(Errc::timed_out, "looking up the name " + address.host + " took too long", address);
  }
  if (lookup->error != 0 || lookup->endpoints.empty()) {
    return fail(Errc::dns_failed, "the name " + address.host + " has no address: " + ::gai_strerror(lookup->error), address);
  }
  return std::move(lookup->endpoints);
}

}  // namespace rediscluster::net
