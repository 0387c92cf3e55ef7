/// Names of keyspace notifications: what a server tells of its own keys, and to those only who are subscribed at it.
/// Source: redis.io/docs/latest/develop/pubsub/keyspace-notifications and subkeyspace-notifications (Redis 8.8). Pure.
#pragma once

#include <rediscluster/types/pubsub.hpp>

#include <string_view>

namespace rediscluster::pubsub {

/// Whether servers tell of their keys on this channel: "__keyevent@0__:set", "__keyspace@0__:key" and their kin.
bool is_key_event(std::string_view channel);

/// Whether who subscribes to this wants to hear of keys. Of a pattern: it may match such a channel, and says something of it,
/// which "*" does not.
bool means_key_events(SubscriptionKind kind, std::string_view name);

}  // namespace rediscluster::pubsub
