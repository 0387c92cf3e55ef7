/// One TCP connection. Sending and receiving by two different threads at once is fine; everything else is one thread's.
/// Knows nothing of Redis. Errors come back as errno values with the words for them in `describe`.
///
/// A child after fork() has closed its copies of all sockets already: there, one that the parent made has no descriptor any more.
///
/// After secure() all bytes go through TLS: send() and receive() keep what they promise, counted in plain bytes.
#pragma once

#include "base/fork.hpp"
#include "base/quota.hpp"
#include "base/time.hpp"
#include "net/address_turn.hpp"
#include "net/interrupts.hpp"
#include "net/resolver.hpp"
#include "net/tls_stream.hpp"

#include <rediscluster/result.hpp>

#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rediscluster::net {

struct SocketOptions {
  bool keepalive = true;
  std::chrono::milliseconds user_timeout{10'000};  ///< unacknowledged data this old ends the connection (TCP_USER_TIMEOUT)
  Interrupts interrupts{};  ///< End connecting and waiting within 20 ms, see ignore_interrupt().
};

class Socket {
 public:
  Socket() = default;
  Socket(Socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        maker_(other.maker_),
        options_(other.options_),
        is_set_up_(other.is_set_up_),
        permit_(std::move(other.permit_)),
        tls_(std::move(other.tls_)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(maker_, other.maker_);
    std::swap(options_, other.options_);
    std::swap(is_set_up_, other.is_set_up_);
    permit_ = std::move(other.permit_);  // swaps
    std::swap(tls_, other.tls_);
    return *this;
  }
  ~Socket() { close(); }

  /// Connects to the first address of the host that accepts, all of them within the deadline.
  /// @param turn  of this host, says with which of its addresses to begin; null: in the order of the resolver.
  /// Errors: Errc::dns_failed, connect_failed, timed_out; the message says which address failed and why.
  static Result<Socket> connect(const NodeAddress& address, const SocketOptions& options, base::Deadline deadline, AddressTurn* turn = nullptr);
  /// The same of a host that has been looked up.
  static Result<Socket> connect_any(const NodeAddress& address, std::span<const Endpoint> endpoints, const SocketOptions& options, base::Deadline deadline,
                                    AddressTurn* turn = nullptr);

  /// Takes over a descriptor that somebody else has connected.
  /// Errors: Errc::connect_failed, the message going on from "which ...": is no socket (then it is left open), is no stream
  /// socket, is not connected (then it is closed).
  static Result<Socket> adopt(int descriptor, const SocketOptions& options);

  /// Shakes hands; from then on everything is encrypted. One thread. After an error the socket is of no more use.
  /// Errors: Errc::tls_failed, timed_out, connection_lost; the message names the peer and says what to do.
  Result<void> secure(std::unique_ptr<TlsStream> tls, const NodeAddress& peer, base::Deadline deadline);
  bool is_secure() const { return tls_ != nullptr; }

  enum class Status : unsigned char { ok, would_block, timed_out, closed, failed };
  struct Transfer {
    Status status = Status::ok;
    std::size_t size = 0;  ///< ok: bytes moved
    int error = 0;         ///< failed: errno
    const char* reason = nullptr;  ///< failed in TLS: why (static text)
    std::size_t held = 0;          ///< would_block in TLS: bytes that stand in a record already; they go out first, whatever is given next
  };

  /// Hands as much as fits to the kernel; never waits. With TLS a byte counts when the last byte of its record has been
  /// handed over; after would_block the next call must begin with the same bytes.
  Transfer send(std::string_view bytes) { return tls_ ? send_encrypted(bytes) : send_raw(bytes); }
  /// The same with bytes that stand in several places, as many as fit into one call: at least one piece, at most 16 count.
  Transfer send(std::span<const std::string_view> pieces) {
    return pieces.size() == 1 || tls_ ? send(pieces.front()) : send_pieces(pieces);
  }
  /// Waits for bytes until the deadline and takes what is there; with a deadline in the past, what is there already.
  /// @param now  for who has just asked the clock. May be some milliseconds old: the deadline is kept all the same.
  Transfer receive(char* data, std::size_t size, base::Deadline deadline, base::TimePoint now = base::Clock::now()) {
    return tls_ ? receive_decrypted(data, size, deadline) : receive_raw(data, size, deadline, now);
  }
  /// Waits until bytes can be sent (or, if asked, received).
  Status wait_writable(bool or_readable, base::Deadline deadline);

  /// Keeps a permit for as long as the connection is open.
  void hold(base::Permit permit) { permit_ = std::move(permit); }
  /// From now on waits end by deadline and shutdown() alone, without looking up every 20 ms.
  void ignore_interrupt() { options_.interrupts = {}; }
  /// Ends both directions: a thread in receive() or wait_writable() returns. The descriptor stays until close().
  void shutdown();
  void close();
  bool is_open() const { return fd_ >= 0; }
  /// For Poller; -1 when closed.
  int descriptor() const { return fd_; }

  /// "closed by the peer", "Connection reset by peer", ...
  static std::string describe(const Transfer& transfer);

 private:
  Socket(int fd, const SocketOptions& options);
  void set_up();
  Transfer send_raw(std::string_view bytes);
  Transfer send_pieces(std::span<const std::string_view> pieces);
  Transfer receive_raw(char* data, std::size_t size, base::Deadline deadline, base::TimePoint now);
  Transfer send_encrypted(std::string_view bytes);
  Transfer receive_decrypted(char* data, std::size_t size, base::Deadline deadline);
  Result<void> flush_handshake(const NodeAddress& peer, base::Deadline deadline);
  int fd_ = -1;
  base::ProcessMark maker_;
  SocketOptions options_;
  bool is_set_up_ = false;  // done by the first receive(): the first words are on their way, and it waits anyway
  base::Permit permit_;
  std::unique_ptr<TlsStream> tls_;  // null: plain
};

}  // namespace rediscluster::net
