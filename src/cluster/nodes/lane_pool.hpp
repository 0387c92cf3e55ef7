/// The lanes to one node. A call takes an idle lane while few callers are about and joins a busy one when many are:
/// few callers gain from a socket of their own, many from sharing one (measured, docs/performance.md). Commands that
/// block on the server get a lane for themselves. Thread-safe; lanes live as long as the pool.
#pragma once

#include "base/condition.hpp"
#include "drive/caller_lane.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace rediscluster::cluster {

class LanePool {
 public:
  static constexpr int most_lanes = 8;

  /// What a pool needs where connections are bounded (options.max_connections and ..._per_node).
  struct Bound {
    drive::CallerLane::Dial dial_dedicated;  ///< Makes the connections of dedicated lanes.
    std::function<bool()> has_room;          ///< Whether one connection more would be allowed now. Any thread.
  };

  /// @param bound  empty: there is none, and `dial` makes all connections.
  /// @param on_loss  hears of each connection lost.
  LanePool(const drive::CallerLane::Dial& dial, const wire::Limits& limits, int shared_lanes, Bound bound = {},
           drive::CallerLane::LossHook on_loss = {});

  /// A lane for the time of one call; gives it back when it dies.
  class Use {
   public:
    Use(Use&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), lane_(other.lane_), place_(other.place_) {}
    Use& operator=(Use&&) = delete;
    ~Use() {
      if (pool_ != nullptr) pool_->give_back(*lane_, place_);
    }
    drive::CallerLane& lane() const { return *lane_; }

   private:
    friend class LanePool;
    Use(LanePool& pool, drive::CallerLane& lane, int place) : pool_(&pool), lane_(&lane), place_(place) {}
    LanePool* pool_;
    drive::CallerLane* lane_;
    int place_;
  };

  /// @param now  of this call: for a while after many callers were about, new ones join each other, too.
  /// At the bound callers share the connections there are instead of asking for more.
  Use shared(base::TimePoint now = {});
  /// One that nobody else uses, when fewer than `most` dedicated lanes are in use, or as soon as they are; empty: the deadline came first.
  std::optional<Use> dedicated_below(int most, base::Deadline deadline);
  /// One for a command under which connections end, so that it ends no other's: few of them, beside those that wait, and without
  /// waiting for one; empty: they are all in use.
  std::optional<Use> alone();
  static constexpr int most_alone = 4;
  /// Whether a lane was ever asked for.
  bool was_used();
  /// Dedicated lanes in use.
  int dedicated_in_use();

  /// Calls `use(CallerLane&)` for each shared lane that somebody has used so far (dedicated ones may rightly be silent for long).
  template <class Function>
  void for_each_shared(Function&& use) {
    for (int i = 0; i < shared_lanes_; ++i) {
      if (drive::CallerLane* lane = slot(i).made()) use(*lane);
    }
  }
  /// Gives back what lanes have kept of large replies, where none has come for a while.
  void give_back_memory(base::TimePoint now);
  /// Ends the dedicated connections: idle ones now, those in use when they are given back.
  void retire_dedicated();
  /// Ends a connection that nobody uses now; false: there is none.
  bool end_one_idle(bool dedicated_only);
  /// Ends the connections that nobody uses and on which nothing has come since then.
  void end_idle_since(base::TimePoint since);
  /// The same for dedicated ones only.
  void end_dedicated_idle_since(base::TimePoint since);
  /// Ends the connection of the last open shared lane when its callers have their replies.
  void drain_one();
  /// Shared lanes with a connection, as of a moment ago.
  int open_shared() const;
  /// Of all lanes together.
  drive::CallerLane::Counts counts();

  /// Ends the connections of dedicated lanes; who uses them is told this reason.
  void break_off_dedicated(const Error& reason);
  /// Ends all connections; those in use are lost with this reason. They are made again when needed.
  void break_off(const Error& reason);
  /// Ends all connections for good.
  void close();

 private:
  static constexpr int joined = -1;         // place of a Use that shares a busy lane
  static constexpr int dedicated_place = -2;
  static constexpr int alone_place = -3;    // dedicated, too
  void give_back(drive::CallerLane& lane, int place);
  bool is_open(int place) const {
    const drive::CallerLane* lane = slot(place).made();
    return lane != nullptr && lane->is_open();
  }
  drive::CallerLane& lane_to_join();
  Use take_dedicated(int place = dedicated_place);
  static void end_if_idle_since(drive::CallerLane& lane, base::TimePoint since);
  int count_dedicated_in_use() const { return static_cast<int>(dedicated_.size() - dedicated_idle_.size()) - alone_in_use_; }

  struct alignas(64) Slot {  // a cache line each: callers on different lanes do not disturb each other
    std::atomic<bool> taken{false};
    std::atomic<drive::CallerLane*> lane{nullptr};  // made when it is first used: most nodes of a large cluster need one, or none

    drive::CallerLane* made() const { return lane.load(std::memory_order_acquire); }
  };
  Slot& slot(int place) const { return lanes_[static_cast<std::size_t>(place)]; }
  drive::CallerLane& lane_at(int place) {
    drive::CallerLane* made = slot(place).made();
    return made != nullptr ? *made : make_lane(place);
  }
  drive::CallerLane& make_lane(int place);

  const drive::CallerLane::Dial dial_;
  const Bound bound_;
  const bool is_bounded_;
  const drive::CallerLane::LossHook on_loss_;
  const wire::Limits limits_;
  const int shared_lanes_;
  alignas(64) std::atomic<int> joined_callers_{0};
  std::atomic<base::TimePoint> crowded_until_{base::TimePoint::min()};
  const std::unique_ptr<Slot[]> lanes_;  // shared_lanes_ of them

  std::mutex mutex_;  // guards what follows
  base::Condition given_back_;
  std::vector<std::unique_ptr<drive::CallerLane>> made_;  // the shared lanes, in the order they were made
  std::vector<std::unique_ptr<drive::CallerLane>> dedicated_;
  std::vector<drive::CallerLane*> dedicated_idle_;
  std::vector<drive::CallerLane*> dedicated_retired_;  // in use; to be ended when given back
  int alone_in_use_ = 0;
  bool closed_ = false;
};

}  // namespace rediscluster::cluster
