/// What frames of pub/sub connections say, in RESP2 and RESP3.
#include "pubsub/heard.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::pubsub {
namespace {

using What = Heard::What;

/// "*3" or ">3" and bulk strings; ":1" and "_" stand for themselves.
std::string frame(char type, std::initializer_list<std::string_view> parts) {
  std::string bytes = type + std::to_string(parts.size()) + "\r\n";
  for (const std::string_view part : parts) {
    if (part.starts_with(':') || part == "_") {
      bytes.append(part).append("\r\n");
    } else {
      bytes += '$' + std::to_string(part.size()) + "\r\n" + std::string(part) + "\r\n";
    }
  }
  return bytes;
}

TEST(Heard, messages_of_all_kinds_sound_alike_in_both_protocols) {
  for (const char type : {'*', '>'}) {
    const std::string message = frame(type, {"message", "news", "hello"});
    const Heard plain = hear(message);
    EXPECT_EQ(plain.what, What::message);
    EXPECT_EQ(plain.kind, SubscriptionKind::channel);
    EXPECT_EQ(plain.name, "news");
    EXPECT_EQ(plain.channel, "news");
    EXPECT_EQ(plain.text, "hello");

    const std::string pmessage = frame(type, {"pmessage", "n*", "news", ""});
    const Heard matched = hear(pmessage);
    EXPECT_EQ(matched.kind, SubscriptionKind::pattern);
    EXPECT_EQ(matched.name, "n*");
    EXPECT_EQ(matched.channel, "news");
    EXPECT_EQ(matched.text, "");

    const std::string smessage = frame(type, {"smessage", "news", "x"});
    EXPECT_EQ(hear(smessage).kind, SubscriptionKind::sharded);
  }
}

TEST(Heard, notices_name_what_is_subscribed_now) {
  const std::string on = frame('>', {"psubscribe", "n*", ":7"});
  EXPECT_EQ(hear(on).what, What::subscribed);
  EXPECT_EQ(hear(on).kind, SubscriptionKind::pattern);
  EXPECT_EQ(hear(on).name, "n*");
  const std::string off = frame('*', {"sunsubscribe", "news", ":0"});
  EXPECT_EQ(hear(off).what, What::unsubscribed);
  EXPECT_EQ(hear(off).kind, SubscriptionKind::sharded);
}

TEST(Heard, a_notice_without_a_name_means_nothing) {
  EXPECT_EQ(hear(frame('>', {"unsubscribe", "_", ":0"})).what, What::nothing);
  EXPECT_EQ(hear("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n").what, What::nothing);
}

TEST(Heard, a_pong_may_be_a_string_or_an_array) {
  EXPECT_EQ(hear("$2\r\n17\r\n").what, What::pong);
  EXPECT_EQ(hear("$2\r\n17\r\n").text, "17");
  const std::string array = frame('*', {"pong", "17"});
  EXPECT_EQ(hear(array).what, What::pong);
  EXPECT_EQ(hear(array).text, "17");
}

TEST(Heard, errors_come_without_their_frame) {
  EXPECT_EQ(hear("-MOVED 1 a:1\r\n").what, What::error);
  EXPECT_EQ(hear("-MOVED 1 a:1\r\n").text, "MOVED 1 a:1");
}

TEST(Heard, pushes_of_other_kinds_mean_nothing_but_other_replies_are_nonsense) {
  EXPECT_EQ(hear(frame('>', {"invalidate", "_"})).what, What::nothing);
  EXPECT_EQ(hear(">1\r\n:1\r\n").what, What::nothing);
  EXPECT_EQ(hear(frame('*', {"invalidate", "x"})).what, What::nonsense);
  EXPECT_EQ(hear(":1\r\n").what, What::nonsense);
  EXPECT_EQ(hear("*0\r\n").what, What::nonsense);
}

TEST(Heard, known_words_with_the_wrong_company_are_nonsense) {
  EXPECT_EQ(hear(frame('>', {"message", "news"})).what, What::nonsense);
  EXPECT_EQ(hear(frame('>', {"message", "news", ":1"})).what, What::nonsense);
  EXPECT_EQ(hear(frame('>', {"subscribe", "news", "x"})).what, What::nonsense);
  EXPECT_EQ(hear(frame('>', {"subscribe", ":1", ":1"})).what, What::nonsense);
  EXPECT_EQ(hear(frame('>', {"pmessage", "n*", "news"})).what, What::nonsense);
}

}  // namespace
}  // namespace rediscluster::pubsub
