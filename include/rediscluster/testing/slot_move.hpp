/// One slot on its way from one primary to another, in steps, so that a test can stop half-way.
/// One thread at a time; movable; must not outlive the cluster. Destroying it changes nothing at the servers.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <memory>
#include <vector>

namespace rediscluster::testing {

class LocalCluster;

class SlotMove {
 public:
  ~SlotMove();
  SlotMove(SlotMove&&) noexcept;
  SlotMove& operator=(SlotMove&&) noexcept;

  int slot() const { return slot_; }
  /// Keys still at the old home.
  int keys_left();
  /// Carries up to `limit` keys over.
  /// @return  how many it carried.
  int move_keys(int limit);
  /// Carries all keys that are left over, and tells all primaries of the new owner, until they agree.
  void finish();
  /// Only tells: keys left at the old home are lost to clients. First the new owner, then the old, then the rest.
  void assign();
  /// Both forget the move; keys already carried over stay where they are.
  void abandon();

 private:
  friend class LocalCluster;
  struct Links;  // connections, shared by the moves of one range

  static std::shared_ptr<Links> connect(const LocalCluster& cluster, int from, int to);
  SlotMove(std::shared_ptr<Links> links, int slot);
  void carry();

  std::shared_ptr<Links> links_;
  int slot_;
};

}  // namespace rediscluster::testing
