/// A message is made where it is wanted.
#include "pubsub/message_slot.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::pubsub {
namespace {

/// Turns into a message, as what is read from a connection does; told how often.
struct News {
  operator Message() const {
    ++times;
    return {.channel = "c", .data = std::string(100, 'x')};
  }
  mutable int times = 0;
};

TEST(MessageSlot, is_filled_alone_or_as_a_result) {
  const News news;
  std::optional<Message> alone;
  const MessageSlot of_alone(alone);
  of_alone.fill(news);
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->channel, "c");
  EXPECT_EQ(&of_alone.message(), &*alone);

  std::optional<Result<Message>> as_result;
  const MessageSlot of_result(as_result);
  of_result.fill(news);
  ASSERT_TRUE(as_result && *as_result);
  EXPECT_EQ((*as_result)->data, std::string(100, 'x'));
  EXPECT_EQ(&of_result.message(), &**as_result);
  EXPECT_EQ(news.times, 2);
}

TEST(MessageSlot, takes_a_message_that_is_there) {
  Message kept{.channel = "c", .data = std::string(100, 'x')};
  const char* const bytes = kept.data.data();
  std::optional<Result<Message>> slot;
  MessageSlot(slot).fill(std::move(kept));
  EXPECT_EQ((*slot)->data.data(), bytes);
}

}  // namespace
}  // namespace rediscluster::pubsub
