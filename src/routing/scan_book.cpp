#include "routing/scan_book.hpp"

#include <algorithm>

namespace rediscluster::routing {
namespace {

using slots::OwnView;

const std::string* find_value(const std::map<int, std::string>& map, int slot) {
  const auto found = map.find(slot);
  return found == map.end() ? nullptr : &found->second;
}

bool is_importing(const OwnView& view, int slot, const std::string& source) {
  const std::string* from = find_value(view.arriving, slot);
  return view.is_primary && !view.owns(slot) && from != nullptr && *from == source;
}

// The source still has the slot and still gives it to the same target: nothing has gone back to it meanwhile.
bool confirms(const OwnView& source, int slot, const HalfSlot& half) {
  const std::string* target = find_value(source.leaving, slot);
  return source.node_id == half.source && source.config_epoch == half.source_epoch && source.owns(slot) &&
         target != nullptr && *target == half.target;
}

}  // namespace

slots::SlotSet ScanPass::hunted() const {
  slots::SlotSet hunted = whole | arriving;
  for (const auto& [slot, target] : leaving) hunted.add(slot);
  return hunted;
}

bool ScanPass::holds(const OwnView& now) const {
  return now.is_primary && now.node_id == node_id && now.process == process && now.config_epoch == config_epoch;
}

ScanPass ScanBook::begin(const OwnView& view) {
  ScanPass pass{view.node_id, view.process, view.config_epoch};
  if (!view.is_primary) {
    forget_target(view.node_id);  // it imports nothing any more
    return pass;
  }
  pass.whole = pending() & view.owned;
  for (const auto& [slot, target] : view.leaving) {
    if (!pass.whole.has(slot)) continue;
    pass.whole.remove(slot);
    pass.leaving[slot] = target;
  }
  std::erase_if(halves_, [&](const auto& entry) {
    const auto& [slot, half] = entry;
    if (half.target != view.node_id || view.owned.has(slot)) return false;
    if (!is_importing(view, slot, half.source)) return true;
    pass.arriving.add(slot);
    return false;
  });
  return pass;
}

std::set<std::string> ScanBook::witnesses(const ScanPass& pass, const OwnView& at_end) const {
  std::set<std::string> ids;
  if (!pass.holds(at_end)) return ids;
  pass.arriving.for_each([&](int slot) {
    const auto half = halves_.find(slot);
    if (half != halves_.end() && is_importing(at_end, slot, half->second.source)) ids.insert(half->second.source);
  });
  return ids;
}

int ScanBook::finish(ScanPass pass, const OwnView& at_end, std::span<const OwnView> witnesses, const slots::SlotSet& taken) {
  const int before = covered_.size();
  take_away(pass, taken & pass.hunted());
  if (pass.holds(at_end)) {
    end_whole(pass, at_end);
    end_arriving(pass, at_end, witnesses);
    end_leaving(pass, at_end);
  } else {
    pass.arriving.for_each([&](int slot) { halves_.erase(slot); });
  }
  return covered_.size() - before;
}

void ScanBook::take_away(ScanPass& pass, const slots::SlotSet& taken) {
  taken.for_each([&](int slot) {
    if (pass.leaving.erase(slot) > 0 || pass.arriving.has(slot)) halves_.erase(slot);
  });
  pass.whole &= ~taken;
  pass.arriving &= ~taken;
}

void ScanBook::end_whole(const ScanPass& pass, const OwnView& at_end) {
  const slots::SlotSet read = pass.whole & pending();
  std::erase_if(halves_, [&](const auto& entry) { return read.has(entry.first); });
  slots::SlotSet whole = read & at_end.owned;
  for (const auto& [slot, target] : at_end.leaving) {
    if (!whole.has(slot)) continue;
    whole.remove(slot);
    halves_[slot] = {pass.node_id, pass.config_epoch, target};  // a move has begun meanwhile: what is gone from here is at the target
  }
  covered_ |= whole;
}

void ScanBook::end_leaving(const ScanPass& pass, const OwnView& at_end) {
  for (const auto& [slot, target] : pass.leaving) {
    if (covered_.has(slot)) continue;
    const std::string* still = find_value(at_end.leaving, slot);
    if (at_end.owns(slot) && still != nullptr && *still == target) {
      halves_[slot] = {pass.node_id, pass.config_epoch, target};
    } else {
      halves_.erase(slot);
    }
  }
}

void ScanBook::end_arriving(const ScanPass& pass, const OwnView& at_end, std::span<const OwnView> witnesses) {
  pass.arriving.for_each([&](int slot) {
    const auto found = halves_.find(slot);
    if (found == halves_.end() || found->second.target != pass.node_id) return;
    const HalfSlot half = found->second;
    halves_.erase(found);
    const auto confirmed = [&](const OwnView& witness) { return confirms(witness, slot, half); };
    const bool waits_for_more = is_importing(at_end, slot, half.source);
    if (at_end.has_whole(slot) || (waits_for_more && std::any_of(witnesses.begin(), witnesses.end(), confirmed))) cover(slot);
  });
}

void ScanBook::forget_target(std::string_view node_id) {
  std::erase_if(halves_, [&](const auto& entry) { return entry.second.target == node_id; });
}

void ScanBook::cover(int slot) {
  covered_.add(slot);
  halves_.erase(slot);
}

std::string not_covered_message(const slots::SlotSet& slots, std::string_view reason) {
  const bool one = slots.size() == 1;
  return std::string("scan_iter: ") + (one ? "slot " : "slots ") + to_text(slots) + (one ? " was" : " were") + " not covered: " +
         std::string(reason) + ". Ask again or save() the scan and go on when the cluster is well; or set uncovered = Uncovered::allow";
}

}  // namespace rediscluster::routing
