/// A tiny blocking Redis connection for tests: the independent witness of what a server says.
/// One thread at a time. No redirects, no retries, no TLS. Throws ServerError on any network or protocol trouble;
/// an error reply of the server is not a trouble, it is a RawReply.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <rediscluster/errors.hpp>
#include <rediscluster/testing/raw_reply.hpp>
#include <rediscluster/testing/server_error.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

class RawConnection {
 public:
  /// Connects at once.
  /// @param timeout  upper limit of connecting, and of each later send, receive or call.
  explicit RawConnection(NodeAddress address, std::chrono::milliseconds timeout = std::chrono::seconds(2));
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&& other) noexcept;

  /// Sends one command and waits for one reply.
  RawReply call(std::initializer_list<std::string_view> words);
  RawReply call(std::span<const std::string_view> words);
  RawReply call(const std::vector<std::string>& words);

  /// Sends one command without waiting.
  void send(std::initializer_list<std::string_view> words);
  void send(std::span<const std::string_view> words);

  /// Sends any bytes as they are.
  void send_bytes(std::string_view bytes);

  /// The next reply or push, attributes left out.
  RawReply receive();

  /// Exactly `count` bytes of the stream as they are.
  std::string receive_bytes(std::size_t count);

  /// Waits for the peer to close (or reset) the connection.
  /// @return  false when bytes came instead, or nothing within the timeout.
  bool wait_for_close();

  const NodeAddress& address() const { return address_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  TimePoint deadline() const { return std::chrono::steady_clock::now() + timeout_; }
  void send_until(std::string_view bytes, TimePoint deadline);
  void fill(TimePoint deadline);
  std::string take_line(TimePoint deadline);
  std::string take_bytes(std::size_t count, TimePoint deadline);
  RawReply take_reply(TimePoint deadline, int depth);
  RawReply take_aggregate(char type, long long count, TimePoint deadline, int depth);
  RawReply receive_until(TimePoint deadline);

  NodeAddress address_;
  std::chrono::milliseconds timeout_;
  int fd_ = -1;
  std::string buffer_;  // received and not yet taken, from consumed_ on
  std::size_t consumed_ = 0;
};

}  // namespace rediscluster::testing
