/// A blocking socket and the least one must know of RESP to count replies: where one ends. No library could do less, so
/// the clients built on this are the bound that others are compared with. One thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace load {

class RawSocket {
 public:
  /// Connects. Throws std::runtime_error.
  RawSocket(const std::string& host, int port);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  int descriptor() const { return descriptor_; }
  void send_all(std::string_view bytes);
  /// The bytes of the next reply; valid until the next call.
  std::string_view receive_reply();
  /// One receive call, as many whole replies as it brought: then next_buffered_reply() gives them one by one.
  void receive_more();
  /// The next whole reply that is already here, or an empty view.
  std::string_view next_buffered_reply();

 private:
  int descriptor_ = -1;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // first byte not handed out
  std::size_t end_ = 0;    // end of what was received
};

/// Length of the first whole reply in `bytes`; 0 when more bytes are needed. Trusts the server.
std::size_t reply_length(std::string_view bytes);

}  // namespace load
