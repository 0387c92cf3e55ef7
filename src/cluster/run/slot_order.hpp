/// Keeps the order of commands that share a slot while a round of a batch is put together: all of them that are sent in
/// one round go to one node, and none is sent while an earlier one has to wait. One thread; made anew for each round.
#pragma once

#include "slots/slot_table.hpp"

#include <cstddef>

namespace rediscluster::cluster {

template <class Batch>
class SlotOrder {
 public:
  struct Place {
    Batch* batch = nullptr;   ///< Where commands of the slot go in this round; null: none has gone yet.
    bool is_held = false;     ///< An earlier command of the slot waits: later ones wait, too.
    bool off_the_map = false; ///< The batch's node is where a redirect pointed to.
  };

  /// @param commands  in the round at most.
  explicit SlotOrder(std::size_t commands) : places_(commands) {}

  Place& of(int slot) { return places_.of(slot); }

 private:
  slots::SlotTable<Place> places_;
};

}  // namespace rediscluster::cluster
