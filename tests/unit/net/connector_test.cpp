/// A test's network in place of the system's: connections of its own, and names that need no resolver.
#include "net/connector.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>

#include "net/socket.hpp"

namespace rediscluster::net {
namespace {

struct OneServer final : Connector {
  Result<int> connect(const NodeAddress& address, AddressTurn* /*turn*/, const Interrupts& /*interrupts*/, base::Deadline /*deadline*/) override {
    if (address.host != "shop.example") return fail(Errc::connect_failed, "nobody is at " + to_string(address), address);
    is_open = true;
    return first_descriptor;
  }
  ssize_t send(int, std::string_view bytes) noexcept override {
    echo.append(bytes.substr(0, 3));  // it takes no more at once
    return 3;
  }
  ssize_t receive(int, char* data, std::size_t size) noexcept override {
    if (echo.empty() && is_shut) return 0;
    if (echo.empty()) return errno = EAGAIN, -1;
    const std::size_t count = echo.copy(data, size);
    echo.erase(0, count);
    return static_cast<ssize_t>(count);
  }
  short look(int, short events) noexcept override { return static_cast<short>(events & (echo.empty() && !is_shut ? POLLOUT : POLLIN | POLLOUT)); }
  void shut_down(int) noexcept override { is_shut = true; }
  void close(int) noexcept override { is_open = false; }

  std::string echo;
  bool is_open = false;
  bool is_shut = false;
};

TEST(Connector, connects_sends_and_receives_in_place_of_the_system) {
  OneServer network;
  const base::StandIn<Connector> instead(network);
  const base::Deadline at_once = base::Deadline::at(base::TimePoint::min());
  Result<Socket> socket = Socket::connect({"shop.example", 1}, {}, at_once);
  ASSERT_TRUE(socket) << socket.error().message;
  std::array<char, 5> got{};
  EXPECT_EQ(socket->receive(got.data(), got.size(), at_once).status, Socket::Status::timed_out);
  EXPECT_EQ(socket->send("hello").size, 3u);
  const std::array<std::string_view, 2> pieces{"lo", "you"};
  EXPECT_EQ(socket->send(std::span<const std::string_view>(pieces)).size, 3u);
  EXPECT_EQ(socket->wait_writable(true, base::Deadline::never()), Socket::Status::ok);
  EXPECT_EQ(socket->receive(got.data(), got.size(), at_once).size, 5u);
  EXPECT_EQ(std::string(got.data(), got.size()), "hello");
  socket->shutdown();
  EXPECT_EQ(socket->receive(got.data(), got.size(), at_once).status, Socket::Status::closed);
  socket->close();
  EXPECT_FALSE(network.is_open);
}

TEST(Connector, says_why_it_does_not) {
  OneServer network;
  const base::StandIn<Connector> instead(network);
  const Result<Socket> socket = Socket::connect({"127.0.0.1", 1}, {}, base::Deadline::never());
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::connect_failed);
  EXPECT_EQ(socket.error().message, "nobody is at 127.0.0.1:1");
}

}  // namespace
}  // namespace rediscluster::net
