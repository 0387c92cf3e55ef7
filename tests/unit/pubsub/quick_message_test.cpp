/// The short way of a message through a line: it must say what the long way says, whatever stands before and behind it, and however it
/// comes in pieces.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "pubsub/line.hpp"

namespace rediscluster::pubsub {
namespace {

std::string bulk(std::string_view text) { return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n"; }

std::string message(char type, std::string_view word, std::initializer_list<std::string_view> parts) {
  std::string bytes = type + std::to_string(parts.size() + 1) + "\r\n" + bulk(word);
  for (const std::string_view each : parts) bytes += bulk(each);
  return bytes;
}

/// Frames of every kind; some look like messages and are none, or are not as servers write them.
std::vector<std::string> frames() {
  std::vector<std::string> all;
  for (const char type : {'*', '>'}) {
    for (const std::size_t size : {0u, 1u, 15u, 16u, 70u, 999u, 20'000u}) {
      const std::string data(size, 'd');
      all.push_back(message(type, "message", {"news", data}));
      all.push_back(message(type, "smessage", {data, "x"}));
      all.push_back(message(type, "pmessage", {"n*", "news", data}));
    }
    all.push_back(message(type, "message", {"with\r\n$3\r\n", "\r\n*3\r\n$7\r\nmessage\r\n"}));
    all.push_back(type + std::string("3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"));
    all.push_back(type + std::string("3\r\n+message\r\n+news\r\n+simple\r\n"));
    all.push_back(type + std::string("3\r\n$7\r\nmessage\r\n$04\r\nnews\r\n$1\r\nx\r\n"));
  }
  all.push_back(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n");
  return all;
}

/// Frames behind which a line makes no sense.
std::vector<std::string> nonsense() {
  return {message('>', "message", {"news"}), message('*', "pmessage", {"n*", "news"}), message('>', "message", {"news", "a", "b"}),
          "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nx\r\n", "*3\r\n$7\r\nmessage\r\n$1\r\nax\r\n", "*3\r\n$7\r\nmessage\r\n$x\r\n"};
}

std::string text_of(const Heard& heard) {
  return std::to_string(static_cast<int>(heard.what)) + std::to_string(static_cast<int>(heard.kind)) + "/" + std::string(heard.name) + "/" +
         std::string(heard.channel) + "/" + std::string(heard.text) + ";";
}

/// Feeds the bytes in pieces, and tells what comes out.
/// @param look  what is asked for before next(); null: nothing.
using Look = bool (Line::*)(Heard&);
std::string told(std::string_view bytes, unsigned seed, Look look, const wire::Limits& limits = {}) {
  Line line(limits);
  std::minstd_rand random(seed);
  std::string all;
  while (!bytes.empty()) {
    const Line::Space space = line.receive_space();
    const std::size_t piece = seed == 0 ? bytes.size() : 1 + random() % 200;
    const std::size_t size = std::min({space.size, bytes.size(), piece});
    std::memcpy(space.data, bytes.data(), size);
    line.received(size);
    bytes.remove_prefix(size);
    for (;;) {
      if (Heard heard; look != nullptr && (line.*look)(heard)) {
        all += text_of(heard);
        continue;
      }
      const auto event = line.next();
      if (!event) break;
      if (event->kind == Line::Event::Kind::broken) return all + "broken: " + event->broken;
      all += text_of(event->heard);
    }
  }
  return all;
}

TEST(QuickMessage, says_what_the_long_way_says_in_whatever_pieces) {
  const std::vector<std::string> some = frames();
  std::minstd_rand random(1);
  for (unsigned round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 30; ++i) bytes += some[random() % some.size()];
    if (round % 3 == 0) bytes += nonsense()[random() % nonsense().size()] + some[0];
    const std::string in_full = told(bytes, round, nullptr);
    ASSERT_EQ(told(bytes, round, &Line::next_message), in_full) << "round " << round;
    ASSERT_EQ(told(bytes, round, &Line::next_message_of_any_size), in_full) << "round " << round;
  }
}

TEST(QuickMessage, is_taken_by_what_servers_send) {
  for (const char type : {'*', '>'}) {
    for (const std::string& frame : {message(type, "message", {"a", "b"}), message(type, "smessage", {"a", "b"}), message(type, "pmessage", {"a*", "ab", "c"})}) {
      Heard heard;
      EXPECT_EQ(hear_message(frame, heard), frame.size());
      EXPECT_EQ(text_of(heard), text_of(hear(frame)));
      for (std::size_t size = 0; size < frame.size(); ++size) EXPECT_EQ(hear_message(std::string_view(frame).substr(0, size), heard), 0u);
      EXPECT_EQ(hear_message(frame + "more", heard), frame.size());
    }
  }
  for (const std::string& frame : nonsense()) {
    Heard heard;
    EXPECT_TRUE(hear_message(frame, heard) == 0 || hear_message(frame, heard) < frame.size()) << frame;
  }
}

TEST(QuickMessage, keeps_within_the_limits_of_a_reply) {
  const std::string bytes = message('>', "message", {"news", std::string(500, 'x')});
  for (auto limits : {wire::Limits{.max_bulk_bytes = 499}, wire::Limits{.max_elements = 2}, wire::Limits{.max_reply_bytes = 300}, wire::Limits{.max_push_bytes = 300}}) {
    const std::string in_full = told(bytes, 0, nullptr, limits);
    EXPECT_NE(in_full.find("broken"), std::string::npos);
    EXPECT_EQ(told(bytes, 0, &Line::next_message, limits), in_full);
    EXPECT_EQ(told(bytes, 0, &Line::next_message_of_any_size, limits), in_full);
  }
}

TEST(QuickMessage, of_any_size_stops_before_what_is_none_and_keeps_it) {
  Line line(wire::Limits{});
  const std::string bytes = message('>', "message", {"a", std::string(20'000, 'x')}) + ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" + message('>', "message", {"a", "y"});
  const Line::Space space = line.receive_space();
  std::memcpy(space.data, bytes.data(), bytes.size());
  line.received(bytes.size());
  Heard heard;
  EXPECT_FALSE(line.next_message(heard));
  ASSERT_TRUE(line.next_message_of_any_size(heard));
  EXPECT_EQ(heard.text.size(), 20'000U);
  EXPECT_FALSE(line.next_message_of_any_size(heard));
  EXPECT_FALSE(line.next_message(heard)) << "it would overtake";
  EXPECT_TRUE(line.has_unread());
  EXPECT_EQ(line.next()->heard.what, Heard::What::subscribed);
  ASSERT_TRUE(line.next_message_of_any_size(heard));
  EXPECT_EQ(heard.text, "y");
  EXPECT_FALSE(line.has_unread());
}

// What a fence settles comes first: the order of the bytes.
TEST(QuickMessage, does_not_overtake_what_a_fence_has_settled) {
  Line line(wire::Limits{});
  line.order({Action::subscribe, SubscriptionKind::channel, {"a"}});
  const std::string bytes = ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n$1\r\n1\r\n" + message('>', "message", {"a", "x"});
  const Line::Space space = line.receive_space();
  std::memcpy(space.data, bytes.data(), bytes.size());
  line.received(bytes.size());
  Heard heard;
  EXPECT_FALSE(line.next_message(heard));
  EXPECT_EQ(line.next()->heard.what, Heard::What::subscribed);
  EXPECT_FALSE(line.next_message(heard));
  EXPECT_EQ(line.next()->kind, Line::Event::Kind::settled);
  EXPECT_TRUE(line.next_message(heard));
  EXPECT_EQ(heard.text, "x");
}

}  // namespace
}  // namespace rediscluster::pubsub
