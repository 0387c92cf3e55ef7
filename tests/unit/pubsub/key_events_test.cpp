/// Which names mean keyspace notifications.
#include "pubsub/key_events.hpp"

#include <gtest/gtest.h>

namespace rediscluster::pubsub {
namespace {

TEST(KeyEvents, are_channels_with_the_servers_prefixes) {
  for (const char* channel : {"__keyspace@0__:key", "__keyevent@0__:set", "__keyevent@15__:expired", "__subkeyspace@0__:h", "__subkeyevent@0__:hset",
                              "__subkeyspaceitem@0__:h\nf", "__subkeyspaceevent@0__:hset|h"}) {
    EXPECT_TRUE(is_key_event(channel)) << channel;
    EXPECT_TRUE(means_key_events(SubscriptionKind::channel, channel)) << channel;
    EXPECT_FALSE(means_key_events(SubscriptionKind::sharded, channel)) << channel;
  }
  for (const char* channel : {"", "news", "__keyspace", "_keyspace@0__:k", "__sentinel__:hello", "__key*", "__redis__:invalidate"}) {
    EXPECT_FALSE(means_key_events(SubscriptionKind::channel, channel)) << channel;
  }
}

TEST(KeyEvents, are_meant_by_patterns_that_say_something_of_them) {
  for (const char* pattern : {"__key*", "__key*__:*", "__keyspace@0__:user:*", "__keyevent@?__:set", "__key[es]*", "__keyevent@*__:expired", "_*", "__*",
                              "\\_\\_keyspace@0__:*", "?_keyspace@0__:*", "[_]_keyevent@0__:del", "__keyevent@0__:set", "__sub*", "*__:expired", "*keyevent@0*"}) {
    EXPECT_TRUE(means_key_events(SubscriptionKind::pattern, pattern)) << pattern;
  }
  for (const char* pattern : {"", "*", "?*", "**", "news*", "__sentinel*", "__keys:*", "__keyspace", "__keyevent?", "__red*", "*news*", "[", "__key[", "\\"}) {
    EXPECT_FALSE(means_key_events(SubscriptionKind::pattern, pattern)) << pattern;
  }
}

}  // namespace
}  // namespace rediscluster::pubsub
