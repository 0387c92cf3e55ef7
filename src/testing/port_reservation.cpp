/// Locks and probes of PortReservation.
#include "testing/port_reservation.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <rediscluster/testing/server_error.hpp>
#include <string>
#include <utility>

namespace rediscluster::testing {
namespace {

// Ports 11000..20999 and their bus ports 21000..30999: below the usual first outgoing port, 32768.
constexpr int first_port = 11000;
constexpr int last_port = 20999;
constexpr int bus_offset = 10000;
constexpr int max_attempts = 500;
constexpr const char* lock_file = "/tmp/rediscluster-test-ports.lock";

int open_lock_file() {
  // Without O_CREAT first: a file of another user in /tmp may be opened, but not with O_CREAT.
  int fd = ::open(lock_file, O_RDWR | O_CLOEXEC);
  if (fd >= 0) return fd;
  fd = ::open(lock_file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd >= 0) ::fchmod(fd, 0666);
  return fd;
}

bool lock_port(int fd, int port) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = port;
  range.l_len = 1;
  return ::fcntl(fd, F_OFD_SETLK, &range) == 0;
}

bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // connections in TIME_WAIT do not count, listeners do
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

PortReservation::PortReservation() {
  std::random_device device;
  std::uniform_int_distribution<int> any_port(first_port, last_port);
  lock_fd_ = open_lock_file();  // -1: no lock; the probe alone still finds free ports
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const int port = any_port(device);
    if (lock_fd_ >= 0 && !lock_port(lock_fd_, port)) continue;
    if (is_free(port) && is_free(port + bus_offset)) {
      port_ = port;
      return;
    }
    // A lock on a busy port stays until the reservation ends; it harms nobody, the port is taken anyway.
  }
  if (lock_fd_ >= 0) ::close(lock_fd_);
  throw ServerError("no free port between " + std::to_string(first_port) + " and " + std::to_string(last_port));
}

PortReservation::~PortReservation() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

PortReservation::PortReservation(PortReservation&& other) noexcept
    : port_(other.port_), lock_fd_(std::exchange(other.lock_fd_, -1)) {}

PortReservation& PortReservation::operator=(PortReservation&& other) noexcept {
  std::swap(port_, other.port_);
  std::swap(lock_fd_, other.lock_fd_);
  return *this;
}

}  // namespace rediscluster::testing
