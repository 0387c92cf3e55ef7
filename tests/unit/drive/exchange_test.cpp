/// Question and answer on a connection that no lane owns yet.
#include "drive/exchange.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "unit/drive/lane_play.hpp"

namespace rediscluster::drive {
namespace {

/// One exchange of `questions` on a fresh connection.
struct Talk {
  Talk(const EchoPeer& peer, const std::string& questions, std::size_t answers, base::Duration patience = 10s)
      : socket(std::move(*net::Socket::connect(peer.address(), {}, in(10s)))), replies(answers) {
    outcome = exchange(socket, opening, questions, replies, in(patience));
  }
  net::Socket socket;
  link::Link link;
  Opening opening{link};
  std::vector<wire::Frame> replies;
  Result<void> outcome;
};

TEST(Exchange, brings_one_reply_a_question) {
  EchoPeer peer;
  const Talk talk(peer, "a\nb\n", 2);
  ASSERT_TRUE(talk.outcome);
  EXPECT_EQ(talk.replies[0].bytes(), bulk("a"));
  EXPECT_EQ(talk.replies[1].bytes(), bulk("b"));
}

TEST(Exchange, can_be_repeated_on_the_same_connection) {
  EchoPeer peer;
  Talk talk(peer, "a\n", 1);
  ASSERT_TRUE(exchange(talk.socket, talk.opening, "b\n", talk.replies, in(10s)));
  EXPECT_EQ(talk.replies[0].bytes(), bulk("b"));
}

TEST(Exchange, passes_over_pushes) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoReaction{">1\r\n+hi\r\n" + bulk(line)}; });
  const Talk talk(peer, "a\nb\n", 2);
  ASSERT_TRUE(talk.outcome);
  EXPECT_EQ(talk.replies[1].bytes(), bulk("b"));
}

TEST(Exchange, ends_at_the_deadline_when_the_peer_is_silent) {
  EchoPeer mute([](int, int, const std::string&) { return EchoReaction{}; });
  const auto before = Clock::now();
  const Talk talk(mute, "a\n", 1, 30ms);
  ASSERT_FALSE(talk.outcome);
  EXPECT_EQ(talk.outcome.error().code, Errc::timed_out);
  EXPECT_GE(Clock::now() - before, 30ms);
  EXPECT_EQ(talk.link.in_flight(), 0u);
}

TEST(Exchange, ends_at_the_deadline_when_the_peer_drips) {
  EchoPeer drip([](int, int number, const std::string&) {
    return EchoReaction{number == 1 ? "$100\r\nxxxx" : "x", false, 5ms};
  });
  const Talk talk(drip, "a\nb\nc\nd\ne\nf\ng\nh\n", 8, 20ms);
  ASSERT_FALSE(talk.outcome);
  EXPECT_EQ(talk.outcome.error().code, Errc::timed_out);
}

// There is always something to receive, so no wait ends at the deadline.
TEST(Exchange, ends_at_the_deadline_when_the_peer_never_stops_to_talk) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const auto begin = Clock::now();
  std::thread talker([fd = ends[1], begin] {
    std::string pushes;
    for (int i = 0; i < 1000; ++i) pushes += ">2\r\n+news\r\n+none\r\n";
    while (Clock::now() - begin < 20s && ::send(fd, pushes.data(), pushes.size(), MSG_NOSIGNAL) > 0) {
    }
    ::close(fd);
  });
  {
    Result<net::Socket> socket = net::Socket::adopt(ends[0], {});
    ASSERT_TRUE(socket);
    link::Link link;
    Opening opening{link};
    std::vector<wire::Frame> replies(1);
    const Result<void> outcome = exchange(*socket, opening, "a\n", replies, in(50ms));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::timed_out);
    EXPECT_NE(outcome.error().message.find("in time"), std::string::npos) << outcome.error().message;
    EXPECT_LT(Clock::now() - begin, 10s);
  }
  talker.join();
}

TEST(Exchange, says_that_the_connection_was_lost) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoReaction{bulk(line), true}; });
  const Talk talk(peer, "a\nb\n", 2);
  ASSERT_FALSE(talk.outcome);
  EXPECT_EQ(talk.outcome.error().code, Errc::connection_lost);
  EXPECT_EQ(talk.link.in_flight(), 0u);
}

// "-ERR max number of clients reached" and "-DENIED Redis is running in protected mode" are said once, then comes the
// end.
TEST(Exchange, passes_on_what_the_peer_said_before_it_closed) {
  EchoPeer peer([](int, int, const std::string&) {
    return EchoReaction{"-ERR max number of clients reached\r\n", true};
  });
  const Talk talk(peer, "a\nb\n", 2);
  ASSERT_FALSE(talk.outcome);
  EXPECT_NE(talk.outcome.error().message.find("max number of clients reached"), std::string::npos)
      << talk.outcome.error().message;
}

TEST(Exchange, says_that_the_peer_speaks_another_language) {
  EchoPeer peer([](int, int, const std::string&) { return EchoReaction{"SSH-2.0-OpenSSH\r\n"}; });
  const Talk talk(peer, "a\n", 1);
  ASSERT_FALSE(talk.outcome);
  EXPECT_EQ(talk.outcome.error().code, Errc::protocol_error);
}

TEST(Exchange, refuses_more_replies_than_questions) {
  EchoPeer peer([](int, int, const std::string& line) { return EchoReaction{bulk(line) + bulk(line)}; });
  const Talk talk(peer, "a\n", 1);
  ASSERT_FALSE(talk.outcome);
  EXPECT_EQ(talk.outcome.error().code, Errc::protocol_error);
}

}  // namespace
}  // namespace rediscluster::drive
