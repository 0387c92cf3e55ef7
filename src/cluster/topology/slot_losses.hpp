/// Which slots went from a node to another and have not come back, and which of them a moment ago: a view that gives them back
/// may be an old one. Not thread-safe.
#pragma once

#include "base/time.hpp"
#include "slots/slot_set.hpp"

#include <functional>
#include <map>
#include <vector>

namespace rediscluster::cluster {

class Node;

class SlotLosses {
 public:
  /// From null: nobody served them.
  void note(SlotRun run, const Node* from, const Node* to, base::TimePoint now);
  bool empty() const { return losses_.empty(); }
  /// Null: none. Until the next note() or forget().
  const slots::SlotSet* of(const Node* node) const;
  /// Those of them that it has lost since then, or at most a tenth of a second before.
  slots::SlotSet since(const Node* node, base::TimePoint then) const;
  void forget(const std::function<bool(const Node*)>& which);

 private:
  /// Those that were lost within a tenth of a second.
  struct Episode {
    slots::SlotSet slots;
    base::TimePoint begin;
  };
  struct Loss {
    slots::SlotSet all;
    base::TimePoint last;
    std::vector<Episode> lately;  // the oldest first
  };
  void note_return(SlotRun run, const Node* to);

  std::map<const Node*, Loss> losses_;
};

}  // namespace rediscluster::cluster
