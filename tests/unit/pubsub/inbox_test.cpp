/// Unread messages within their bounds, by each policy.
#include "pubsub/inbox.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::pubsub {
namespace {

Message message(std::string data, Message::Type type = Message::Type::message) {
  Message made;
  made.type = type;
  made.channel = "c";
  made.data = std::move(data);
  return made;
}

Inbox inbox(UnreadPolicy policy, std::size_t most, std::size_t bytes = 1'000'000) {
  PubSubOptions options;
  options.when_full = policy;
  options.max_unread_messages = most;
  options.max_unread_bytes = bytes;
  return Inbox(options);
}

void put(Inbox& box, int first, int last) {
  for (int i = first; i <= last; ++i) box.put(message(std::to_string(i)));
}

/// Everything in it: "1 2 3", a gap as "[4 lost]", a refusal as "!".
std::string drain(Inbox& box) {
  std::string text;
  while (const auto each = box.take()) {
    if (!text.empty()) text += ' ';
    if (each->type == Message::Type::gap) {
      text += '[' + std::to_string(each->count) + " lost]";
    } else {
      text += each->type == Message::Type::refused ? "!" : each->data;
    }
  }
  return text;
}

TEST(Inbox, gives_back_in_order_what_fits) {
  for (const UnreadPolicy policy : {UnreadPolicy::drop_oldest, UnreadPolicy::drop_newest, UnreadPolicy::stop_reading}) {
    Inbox box = inbox(policy, 3);
    EXPECT_TRUE(box.is_empty());
    put(box, 1, 3);
    EXPECT_FALSE(box.is_empty());
    EXPECT_FALSE(box.has_room());
    EXPECT_EQ(drain(box), "1 2 3");
    EXPECT_TRUE(box.is_empty());
    EXPECT_EQ(box.bytes(), 0u);
  }
}

TEST(Inbox, drop_oldest_tells_of_the_gap_before_what_is_left) {
  Inbox box = inbox(UnreadPolicy::drop_oldest, 3);
  put(box, 1, 10);
  EXPECT_EQ(box.size(), 3u);
  EXPECT_EQ(drain(box), "[7 lost] 8 9 10");
  put(box, 11, 12);
  EXPECT_EQ(drain(box), "11 12");
}

TEST(Inbox, drop_oldest_tells_of_each_gap_once_and_in_its_place) {
  Inbox box = inbox(UnreadPolicy::drop_oldest, 2);
  put(box, 1, 3);
  ASSERT_EQ(box.take()->type, Message::Type::gap);
  EXPECT_EQ(box.take()->data, "2");
  put(box, 4, 6);
  EXPECT_EQ(drain(box), "[2 lost] 5 6");
}

TEST(Inbox, drop_newest_keeps_what_it_has_and_tells_of_the_gap_behind_it) {
  Inbox box = inbox(UnreadPolicy::drop_newest, 3);
  put(box, 1, 10);
  EXPECT_EQ(box.size(), 3u);
  EXPECT_EQ(drain(box), "1 2 3 [7 lost]");
}

TEST(Inbox, drop_newest_takes_new_ones_again_behind_the_gap) {
  Inbox box = inbox(UnreadPolicy::drop_newest, 3);
  put(box, 1, 5);
  EXPECT_EQ(box.take()->data, "1");
  EXPECT_EQ(box.take()->data, "2");
  put(box, 6, 6);
  EXPECT_EQ(drain(box), "3 [2 lost] 6");
}

TEST(Inbox, stop_reading_drops_nothing_and_says_when_it_is_full) {
  Inbox box = inbox(UnreadPolicy::stop_reading, 3);
  put(box, 1, 5);  // what had been received already
  EXPECT_FALSE(box.has_room());
  EXPECT_EQ(drain(box), "1 2 3 4 5");
  EXPECT_TRUE(box.has_room());
}

TEST(Inbox, bytes_are_bounded_too_but_one_large_message_is_always_taken) {
  Inbox oldest = inbox(UnreadPolicy::drop_oldest, 100, 10'000);
  oldest.put(message(std::string(6'000, 'a')));
  oldest.put(message(std::string(6'000, 'b')));
  EXPECT_LE(oldest.bytes(), 10'000u);
  EXPECT_EQ(drain(oldest), "[1 lost] " + std::string(6'000, 'b'));
  oldest.put(message(std::string(20'000, 'c')));
  EXPECT_EQ(drain(oldest), std::string(20'000, 'c'));
  Inbox newest = inbox(UnreadPolicy::drop_newest, 100, 10'000);
  newest.put(message(std::string(20'000, 'a')));
  newest.put(message("b"));
  EXPECT_EQ(drain(newest), std::string(20'000, 'a') + " [1 lost]");
}

TEST(Inbox, dropped_notices_open_a_gap_but_are_not_counted_as_messages) {
  Inbox box = inbox(UnreadPolicy::drop_oldest, 1);
  box.put(message("", Message::Type::subscribe));
  box.put(message("1"));
  EXPECT_EQ(drain(box), "[0 lost] 1");
}

TEST(Inbox, the_end_of_a_subscription_is_told_whatever_is_dropped) {
  Inbox oldest = inbox(UnreadPolicy::drop_oldest, 2);
  oldest.put(message("", Message::Type::refused));
  put(oldest, 1, 4);
  EXPECT_EQ(drain(oldest), "[2 lost] ! 3 4");
  Inbox newest = inbox(UnreadPolicy::drop_newest, 2);
  put(newest, 1, 4);
  newest.put(message("", Message::Type::refused));
  EXPECT_EQ(drain(newest), "1 2 [2 lost] !");
}

TEST(Inbox, forgets_everything_when_cleared) {
  Inbox box = inbox(UnreadPolicy::drop_oldest, 2);
  put(box, 1, 5);
  box.clear();
  EXPECT_TRUE(box.is_empty());
  EXPECT_EQ(box.bytes(), 0u);
}

}  // namespace
}  // namespace rediscluster::pubsub
