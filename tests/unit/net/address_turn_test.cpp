/// A name with several addresses: who accepts connections and says nothing has the others tried.
#include "net/address_turn.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>

#include "net/resolver.hpp"
#include "net/socket.hpp"
#include "support/deadline.hpp"
#include "support/listener.hpp"

namespace rediscluster::net {
namespace {

using namespace std::chrono_literals;
using test_support::in;
using test_support::Listener;

TEST(AddressTurn, is_of_the_first_until_it_passes_and_comes_round) {
  AddressTurn turn;
  EXPECT_EQ(turn.others(), 0u);
  EXPECT_EQ(turn.first_of(3), 0u);
  EXPECT_EQ(turn.others(), 2u);
  turn.pass();
  turn.pass();
  EXPECT_EQ(turn.first_of(3), 2u);
  turn.pass();
  EXPECT_EQ(turn.first_of(3), 0u);
}

TEST(AddressTurn, stays_with_the_one_that_was_connected_to) {
  AddressTurn turn;
  turn.took(1);
  EXPECT_EQ(turn.first_of(3), 1u);
  turn.pass();
  EXPECT_EQ(turn.first_of(3), 2u);
  EXPECT_EQ(turn.first_of(1), 0u) << "fewer than before";
}

/// Two servers of one name, on ports of their own.
struct Name {
  Name() {
    for (std::size_t i = 0; i < servers.size(); ++i) endpoints[i] = resolve(servers[i].address(), in(5s))->front();
  }
  /// Which of them a new connection reaches; -1: none.
  int reach() {
    const Result<Socket> socket = Socket::connect_any({"shop.example", 1}, endpoints, {}, in(5s), &turn);
    if (!socket) return -1;
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    ::getpeername(socket->descriptor(), reinterpret_cast<sockaddr*>(&peer), &size);
    return ntohs(peer.sin_port) == servers[0].address().port ? 0 : 1;
  }
  std::array<Listener, 2> servers;
  std::array<Endpoint, 2> endpoints;
  AddressTurn turn;
};

TEST(AddressTurn, says_where_a_socket_connects_to) {
  Name name;
  EXPECT_EQ(name.reach(), 0);
  EXPECT_EQ(name.turn.others(), 1u);
  name.turn.pass();
  EXPECT_EQ(name.reach(), 1);
  EXPECT_EQ(name.reach(), 1);
  name.turn.pass();
  EXPECT_EQ(name.reach(), 0);
}

TEST(AddressTurn, goes_on_from_the_one_that_refuses) {
  Name name;
  name.servers[0].close();
  EXPECT_EQ(name.reach(), 1);
  EXPECT_EQ(name.turn.first_of(2), 1u) << "the one that refuses is not begun with again";
  name.servers[1].close();
  EXPECT_EQ(name.reach(), -1);
}

}  // namespace
}  // namespace rediscluster::net
