/// What goes wrong in a simulated world, and when: drawn from the seed, or read from a kept schedule.
#pragma once

#include "simulation/cluster.hpp"

#include <rediscluster/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::simulation {

struct Fault {
  enum class Kind : std::uint8_t {
    kill,       ///< A node dies and comes back `span` later.
    hang,       ///< It takes bytes, and does nothing with them.
    isolate,    ///< The other nodes do not hear of it, clients do.
    move,       ///< It dies, and comes back at another address.
    load,       ///< It says LOADING.
    memory,     ///< It says OOM to writes.
    busy,       ///< It says BUSY to everything.
    read_only,  ///< It says READONLY to writes.
    partial,    ///< Asked who serves what, it leaves out a shard.
    outdate,    ///< Asked who serves what, it says what was so in the beginning.
    unname,     ///< No name is known.
    clog,       ///< Nothing moves to and from it.
    slow,       ///< What moves takes up to `span`.
    lose,       ///< What is sent is lost, and its connections are of no use for ever.
    refuse,     ///< It accepts no connection.
    silent,     ///< Connecting to it gets no answer.
    cut,        ///< Its connections end, behind what is under way.
    tear,       ///< Its connections end, at any byte.
    fail_over,  ///< A replica takes over the shard, as planned.
    migrate,    ///< A slot moves to another shard, a key every millisecond.
  };

  int at = 0;         ///< Milliseconds since the world began.
  Kind kind = Kind::kill;
  int where = 0;      ///< A node; for fail_over a shard; for migrate a slot.
  int span = 0;       ///< Milliseconds; for migrate the shard it goes to.

  /// "120 kill 3 900"
  std::string text() const;
  /// Errors: Errc::bad_option, naming the line.
  static Result<Fault> parse(std::string_view line);
  friend bool operator==(const Fault&, const Fault&) = default;
};

using Schedule = std::vector<Fault>;

/// @param slots  those of the keys that the workload uses.
Schedule draw_schedule(base::Random random, const ClusterPlan& plan, const std::vector<int>& slots, int count, int milliseconds);

/// What befalls the cluster, at the world's times.
void unleash(const Schedule& schedule, SimCluster& cluster);

}  // namespace rediscluster::simulation
