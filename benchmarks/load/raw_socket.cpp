#include "load/raw_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace load {
namespace {

constexpr std::size_t first_buffer_bytes = 64 * 1024;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

int connect_to(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no address for " + host);
  }
  const int descriptor = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  const int status = descriptor < 0 ? -1 : connect(descriptor, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (status != 0) {
    if (descriptor >= 0) close(descriptor);
    fail("connect to " + host + ":" + std::to_string(port));
  }
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

}  // namespace

RawSocket::RawSocket(const std::string& host, int port)
    : descriptor_(connect_to(host, port)), buffer_(first_buffer_bytes) {}

RawSocket::~RawSocket() { close(descriptor_); }

void RawSocket::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void RawSocket::receive_more() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  }
  const ssize_t got = recv(descriptor_, buffer_.data() + end_, buffer_.size() - end_, 0);
  if (got < 0 && errno == EINTR) return;
  if (got < 0) fail("receive");
  if (got == 0) throw std::runtime_error("the server closed the connection");
  end_ += static_cast<std::size_t>(got);
}

std::string_view RawSocket::next_buffered_reply() {
  const std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
  const std::size_t length = reply_length(bytes);
  begin_ += length;
  return bytes.substr(0, length);
}

std::string_view RawSocket::receive_reply() {
  while (true) {
    if (const std::string_view reply = next_buffered_reply(); !reply.empty()) return reply;
    receive_more();
  }
}

std::size_t reply_length(std::string_view bytes) {
  std::size_t position = 0;
  for (long wanted = 1; wanted > 0; --wanted) {
    const std::size_t line_end = bytes.find('\n', position);
    if (line_end == std::string_view::npos) return 0;
    const char type = bytes[position];
    long number = 0;
    if (type == '$' || type == '*') std::from_chars(bytes.data() + position + 1, bytes.data() + line_end - 1, number);
    position = line_end + 1;
    if (type == '$' && number >= 0) position += static_cast<std::size_t>(number) + 2;
    if (type == '*' && number > 0) wanted += number;
    if (position > bytes.size()) return 0;
  }
  return position;
}

}  // namespace load
