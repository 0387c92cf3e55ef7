// Names of what a subscriber gets.
#include <rediscluster/types/pubsub.hpp>

#include <array>

namespace rediscluster {

const char* to_string(Message::Type type) {
  constexpr std::array names{"message",     "pmessage",     "smessage",     "subscribe", "psubscribe", "ssubscribe",
                             "unsubscribe", "punsubscribe", "sunsubscribe", "gap",       "refused"};
  const auto index = static_cast<std::size_t>(type);
  return index < names.size() ? names[index] : "unknown";
}

const char* to_string(Message::Gap gap) {
  constexpr std::array names{"none", "connection_lost", "moved", "unread_limit"};
  const auto index = static_cast<std::size_t>(gap);
  return index < names.size() ? names[index] : "unknown";
}

}  // namespace rediscluster
