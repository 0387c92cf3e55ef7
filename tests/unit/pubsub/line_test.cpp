/// One pub/sub connection: fences, errors that find their command, bytes in pieces.
#include "pubsub/line.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace rediscluster::pubsub {
namespace {

using Kind = Line::Event::Kind;

std::string notice(std::string_view word, std::string_view name) {
  return ">3\r\n$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n$" + std::to_string(name.size()) + "\r\n" +
         std::string(name) + "\r\n:1\r\n";
}
std::string pong(int fence) { return "$1\r\n" + std::to_string(fence) + "\r\n"; }

void feed(Line& line, std::string_view bytes) {
  while (!bytes.empty()) {
    const Line::Space space = line.receive_space();
    const std::size_t size = std::min(space.size, bytes.size());
    std::memcpy(space.data, bytes.data(), size);
    line.received(size);
    bytes.remove_prefix(size);
  }
}

/// What the line makes of the bytes, as text: "+a" subscribed, "-a" unsubscribed, "m a hello" message, "ok a,b" settled,
/// "no a,b: error" refused, "broken".
std::string events(Line& line) {
  std::string text;
  while (const auto event = line.next()) {
    if (!text.empty()) text += " | ";
    const auto names = [&] {
      std::string all;
      for (const std::string& name : event->settled.order.names) all += (all.empty() ? "" : ",") + name;
      return all;
    };
    if (event->kind == Kind::broken) return text + "broken";
    if (event->kind == Kind::settled) {
      text += event->settled.error ? "no " + names() + ": " + *event->settled.error : "ok " + names();
    } else if (event->heard.what == Heard::What::message) {
      text += "m " + std::string(event->heard.name) + " " + std::string(event->heard.text);
    } else {
      text += (event->heard.what == Heard::What::subscribed ? "+" : "-") + std::string(event->heard.name);
    }
  }
  return text;
}

struct Play {
  Line line{wire::Limits{}};

  std::string feed(std::string_view bytes) {
    pubsub::feed(line, bytes);
    return events(line);
  }
  void subscribe(std::vector<std::string> names, SubscriptionKind kind = SubscriptionKind::sharded) {
    line.order({Action::subscribe, kind, std::move(names)});
  }
  void unsubscribe(std::vector<std::string> names) { line.order({Action::unsubscribe, SubscriptionKind::sharded, std::move(names)}); }
};

TEST(Line, a_command_is_followed_by_its_fence) {
  Play play;
  play.subscribe({"a", "bc"});
  EXPECT_EQ(play.line.unsent(), "*3\r\n$10\r\nSSUBSCRIBE\r\n$1\r\na\r\n$2\r\nbc\r\n*2\r\n$4\r\nPING\r\n$1\r\n1\r\n");
  play.line.sent(9);
  EXPECT_TRUE(play.line.unsent().starts_with("SSUBSCRIBE\r\n")) << play.line.unsent();
  play.line.sent(play.line.unsent().size());
  EXPECT_TRUE(play.line.unsent().empty());
}

TEST(Line, each_family_has_its_commands) {
  EXPECT_EQ(command_name(Action::subscribe, SubscriptionKind::channel), "SUBSCRIBE");
  EXPECT_EQ(command_name(Action::subscribe, SubscriptionKind::pattern), "PSUBSCRIBE");
  EXPECT_EQ(command_name(Action::subscribe, SubscriptionKind::sharded), "SSUBSCRIBE");
  EXPECT_EQ(command_name(Action::unsubscribe, SubscriptionKind::channel), "UNSUBSCRIBE");
  EXPECT_EQ(command_name(Action::unsubscribe, SubscriptionKind::pattern), "PUNSUBSCRIBE");
  EXPECT_EQ(command_name(Action::unsubscribe, SubscriptionKind::sharded), "SUNSUBSCRIBE");
}

TEST(Line, notices_come_through_and_the_fence_settles_the_command) {
  Play play;
  play.subscribe({"a", "b"});
  EXPECT_TRUE(play.line.is_waiting());
  EXPECT_EQ(play.feed(notice("ssubscribe", "a") + notice("ssubscribe", "b")), "+a | +b");
  EXPECT_EQ(play.feed(pong(1)), "ok a,b");
  EXPECT_FALSE(play.line.is_waiting());
}

TEST(Line, an_error_belongs_to_the_command_between_two_fences) {
  Play play;
  play.subscribe({"a"});
  play.subscribe({"b"});
  play.subscribe({"c"});
  EXPECT_EQ(play.feed(notice("ssubscribe", "a") + pong(1) + "-MOVED 1 h:1\r\n" + pong(2) + notice("ssubscribe", "c") + pong(3)),
            "+a | ok a | no b: MOVED 1 h:1 | +c | ok c");
}

// valkey#1066: the server drops a subscription by itself while our SUNSUBSCRIBE is under way; what then answers it
// is another notice, or MOVED. Neither may be taken for the answer to what follows.
TEST(Line, an_unasked_notice_does_not_shift_the_answers_behind_it) {
  Play moved;
  moved.unsubscribe({"a"});
  moved.subscribe({"b"});
  EXPECT_EQ(moved.feed(notice("sunsubscribe", "a") + "-MOVED 1 h:1\r\n" + pong(1) + notice("ssubscribe", "b") + pong(2)), "-a | ok a | +b | ok b");
  Play twice;
  twice.unsubscribe({"a"});
  twice.subscribe({"b"});
  EXPECT_EQ(twice.feed(notice("sunsubscribe", "a") + notice("sunsubscribe", "a") + pong(1) + "-MOVED 1 h:1\r\n" + pong(2)),
            "-a | -a | ok a | no b: MOVED 1 h:1");
}

TEST(Line, a_refused_ping_counts_as_a_fence_that_came_back) {
  Play user;
  user.subscribe({"a"});
  user.subscribe({"b"});
  const std::string refused = "-NOPERM User x has no permissions to run the 'ping' command\r\n";
  EXPECT_EQ(user.feed(notice("ssubscribe", "a") + refused + "-NOPERM No permissions to access a channel\r\n" + refused),
            "+a | ok a | no b: NOPERM No permissions to access a channel");
  Play loading;
  loading.subscribe({"a"});
  EXPECT_EQ(loading.feed(notice("ssubscribe", "a") + "-LOADING Redis is loading the dataset in memory\r\n"), "+a | ok a");
}

TEST(Line, a_channel_called_ping_does_not_make_a_refusal_one_of_the_fence) {
  Play play;
  play.subscribe({"ping"});
  const std::string unknown = "ERR unknown command 'SSUBSCRIBE', with args beginning with: 'ping' ";
  EXPECT_EQ(play.feed("-" + unknown + "\r\n" + pong(1)), "no ping: " + unknown);
}

TEST(Line, a_bare_ping_settles_nothing_but_ends_the_waiting) {
  Play play;
  play.line.ping();
  EXPECT_TRUE(play.line.is_waiting());
  EXPECT_EQ(play.feed("*2\r\n$4\r\npong\r\n$1\r\n1\r\n"), "");
  EXPECT_FALSE(play.line.is_waiting());
}

TEST(Line, what_answers_nothing_breaks_the_connection) {
  EXPECT_EQ(Play().feed("-ERR what?\r\n"), "broken");
  EXPECT_EQ(Play().feed(pong(1)), "broken");
  EXPECT_EQ(Play().feed(":1\r\n"), "broken");
  EXPECT_EQ(Play().feed("GET / HTTP/1.1\r\n"), "broken");
  EXPECT_EQ(Play().feed("+PONG\r\n"), "broken");
}

TEST(Line, bytes_may_come_in_any_pieces) {
  const std::string bytes = notice("ssubscribe", "a") + ">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$5\r\nhello\r\n" + pong(1);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    Play play;
    play.subscribe({"a"});
    std::string all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::string some = play.feed(bytes.substr(at, piece));
      if (!some.empty()) all += (all.empty() ? "" : " | ") + some;
    }
    EXPECT_EQ(all, "+a | m a hello | ok a") << "pieces of " << piece;
  }
}

TEST(Line, a_message_larger_than_any_buffer_comes_through_and_later_ones_too) {
  Play play;
  const std::string data(3'000'000, 'x');
  const std::string large = ">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$3000000\r\n" + data + "\r\n";
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(play.feed(large), "m a " + data);
    EXPECT_EQ(play.feed(">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$5\r\nsmall\r\n"), "m a small");
  }
}

TEST(Line, a_message_above_the_limits_breaks_the_connection) {
  wire::Limits limits;
  limits.max_push_bytes = 1000;
  Line line(limits);
  feed(line, ">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$2000\r\n");
  EXPECT_EQ(events(line), "broken");
}

}  // namespace
}  // namespace rediscluster::pubsub
