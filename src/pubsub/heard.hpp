/// One frame of a pub/sub connection as what it says. RESP3 pushes and RESP2 arrays alike.
/// Pure; looks into the frame's bytes and does not keep them alive.
#pragma once

#include <rediscluster/types/pubsub.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rediscluster::pubsub {

struct Heard {
  enum class What : std::uint8_t {
    message,       ///< Of the subscription `name`; for a pattern this is the pattern, and `channel` where it was published.
    subscribed,    ///< The server counts `name` among our subscriptions from here on.
    unsubscribed,  ///< It does no longer, asked or unasked.
    pong,          ///< `text`: what the PING carried.
    error,         ///< `text`: an error reply.
    nothing,       ///< A push that means nothing to us, or an acknowledgement without a name.
    nonsense,      ///< What no server sends on such a connection.
  };
  What what = What::nonsense;
  SubscriptionKind kind = SubscriptionKind::channel;
  std::string_view name{};
  std::string_view channel{};
  std::string_view text{};  ///< Of a message: what was published.
};

/// @param frame  the bytes of one whole reply or push that the FrameScanner has passed.
Heard hear(std::string_view frame);

/// The same of bytes that nobody has looked at, if a message begins them, all of it is there and it is as servers write it.
/// @return  how many bytes it takes; 0: it is something else, or not whole, and the FrameScanner is to look at it.
std::size_t hear_message(std::string_view bytes, Heard& heard);

}  // namespace rediscluster::pubsub
