/// What a subscriber gets. Plain values: copy, keep and hand to other threads freely.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace rediscluster {

/// The three families of subscriptions. Names in one family know nothing of the others.
enum class SubscriptionKind : std::uint8_t {
  channel,  ///< SUBSCRIBE: what PUBLISH sends anywhere in the cluster.
  pattern,  ///< PSUBSCRIBE: the same, by a glob-style pattern.
  sharded,  ///< SSUBSCRIBE (Redis 7.0): what SPUBLISH sends within the shard of the channel's slot.
};

/// One thing that get_message() tells.
struct Message {
  enum class Type : std::uint8_t {
    message,       ///< Published to `channel`.
    pmessage,      ///< Published to `channel`, which `pattern` matches.
    smessage,      ///< Published to the sharded `channel`.
    subscribe,     ///< A server has confirmed this subscription for the first time.
    psubscribe,
    ssubscribe,
    unsubscribe,   ///< Ended by unsubscribe(): no message of it comes after this.
    punsubscribe,
    sunsubscribe,
    gap,           ///< Messages may have been lost before this; `gap` and `data` say why.
    refused,       ///< A server refused to restore this subscription: it has ended; `data` is the server's reason.
  };
  /// Why messages may be missing.
  enum class Gap : std::uint8_t {
    none,             ///< It is no gap.
    connection_lost,  ///< The connection ended, and the subscription has been made again.
    moved,            ///< The slot, or the node, moved away, and the subscription has been made again elsewhere.
    unread_limit,     ///< Nobody read them in time: `count` messages were dropped to keep the options' bounds.
  };

  Type type = Type::message;
  Gap gap = Gap::none;
  SubscriptionKind kind = SubscriptionKind::channel;  ///< Whose message it is. A gap with neither pattern nor channel: of all.
  std::string pattern{};   ///< pmessage, psubscribe, punsubscribe, and gap or refused of a pattern.
  std::string channel{};   ///< The channel; of psubscribe and punsubscribe the pattern, as in redis-py; of a gap for all empty.
  std::string data{};      ///< What was published; of gap and refused: why, in words.
  /// (Un)subscribe: subscriptions of this object that are confirmed now, as servers count them: channels and patterns
  /// together, sharded ones apart. A gap of unread_limit: messages dropped. Otherwise 0.
  std::int64_t count = 0;

  /// Whether somebody published it.
  bool is_published() const { return type <= Type::smessage; }

  friend bool operator==(const Message&, const Message&) = default;
};

/// Stable lower-case name of the value, e.g. "psubscribe"; redis-py's word for it where it has one.
const char* to_string(Message::Type type);
const char* to_string(Message::Gap gap);

/// What a user does with the messages of one subscription. Called by the thread that runs get_message(), listen() or the
/// worker of run_in_thread(), without any lock held: it may use the pub/sub object and the client.
using MessageHandler = std::function<void(const Message&)>;

}  // namespace rediscluster
