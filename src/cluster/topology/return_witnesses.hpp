/// Who has said lately that slots went back to nodes that had lost them. One node that does so may have an old view of the
/// cluster: it has been cut off, or hears late. Two nodes are believed, or one that says it again and again while nobody
/// else answers. Not thread-safe.
#pragma once

#include "base/time.hpp"
#include "cluster/nodes/node.hpp"
#include "slots/slot_set.hpp"

#include <map>

namespace rediscluster::cluster {

class ReturnWitnesses {
 public:
  static constexpr std::chrono::seconds memory{5};
  static constexpr int enough_repeats = 3;

  /// A node has told its view, whatever it says.
  void heard(const Node& source) {
    repeats_ = last_source_ == &source ? repeats_ : 0;
    last_source_ = &source;
  }
  /// After heard(): its view gives these slots back. Those of them that it is the only one to say so of.
  slots::SlotSet unconfirmed(const Node& source, const slots::SlotSet& told, base::TimePoint now) {
    slots::SlotSet open = told;
    if (++repeats_ >= enough_repeats) open = {};
    std::erase_if(claims_, [&](const auto& each) { return now - each.second.when > memory; });
    for (const auto& [node, claim] : claims_) {
      if (node != &source) open &= ~claim.slots;
    }
    claims_.insert_or_assign(&source, Claim{told, now});
    return open;
  }

 private:
  struct Claim {
    slots::SlotSet slots;
    base::TimePoint when;
  };
  std::map<const Node*, Claim> claims_;
  const Node* last_source_ = nullptr;
  int repeats_ = 0;  // of such views, without another node between
};

}  // namespace rediscluster::cluster
