/// Who serves what in a simulated cluster, as the cluster has agreed, and as each node believes until news has reached it. Plain values.
#pragma once

#include <rediscluster/key_slot.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rediscluster::simulation {

struct Shape {
  struct Shard {
    int primary = 0;  ///< Numbers of nodes.
    std::uint64_t config_epoch = 0;
    std::vector<int> replicas{};
  };
  std::uint64_t epoch = 1;
  std::array<std::uint16_t, slot_count> shard_of{};  ///< By slot.
  std::vector<Shard> shards{};
  /// What nodes say of it, made when they are asked first.
  struct Texts {
    std::string slots_reply{};          ///< To CLUSTER SLOTS.
    std::string partial_reply{};        ///< The same without one of the shards.
    std::vector<std::string> slots{};   ///< By shard, as a line of CLUSTER NODES ends.
  };
  mutable Texts texts{};

  bool is_primary(int node) const {
    for (const Shard& each : shards) {
      if (each.primary == node) return true;
    }
    return false;
  }
  const std::string& slots_text(std::size_t shard) const;
  /// Slots from `first` on that one shard has: the first one behind them.
  int end_of_run(int first) const {
    const auto begin = shard_of.begin() + first;
    return static_cast<int>(std::find_if(begin, shard_of.end(), [&](std::uint16_t shard) { return shard != *begin; }) - shard_of.begin());
  }
  /// -1: in none.
  int shard_with(int node) const {
    for (std::size_t i = 0; i < shards.size(); ++i) {
      if (shards[i].primary == node) return static_cast<int>(i);
      for (const int replica : shards[i].replicas) {
        if (replica == node) return static_cast<int>(i);
      }
    }
    return -1;
  }
};

}  // namespace rediscluster::simulation
