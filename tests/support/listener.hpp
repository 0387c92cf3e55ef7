/// The other end of a connection on the loopback, as bare descriptors.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rediscluster/errors.hpp>
#include <utility>

namespace test_support {

/// A plain descriptor, closed at the end.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class Listener {
 public:
  explicit Listener(int backlog = 16) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(fd_.get(), backlog);
    socklen_t size = sizeof address;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  rediscluster::NodeAddress address() const { return {"127.0.0.1", port_}; }
  int fd() const { return fd_.get(); }
  int accept() const { return ::accept(fd_.get(), nullptr, nullptr); }
  /// A thread in accept() comes back, with -1.
  void wake() const { ::shutdown(fd_.get(), SHUT_RDWR); }
  void close() { fd_.close(); }

 private:
  Fd fd_;
  int port_ = 0;
};

}  // namespace test_support
