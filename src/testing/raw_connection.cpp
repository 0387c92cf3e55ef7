/// Blocking RESP over one TCP socket, every wait bounded by a deadline.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <rediscluster/testing/raw_connection.hpp>
#include <utility>

#include "testing/address_text.hpp"

namespace rediscluster::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int max_depth = 64;
constexpr std::size_t max_line_bytes = 1 << 20;
constexpr long long max_bulk_bytes = 512LL << 20;  // the protocol's own limit
constexpr long long max_elements = 16LL << 20;

[[noreturn]] void fail(const NodeAddress& address, const std::string& what) {
  throw ServerError(address_text(address) + ": " + what);
}

/// Waits until the socket is ready. Returns false at the deadline.
bool wait_ready(int fd, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// Connects one candidate address. Returns the socket, or -1 with `why` filled.
int connect_one(const addrinfo& candidate, Clock::time_point deadline, std::string& why) {
  const int fd = ::socket(candidate.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    why = std::strerror(errno);
    return -1;
  }
  int error = ::connect(fd, candidate.ai_addr, candidate.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    socklen_t size = sizeof error;
    if (!wait_ready(fd, POLLOUT, deadline)) {
      error = ETIMEDOUT;
    } else {
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  why = std::strerror(error);
  ::close(fd);
  return -1;
}

int connect_to(const NodeAddress& address, Clock::time_point deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0) fail(address, std::string("no such host: ") + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* candidate = found; candidate != nullptr; candidate = candidate->ai_next) {
    const int fd = connect_one(*candidate, deadline, why);
    if (fd >= 0) return fd;
  }
  fail(address, "cannot connect: " + why);
}

}  // namespace

RawConnection::RawConnection(NodeAddress address, std::chrono::milliseconds timeout)
    : address_(std::move(address)), timeout_(timeout), fd_(connect_to(address_, deadline())) {}

RawConnection::~RawConnection() {
  if (fd_ >= 0) ::close(fd_);
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : address_(std::move(other.address_)),
      timeout_(other.timeout_),
      fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)),
      consumed_(std::exchange(other.consumed_, 0)) {}

RawConnection& RawConnection::operator=(RawConnection&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(timeout_, other.timeout_);
  std::swap(fd_, other.fd_);
  std::swap(buffer_, other.buffer_);
  std::swap(consumed_, other.consumed_);
  return *this;
}

RawReply RawConnection::call(std::span<const std::string_view> words) {
  const TimePoint limit = deadline();
  send_until(encode_command(words), limit);
  return receive_until(limit);
}

RawReply RawConnection::call(std::initializer_list<std::string_view> words) {
  return call(std::span(words.begin(), words.size()));
}

RawReply RawConnection::call(const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return call(std::span(views));
}

void RawConnection::send(std::span<const std::string_view> words) { send_bytes(encode_command(words)); }

void RawConnection::send(std::initializer_list<std::string_view> words) { send_bytes(encode_command(words)); }

void RawConnection::send_bytes(std::string_view bytes) { send_until(bytes, deadline()); }

RawReply RawConnection::receive() { return receive_until(deadline()); }

std::string RawConnection::receive_bytes(std::size_t count) { return take_bytes(count, deadline()); }

bool RawConnection::wait_for_close() {
  if (consumed_ < buffer_.size()) return false;
  if (!wait_ready(fd_, POLLIN, deadline())) return false;
  char byte = 0;
  const ssize_t got = ::recv(fd_, &byte, 1, 0);
  if (got == 1) buffer_ += byte;
  return got == 0 || (got < 0 && errno != EAGAIN);
}

RawReply RawConnection::receive_until(TimePoint limit) {
  RawReply reply = take_reply(limit, 0);
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  return reply;
}

void RawConnection::send_until(std::string_view bytes, TimePoint limit) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_ready(fd_, POLLOUT, limit)) fail(address_, "timed out while sending");
    } else if (errno != EINTR) {
      fail(address_, std::string("cannot send: ") + std::strerror(errno));
    }
  }
}

/// Receives at least one more byte into the buffer.
void RawConnection::fill(TimePoint limit) {
  char chunk[16384];
  while (true) {
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) {
      buffer_.append(chunk, static_cast<std::size_t>(got));
      return;
    }
    if (got == 0) fail(address_, "the peer closed the connection");
    if (errno == EAGAIN) {
      if (!wait_ready(fd_, POLLIN, limit)) fail(address_, "timed out while waiting for a reply");
    } else if (errno != EINTR) {
      fail(address_, std::string("cannot receive: ") + std::strerror(errno));
    }
  }
}

std::string RawConnection::take_line(TimePoint limit) {
  std::size_t searched = consumed_;
  while (true) {
    const std::size_t end = buffer_.find("\r\n", searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(consumed_, end - consumed_);
      consumed_ = end + 2;
      return line;
    }
    if (buffer_.size() - consumed_ > max_line_bytes) fail(address_, "a line without an end");
    // The last byte may be the '\r' of an end that is still under way.
    searched = buffer_.size() > consumed_ ? buffer_.size() - 1 : consumed_;
    fill(limit);
  }
}

std::string RawConnection::take_bytes(std::size_t count, TimePoint limit) {
  while (buffer_.size() - consumed_ < count) fill(limit);
  std::string bytes = buffer_.substr(consumed_, count);
  consumed_ += count;
  return bytes;
}

RawReply RawConnection::take_reply(TimePoint limit, int depth) {
  if (depth > max_depth) fail(address_, "a reply nested too deeply");
  const std::string line = take_line(limit);
  if (line.empty()) fail(address_, "an empty line instead of a reply");
  const char type = line[0];
  const std::string_view rest = std::string_view(line).substr(1);
  if (type == '_') return RawReply::null();
  if (type == '+' || type == '-' || type == ',' || type == '(') return {type, std::string(rest), 0, {}};
  if (type == '#') return {type, {}, rest == "t" ? 1 : 0, {}};
  if (std::string_view(":$!=*~>%|").find(type) == std::string_view::npos) fail(address_, "not RESP: " + line);

  long long number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || end != rest.data() + rest.size()) fail(address_, "not a number: " + line);
  if (type == ':') return RawReply::number(number);
  if (number == -1) return RawReply::null();
  if (type != '$' && type != '!' && type != '=') return take_aggregate(type, number, limit, depth);

  if (number < 0 || number > max_bulk_bytes) fail(address_, "impossible length: " + line);
  RawReply reply{type, take_bytes(static_cast<std::size_t>(number), limit), 0, {}};
  if (take_bytes(2, limit) != "\r\n") fail(address_, "a bulk string longer than it says");
  return reply;
}

RawReply RawConnection::take_aggregate(char type, long long count, TimePoint limit, int depth) {
  const long long elements = type == '%' || type == '|' ? count * 2 : count;
  if (count < 0 || elements > max_elements) fail(address_, "impossible number of elements");
  RawReply reply{type, {}, 0, {}};
  for (long long i = 0; i < elements; ++i) reply.elements.push_back(take_reply(limit, depth + 1));
  if (type == '|') return take_reply(limit, depth + 1);  // an attribute says something about the reply after it
  return reply;
}

}  // namespace rediscluster::testing
