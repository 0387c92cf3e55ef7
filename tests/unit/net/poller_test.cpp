/// The poller over pairs of connected sockets: readiness, ends, wake-ups and deadlines.
#include "net/poller.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <thread>

#include "support/deadline.hpp"

namespace rediscluster::net {
namespace {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;

constexpr auto long_enough = 20s;  // a wait that ends by this deadline has missed its event

using test_support::in;

/// Two sockets connected to each other: one to be watched, the other for the test.
struct WatchedPair {
  WatchedPair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    watched = std::move(Socket::adopt(fds[0], {}).value());
    other = std::move(Socket::adopt(fds[1], {}).value());
  }
  Socket watched, other;
};

TEST(Poller, tells_which_of_several_sockets_can_be_read) {
  Poller poller;
  WatchedPair silent, talking;
  ASSERT_EQ(talking.other.send("x").size, 1u);
  std::array watches{Watch{&silent.watched}, Watch{&talking.watched}};
  poller.wait(watches, in(long_enough));
  EXPECT_FALSE(watches[0].can_read);
  EXPECT_TRUE(watches[1].can_read);
  EXPECT_FALSE(watches[1].can_write) << "nobody asked";
}

TEST(Poller, tells_who_can_be_written_to_only_when_asked) {
  Poller poller;
  WatchedPair pair;
  std::array watches{Watch{&pair.watched, true, true}};
  poller.wait(watches, in(long_enough));
  EXPECT_TRUE(watches[0].can_write);
  EXPECT_FALSE(watches[0].can_read);
}

TEST(Poller, a_peer_that_has_gone_counts_as_readable) {
  Poller poller;
  WatchedPair pair;
  pair.other.close();
  std::array watches{Watch{&pair.watched}};
  poller.wait(watches, in(long_enough));
  ASSERT_TRUE(watches[0].can_read);
  char byte;
  EXPECT_EQ(pair.watched.receive(&byte, 1, Deadline::at({})).status, Socket::Status::closed);
}

TEST(Poller, a_socket_that_is_waited_for_nothing_does_not_end_the_wait_when_its_peer_goes) {
  Poller poller;
  WatchedPair pair;
  pair.other.close();
  std::array watches{Watch{&pair.watched, false, false}};
  const auto begin = Clock::now();
  poller.wait(watches, in(30ms));
  EXPECT_GE(Clock::now() - begin, 30ms);
  EXPECT_FALSE(watches[0].can_read);
}

TEST(Poller, returns_at_the_deadline_and_not_before) {
  Poller poller;
  const auto begin = Clock::now();
  EXPECT_FALSE(poller.wait({}, in(30ms)));
  EXPECT_GE(Clock::now() - begin, 30ms);
}

TEST(Poller, is_woken_by_another_thread) {
  Poller poller;
  WatchedPair pair;
  std::array watches{Watch{&pair.watched}};
  std::thread other([&] { poller.wake(); });
  const auto begin = Clock::now();
  EXPECT_TRUE(poller.wait(watches, in(long_enough)));
  EXPECT_LT(Clock::now() - begin, long_enough);
  EXPECT_FALSE(watches[0].can_read);
  other.join();
}

TEST(Poller, a_wake_before_the_wait_ends_it_at_once_and_only_this_one) {
  Poller poller;
  poller.wake();
  poller.wake();
  const auto begin = Clock::now();
  EXPECT_TRUE(poller.wait({}, in(long_enough)));
  EXPECT_LT(Clock::now() - begin, long_enough);
  const auto second = Clock::now();
  EXPECT_FALSE(poller.wait({}, in(30ms)));
  EXPECT_GE(Clock::now() - second, 30ms);
}

TEST(Poller, can_be_woken_where_the_process_has_no_descriptor_left) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  std::optional<Poller> poller(std::in_place);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const auto begin = Clock::now();
  std::thread other([&] { poller->wake(); });
  poller->wait({}, in(long_enough));
  EXPECT_LT(Clock::now() - begin, long_enough);
  other.join();
  const auto second = Clock::now();
  poller->wait({}, in(30ms));
  EXPECT_GE(Clock::now() - second, 30ms);
}

}  // namespace
}  // namespace rediscluster::net
