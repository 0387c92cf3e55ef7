/// A test's network in place of the system's: connections of its own, and names that need no resolver.
#include "net/connector.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "net/socket.hpp"

namespace rediscluster::net {
namespace {

struct OneServer final : Connector {
  Result<int> connect(const NodeAddress& address, base::Deadline) override {
    if (address.host != "shop.example") return fail(Errc::connect_failed, "nobody is at " + to_string(address), address);
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    server = ends[1];
    return ends[0];
  }
  int server = -1;
};

TEST(Connector, connects_in_place_of_the_system) {
  OneServer network;
  const base::StandIn<Connector> instead(network);
  const base::Deadline soon = base::Deadline::after(base::Clock::now(), std::chrono::seconds(5));
  Result<Socket> socket = Socket::connect({"shop.example", 1}, {}, soon);
  ASSERT_TRUE(socket) << socket.error().message;
  ASSERT_EQ(socket->send("hello").size, 5u);
  std::array<char, 5> got{};
  EXPECT_EQ(::read(network.server, got.data(), got.size()), 5);
  ASSERT_EQ(::write(network.server, got.data(), got.size()), 5);
  EXPECT_EQ(socket->receive(got.data(), got.size(), soon).size, 5u);
  ::close(network.server);
  EXPECT_EQ(socket->receive(got.data(), got.size(), soon).status, Socket::Status::closed);
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
