#include "net/socket.hpp"

#include "base/look_around.hpp"
#include "base/fiber.hpp"
#include "net/connector.hpp"
#include "net/poll_timeout.hpp"
#include "net/resolver.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>

namespace rediscluster::net {
namespace {

// receive() first blocks in recv itself, one system call for the usual quick reply, but only this long: longer waits go
// through poll, which knows the exact deadline. Set once a connection, so no call pays for setting it.
constexpr std::chrono::milliseconds first_wait{10};

// So many receipts without a plain byte in them (tickets, key updates, pieces of a record) may pass the deadline.
constexpr int most_fruitless_reads = 8;

Socket::Status poll_for(int fd, short events, base::Deadline deadline, const Interrupts& interrupts) {
  base::Fiber* const fiber = base::Fiber::current();
  base::LookAround* const around = fiber == nullptr && interrupts.possible() ? base::LookAround::here() : nullptr;  // while it is being made
  for (;;) {
    const base::TimePoint now = base::Clock::now();
    if (deadline.passed(now)) return Socket::Status::timed_out;
    if (interrupts.wanted() || (around != nullptr && around->is_over())) return Socket::Status::timed_out;
    pollfd waiting{fd, events, 0};
    const base::Deadline until = interrupts.next_look(now, deadline);
    const int ready = poll_any({&waiting, 1}, fiber != nullptr ? 0 : poll_timeout(until, now));
    if (ready > 0) return Socket::Status::ok;
    if (ready < 0 && errno != EINTR) return Socket::Status::failed;
    if (around != nullptr) [[unlikely]]
      around->look();
    if (fiber == nullptr) continue;
    base::DescriptorInterest interest{fd, (events & POLLIN) != 0, (events & POLLOUT) != 0};
    fiber->host().wait(*fiber, {&interest, 1}, until);
    if (interest.can_read || interest.can_write) return Socket::Status::ok;
  }
}

void set_option(int fd, int level, int name, int value) {
  ::setsockopt(fd, level, name, &value, sizeof value);  // best effort: none of them is needed for correctness
}

// Connects one address. Returns 0 or an errno; ETIMEDOUT when the deadline passed.
int connect_one(int fd, const Endpoint& endpoint, base::Deadline deadline, const Interrupts& interrupts) {
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  const Socket::Status ready = poll_for(fd, POLLOUT, deadline, interrupts);
  if (ready == Socket::Status::timed_out) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
}

// send() and recv() of the C library are cancellation points, which cost more than the rest of our way to them, and at which
// a cancelled thread would leave with a role of its lane. Sanitizers have to see the library's. (Libraries that are
// preloaded to replace send() and recv() do not see these.)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define REDISCLUSTER_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REDISCLUSTER_SANITIZED
#endif
#if defined(SYS_sendto) && defined(SYS_sendmsg) && defined(SYS_recvfrom) && !defined(REDISCLUSTER_SANITIZED)
ssize_t send_now(int fd, const char* data, std::size_t size, int flags) { return ::syscall(SYS_sendto, fd, data, size, flags, nullptr, 0); }
ssize_t send_now(int fd, const msghdr& message, int flags) { return ::syscall(SYS_sendmsg, fd, &message, flags); }
ssize_t receive_now(int fd, char* data, std::size_t size, int flags) { return ::syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr); }
#else
ssize_t send_now(int fd, const char* data, std::size_t size, int flags) { return ::send(fd, data, size, flags); }
ssize_t send_now(int fd, const msghdr& message, int flags) { return ::sendmsg(fd, &message, flags); }
ssize_t receive_now(int fd, char* data, std::size_t size, int flags) { return ::recv(fd, data, size, flags); }
#endif

// In a simulation a descriptor is its network's.
ssize_t send_any(int fd, std::string_view bytes) {
  if (Connector::has(fd)) [[unlikely]]
    return Connector::here()->send(fd, bytes);
  return send_now(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t send_any(int fd, std::span<const std::string_view> pieces) {
  if (Connector::has(fd)) [[unlikely]]
    return Connector::here()->send(fd, pieces.front());
  std::array<iovec, 16> vectors;
  const std::size_t count = std::min(pieces.size(), vectors.size());
  for (std::size_t i = 0; i < count; ++i) vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return send_now(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t receive_any(int fd, char* data, std::size_t size, int flags) {
  if (Connector::has(fd)) [[unlikely]]
    return Connector::here()->receive(fd, data, size);
  return receive_now(fd, data, size, flags);
}

Socket::Transfer failed_transfer() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Socket::Status::would_block, 0, 0};
  if (errno == ECONNRESET || errno == EPIPE) return {Socket::Status::closed, 0, errno};
  return {Socket::Status::failed, 0, errno};
}

}  // namespace

Result<Socket> Socket::connect(const NodeAddress& address, const SocketOptions& options, base::Deadline deadline, AddressTurn* turn) {
  if (Connector* const connector = Connector::here()) [[unlikely]] {
    Result<int> descriptor = connector->connect(address, turn, options.interrupts, deadline);
    return descriptor ? Result<Socket>(Socket(*descriptor, options)) : fail(std::move(descriptor.error()));
  }
  Result<std::vector<Endpoint>> endpoints = resolve(address, deadline, options.interrupts);
  if (!endpoints) return fail(std::move(endpoints.error()));
  return connect_any(address, *endpoints, options, deadline, turn);
}

Result<Socket> Socket::connect_any(const NodeAddress& address, std::span<const Endpoint> endpoints, const SocketOptions& options, base::Deadline deadline,
                                   AddressTurn* turn) {
  const std::size_t first = turn == nullptr ? 0 : turn->first_of(endpoints.size());
  int error = ETIMEDOUT;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const base::TimePoint now = base::Clock::now();
    if (deadline.passed(now) || options.interrupts.wanted()) break;
    // Several addresses share the time left, so that one black hole does not eat it all.
    const auto addresses_left = static_cast<std::int64_t>(endpoints.size() - i);
    const base::Deadline share =
        deadline.is_never() ? deadline : base::Deadline::after(now, deadline.left(now) / addresses_left);
    const std::size_t place = (first + i) % endpoints.size();
    const Endpoint& endpoint = endpoints[place];
    Socket socket(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), options);
    if (!socket.is_open()) {
      error = errno;
      continue;
    }
    error = connect_one(socket.fd_, endpoint, share, options.interrupts);
    if (error != 0) continue;
    if (turn != nullptr) turn->took(place);
    return socket;
  }
  const Errc code = error == ETIMEDOUT ? Errc::timed_out : Errc::connect_failed;
  const std::string why = error == ETIMEDOUT ? "no answer to the connection request in time" : std::strerror(error);
  return fail(code, "cannot connect to " + to_string(address) + ": " + why, address);
}

Result<Socket> Socket::adopt(int descriptor, const SocketOptions& options) {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return fail(Errc::connect_failed, "is no socket: " + std::string(std::strerror(errno)));
  }
  Socket socket(descriptor, options);
  if (type != SOCK_STREAM) return fail(Errc::connect_failed, "is no stream socket");
  sockaddr_storage peer{};
  size = sizeof peer;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
    return fail(Errc::connect_failed, "is not connected: " + std::string(std::strerror(errno)));
  }
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return socket;
}

void Socket::set_up() {
  is_set_up_ = true;
  if (Connector::has(fd_)) return;
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);  // blocking: receive() relies on SO_RCVTIMEO
  set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options_.keepalive) {
    // Finds a silent peer in about 13 s on an idle connection: 5 s idle, then 4 probes 2 s apart.
    set_option(fd_, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd_, IPPROTO_TCP, TCP_KEEPIDLE, 5);
    set_option(fd_, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_option(fd_, IPPROTO_TCP, TCP_KEEPCNT, 4);
  }
  set_option(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(options_.user_timeout.count()));
  timeval wait{};
  wait.tv_usec = static_cast<suseconds_t>(std::chrono::microseconds(first_wait).count());
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

Socket::Transfer Socket::send_raw(std::string_view bytes) {
  for (;;) {
    const ssize_t size = send_any(fd_, bytes);
    if (size >= 0) return {Status::ok, static_cast<std::size_t>(size), 0};
    if (errno != EINTR) return failed_transfer();
  }
}

Socket::Transfer Socket::send_pieces(std::span<const std::string_view> pieces) {
  for (;;) {
    const ssize_t size = send_any(fd_, pieces);
    if (size >= 0) return {Status::ok, static_cast<std::size_t>(size), 0};
    if (errno != EINTR) return failed_transfer();
  }
}

Socket::Transfer Socket::receive_raw(char* data, std::size_t size, base::Deadline deadline, base::TimePoint now) {
  if (!is_set_up_) [[unlikely]]
    set_up();
  bool may_block = deadline.left(now) > 2 * first_wait && base::Fiber::current() == nullptr;
  for (;;) {
    const ssize_t got = receive_any(fd_, data, size, may_block ? 0 : MSG_DONTWAIT);
    if (got > 0) return {Status::ok, static_cast<std::size_t>(got), 0};
    if (got == 0) return {Status::closed, 0, 0};
    if (errno == EINTR) {
      may_block = false;  // signals that come again and again must not put off the deadline
      continue;
    }
    const Transfer transfer = failed_transfer();
    if (transfer.status != Status::would_block) return transfer;
    may_block = false;
    // On a connection that is shared whoever looks around does so when others may read.
    const base::Deadline until = options_.interrupts.possible() ? deadline : base::LookAround::next_look(deadline);
    const Status ready = poll_for(fd_, POLLIN, until, options_.interrupts);
    if (ready == Status::timed_out) return {Status::timed_out, 0, 0};
    if (ready == Status::failed) return {Status::failed, 0, errno};
  }
}

// Record by record: what of a command is in a record that did not leave whole cannot have been read by anybody.
Socket::Transfer Socket::send_encrypted(std::string_view bytes) try {
  if (bytes.empty()) return {};
  if (tls_->unsent().empty()) {
    if (const char* reason = tls_->encrypt(bytes)) return {Status::failed, 0, 0, reason};
  }
  while (!tls_->unsent().empty()) {
    const Transfer transfer = send_raw(tls_->unsent());
    tls_->sent(transfer.size);
    if (transfer.status != Status::ok) return {transfer.status, 0, transfer.error, nullptr, tls_->unsent_plain()};
  }
  return {Status::ok, tls_->take_sent_plain(), 0};
} catch (const std::bad_alloc&) {
  return {Status::failed, 0, ENOMEM};
}

Socket::Transfer Socket::receive_decrypted(char* data, std::size_t size, base::Deadline deadline) try {
  for (int fruitless = 0;; ++fruitless) {
    const TlsStream::Decrypted got = tls_->decrypt(data, size);
    switch (got.status) {
      case TlsStream::Decrypted::Status::bytes: return {Status::ok, got.size, 0};
      case TlsStream::Decrypted::Status::closed: return {Status::closed, 0, 0};
      case TlsStream::Decrypted::Status::failed: return {Status::failed, 0, 0, got.reason};
      case TlsStream::Decrypted::Status::wants_bytes: break;
    }
    if (fruitless > most_fruitless_reads && deadline.passed(base::Clock::now())) return {Status::timed_out, 0, 0};
    const Transfer transfer = receive_raw(tls_->space(), TlsStream::space_size, deadline, base::Clock::now());
    if (transfer.status != Status::ok) return transfer;
    tls_->feed(tls_->space(), transfer.size);
  }
} catch (const std::bad_alloc&) {
  return {Status::failed, 0, ENOMEM};
}

Result<void> Socket::flush_handshake(const NodeAddress& peer, base::Deadline deadline) {
  while (!tls_->unsent().empty()) {
    const Transfer transfer = send_raw(tls_->unsent());
    tls_->sent(transfer.size);
    if (transfer.status == Status::ok) continue;
    const Status ready = transfer.status == Status::would_block ? wait_writable(false, deadline) : transfer.status;
    if (ready == Status::ok) continue;
    const Errc code = ready == Status::timed_out ? Errc::timed_out : Errc::connection_lost;
    return fail(code, "the TLS handshake with " + to_string(peer) + " failed: " + describe({ready, 0, transfer.error}), peer);
  }
  return {};
}

Result<void> Socket::secure(std::unique_ptr<TlsStream> tls, const NodeAddress& peer, base::Deadline deadline) {
  tls_ = std::move(tls);
  for (;;) {
    const Result<TlsStream::Progress> progress = tls_->shake_hands();
    Result<void> flushed = flush_handshake(peer, deadline);  // the alert that says why we do not go on, too
    if (!progress) return fail(Errc::tls_failed, "the TLS handshake with " + to_string(peer) + " failed: " + progress.error().message, peer);
    if (!flushed || *progress == TlsStream::Progress::done) return flushed;
    const Transfer transfer = receive_raw(tls_->space(), TlsStream::space_size, deadline, base::Clock::now());
    if (transfer.status == Status::timed_out) {
      return fail(Errc::timed_out, "connected to " + to_string(peer) + ", but no answer to the TLS handshake in time: does this port speak TLS?", peer);
    }
    if (transfer.status != Status::ok) {
      return fail(Errc::connection_lost, "the TLS handshake with " + to_string(peer) + " failed: " + describe(transfer) + ": does this port speak TLS?", peer);
    }
    tls_->feed(tls_->space(), transfer.size);
  }
}

Socket::Status Socket::wait_writable(bool or_readable, base::Deadline deadline) {
  if (or_readable && tls_ && tls_->may_have_bytes()) return Status::ok;
  return poll_for(fd_, static_cast<short>(POLLOUT | (or_readable ? POLLIN : 0)), deadline, options_.interrupts);
}

Socket::Socket(int fd, const SocketOptions& options) : fd_(fd), options_(options) {
  if (!Connector::has(fd)) base::note_descriptor(fd);
}

void Socket::shutdown() {
  if (fd_ < 0 || !maker_.is_ours()) return;
  Connector::has(fd_) ? Connector::here()->shut_down(fd_) : static_cast<void>(::shutdown(fd_, SHUT_RDWR));
}

void Socket::close() {
  const int descriptor = std::exchange(fd_, -1);
  Connector::has(descriptor) ? Connector::here()->close(descriptor) : base::close_noted(descriptor, maker_);
  tls_.reset();
  permit_.give_back();
}

std::string Socket::describe(const Transfer& transfer) {
  if (transfer.status == Status::timed_out) return "no answer in time";
  if (transfer.reason != nullptr) return "TLS: " + std::string(transfer.reason);
  if (transfer.error == 0) return "closed by the peer";
  return std::strerror(transfer.error);
}

}  // namespace rediscluster::net
