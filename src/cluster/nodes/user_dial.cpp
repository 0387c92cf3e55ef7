#include "cluster/nodes/user_dial.hpp"

#include "base/fiber.hpp"

#include <exception>

namespace rediscluster::cluster {
namespace {

Failure bad_dial(const NodeAddress& node, const std::string& what) {
  return fail(Errc::connect_failed, "cannot connect to " + to_string(node) + ": options.dial " + what, node);
}

// No exception of the user's may pass through a lane that others wait for.
Result<int> call_safely(const DialFunction& dial, const NodeAddress& node, base::Deadline deadline) {
  try {
    return base::call_blocking([&] { return dial(node, deadline.when()); });
  } catch (const std::exception& error) {
    return bad_dial(node, "threw an exception: " + std::string(error.what()));
  } catch (...) {
    return bad_dial(node, "threw something that is no std::exception");
  }
}

}  // namespace

Result<net::Socket> dial_by_user(const DialFunction& dial, const NodeAddress& node, const net::SocketOptions& options,
                                 base::Deadline deadline) {
  Result<int> descriptor = call_safely(dial, node, deadline);
  if (!descriptor) return fail(std::move(descriptor.error()));
  if (*descriptor < 0) return bad_dial(node, "returned " + std::to_string(*descriptor) + " instead of a descriptor");
  Result<net::Socket> socket = net::Socket::adopt(*descriptor, options);
  if (!socket) return bad_dial(node, "returned descriptor " + std::to_string(*descriptor) + ", which " + socket.error().message);
  return socket;
}

}  // namespace rediscluster::cluster
