#include "slots/slot_range.hpp"

#include <algorithm>

namespace rediscluster::slots {

bool operator==(const ClusterView& a, const ClusterView& b) {
  // Shards already found equal, by their number in `a`: many ranges name the same few.
  constexpr std::uint32_t none = UINT32_MAX;
  std::vector<std::uint32_t> twin(a.shards.size(), none);
  return std::equal(a.ranges.begin(), a.ranges.end(), b.ranges.begin(), b.ranges.end(), [&](const SlotRange& x, const SlotRange& y) {
    if (x.first != y.first || x.last != y.last) return false;
    if (twin[x.shard] == y.shard) return true;
    if (!(a.shard_of(x) == b.shard_of(y))) return false;
    twin[x.shard] = y.shard;
    return true;
  });
}

}  // namespace rediscluster::slots
