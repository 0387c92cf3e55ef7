/// How a pub/sub object behaves. Plain values.
#pragma once

#include <rediscluster/time_span.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rediscluster {

/// What happens to messages when nobody reads them and the bounds on unread ones are reached. In all cases the reader is told by a
/// message of type gap, in the place where messages are missing.
enum class UnreadPolicy : std::uint8_t {
  drop_oldest,   ///< The oldest unread ones make room: the reader is late, but near the present.
  drop_newest,   ///< New ones are dropped until there is room: what was once taken in is kept.
  stop_reading,  ///< The connections are not read until there is room. Loses nothing for as long as the server buffers it; then the
                 ///< server ends the connection (client-output-buffer-limit pubsub), which is announced and mended like any loss.
};

struct PubSubOptions {
  bool ignore_subscribe_messages = false;                ///< get_message() keeps (un)subscribe messages to itself.
  std::size_t max_unread_messages = 100'000;             ///< At least 1.
  std::size_t max_unread_bytes = 64u * 1024 * 1024;      ///< Texts and the objects around them; a single larger message is still taken.
  UnreadPolicy when_full = UnreadPolicy::drop_oldest;
  /// A connection that brings nothing for this long is given up; it is asked (PING) at half of it. At least 20 ms.
  TimeSpan silence_limit = std::chrono::milliseconds(10'000);
  /// A server tells of its own keys, and only to those subscribed at it. So channels such as "__keyspace@0__:key", and patterns that
  /// mean them ("__key*__:*", but not "*"), are subscribed on every primary, one connection each. false: as any channel, on one node.
  bool key_events_everywhere = true;
};

}  // namespace rediscluster
