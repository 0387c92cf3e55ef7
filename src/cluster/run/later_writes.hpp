/// What commands of a batch write behind others of it: whether these may be sent again. Pure.
#pragma once

#include "cluster/run/errands.hpp"
#include "routing/refusal.hpp"

#include <algorithm>
#include <vector>

namespace rediscluster::cluster {

/// A command without keys that may change any of them: FLUSHALL, a script without keys.
inline bool may_write_all(const CommandView& command) {
  const CommandFacts& facts = command.facts();
  return command.slot() < 0 && (facts.has(flag_write) || routing::may_fail_halfway(facts));
}

/// Which slots later commands of a batch write to, gathered from its end.
class LaterWrites {
 public:
  void note(const Errand& errand) {
    if (may_write_all(errand.command)) {
      all_ = true;
    } else {
      slots_.push_back(errand.slot);
    }
  }
  /// Whether one of them writes where this one reads or writes.
  bool touch(const Errand& errand) const {
    if (all_) return true;
    if (errand.command.slot() < 0) return !slots_.empty();  // it looks at all keys
    return std::find(slots_.begin(), slots_.end(), errand.slot) != slots_.end();
  }

 private:
  std::vector<std::int16_t> slots_;
  bool all_ = false;
};

}  // namespace rediscluster::cluster
