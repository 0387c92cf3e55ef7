/// Which server it is that tests run on. Plain data.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

struct ServerVersion {
  std::string name{};          ///< "redis" or "valkey".
  std::vector<int> numbers{};  ///< 8.0.2: {8, 0, 2}.

  bool is_valkey() const { return name == "valkey"; }
  /// Whether it is a Redis of this version or a later one. A Valkey counts as the Redis 7.2.4 that it comes from.
  bool is_redis_at_least(const std::vector<int>& wanted) const {
    return (is_valkey() ? std::vector<int>{7, 2, 4} : numbers) >= wanted;
  }
  bool is_valkey_at_least(const std::vector<int>& wanted) const { return is_valkey() && numbers >= wanted; }
};

/// "8.0.2", "valkey 8.1.0-rc2" as numbers: from the first digit to what is neither digit nor dot. {0}: there is none.
std::vector<int> version_numbers(std::string_view text);
/// "valkey 8.1.1"
std::string to_string(const ServerVersion& version);

}  // namespace rediscluster::testing
