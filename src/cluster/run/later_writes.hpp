/// What commands of a batch write behind others of it: whether these may be sent again. Pure.
#pragma once

#include "cluster/run/errand.hpp"
#include "routing/refusal.hpp"
#include "slots/slot_set.hpp"

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
    any_ = true;
    if (errand.command.slot() < 0) {
      all_ = true;
    } else {
      slots_.add(errand.command.slot());
    }
  }
  /// Whether one of them writes where this one reads or writes.
  bool touch(const Errand& errand) const {
    if (all_) return true;
    if (errand.command.slot() < 0) return any_;  // it looks at all keys
    return slots_.has(errand.command.slot());
  }

 private:
  slots::SlotSet slots_;
  bool any_ = false;
  bool all_ = false;
};

}  // namespace rediscluster::cluster
