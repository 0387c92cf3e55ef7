/// The keys of one simulated node. Plain values.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace rediscluster::simulation {

struct Value {
  enum class Kind : std::uint8_t { text, list, hash };
  Kind kind = Kind::text;
  std::string text{};
  std::deque<std::string> list{};
  std::map<std::string, std::int64_t> hash{};
  base::TimePoint ends = base::TimePoint::max();  ///< Then it is as if it were not there.
};

/// A key's value, which replicas may still have when it has changed: never changed in place but by its only owner.
using Store = std::unordered_map<std::string, std::shared_ptr<const Value>>;

/// Null: the key is not there.
inline std::shared_ptr<const Value> value_of(const Store& store, const std::string& key) {
  const auto found = store.find(key);
  return found == store.end() ? nullptr : found->second;
}

}  // namespace rediscluster::simulation
