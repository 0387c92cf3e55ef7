/// A loopback port that no other test on this machine takes while the reservation lives.
/// Not shared between threads; movable. Does not listen: the owner does.
///
/// Ports come from below the kernel's range for outgoing connections, so that no stranger's outgoing connection
/// takes the port of a server that is down for a moment. A byte-range lock on one file keeps parallel tests apart.
#pragma once

namespace rediscluster::testing {

class PortReservation {
 public:
  /// How many ports in turn a listener tries: a stranger may have taken one since we looked.
  static constexpr int max_listen_attempts = 5;

  /// Reserves a free port; the port + 10000 (a server's cluster bus) is free too. Throws ServerError when none is.
  PortReservation();
  /// Takes this very port, free or not (a caller who names a port knows why).
  explicit PortReservation(int port) : port_(port) {}
  ~PortReservation();
  PortReservation(PortReservation&& other) noexcept;
  PortReservation& operator=(PortReservation&& other) noexcept;

  int port() const { return port_; }

 private:
  int port_ = 0;
  int lock_fd_ = -1;  // closing it gives the lock back
};

}  // namespace rediscluster::testing
