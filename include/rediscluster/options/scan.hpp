/// Options of scan_iter(). Plain values.
#pragma once

#include <rediscluster/time_span.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace rediscluster {

/// How many shards are read at the same time: `true` (all of them), `false` (one), or a number.
class ParallelShards {
 public:
  ParallelShards(bool all) : count_(all ? std::numeric_limits<int>::max() : 1) {}
  ParallelShards(int count) : count_(count) {}
  int count() const { return count_; }

 private:
  int count_;
};

/// What a scan does about slots that nobody served for as long as its patience lasted.
enum class Uncovered : std::uint8_t {
  fail,   ///< Ends with Errc::slot_not_covered, which names them.
  allow,  ///< Ends without them; KeyScan::uncovered() names them.
};

/// `cluster.scan_iter({.match = "user:*", .count = 500, .parallel = true})`
struct ScanIterOptions {
  std::optional<std::string> match{};   ///< Glob that keys must match; the servers filter.
  std::optional<std::int64_t> count{};  ///< About how many keys a server looks at per page, whether they match or not: 10.
  std::optional<std::string> type{};    ///< "string", "list", "set", "zset", "hash", "stream": only such keys.
  ParallelShards parallel = 1;          ///< Pages in flight at the same time, one per shard.
  /// How long the scan waits without getting a page of any shard. Unset: the client's command_timeout.
  std::optional<TimeSpan> patience{};
  Uncovered uncovered = Uncovered::fail;
};

}  // namespace rediscluster
