#include "pubsub/key_events.hpp"

#include <algorithm>
#include <array>

namespace rediscluster::pubsub {
namespace {

constexpr std::array<std::string_view, 6> key_event_prefixes{"__keyspace@",     "__keyevent@",         "__subkeyspace@",
                                                             "__subkeyevent@", "__subkeyspaceitem@", "__subkeyspaceevent@"};

// Whether a glob-style pattern may match something that begins so, and has more than wildcards to say about it.
bool may_begin(std::string_view pattern, std::string_view prefix) {
  bool says_something = false;
  for (const char wanted : prefix) {
    if (pattern.empty()) return false;
    const char sign = pattern.front();
    if (sign == '*') return says_something;
    pattern.remove_prefix(1);
    if (sign == '?') continue;
    if (sign == '[') {  // some sign or other
      const std::size_t end = pattern.find(']');
      pattern.remove_prefix(end == pattern.npos ? pattern.size() : end + 1);
      continue;
    }
    char meant = sign;
    if (sign == '\\' && !pattern.empty()) {
      meant = pattern.front();
      pattern.remove_prefix(1);
    }
    if (meant != wanted) return false;
    says_something = true;
  }
  return !pattern.empty();  // a server always says more
}

}  // namespace

bool is_key_event(std::string_view channel) {
  return std::any_of(key_event_prefixes.begin(), key_event_prefixes.end(), [&](std::string_view each) { return channel.starts_with(each); });
}

bool means_key_events(SubscriptionKind kind, std::string_view name) {
  if (kind == SubscriptionKind::sharded) return false;
  if (kind == SubscriptionKind::channel) return is_key_event(name);
  if (std::any_of(key_event_prefixes.begin(), key_event_prefixes.end(), [&](std::string_view each) { return may_begin(name, each); })) return true;
  // "*keyevent@0__:expired", "*__:expired"
  constexpr std::array<std::string_view, 3> tell_tale{"keyspace", "keyevent", "__:"};
  return name.starts_with('*') && std::any_of(tell_tale.begin(), tell_tale.end(), [&](std::string_view each) { return name.find(each) != name.npos; });
}

}  // namespace rediscluster::pubsub
