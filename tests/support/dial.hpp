/// A plain TCP connection for tests that make the client's connections themselves (options.dial).
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <rediscluster/errors.hpp>

namespace test_support {

/// A descriptor connected to an IPv4 address; -1 when it refuses.
inline int connect_to(const rediscluster::NodeAddress& node) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(node.port));
  ::inet_pton(AF_INET, node.host.c_str(), &address.sin_addr);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

/// The port that a descriptor is connected to; 0: it is no IPv4 connection.
inline int port_of_peer(int fd) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.sin_family != AF_INET) return 0;
  return ntohs(peer.sin_port);
}

}  // namespace test_support
