#include "cluster/topology/slot_losses.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// How many nodes are remembered, some 2 KB each: those that lost some last.
constexpr std::size_t most_losers = 64;

// A node that is being emptied loses its slots one by one.
constexpr std::chrono::milliseconds episode{100};
constexpr std::size_t most_episodes = 32;  // 2 KB each

}  // namespace

void SlotLosses::note(SlotRun run, const Node* from, const Node* to, base::TimePoint now) {
  if (from == to) return;
  note_return(run, to);
  if (from == nullptr) return;
  Loss& loss = losses_[from];
  loss.all.add(run);
  loss.last = now;
  if (loss.lately.empty() || now - loss.lately.back().begin > episode) {
    if (loss.lately.size() == most_episodes) loss.lately.erase(loss.lately.begin());
    loss.lately.push_back({{}, now});
  }
  loss.lately.back().slots.add(run);
  if (losses_.size() <= most_losers) return;
  losses_.erase(std::min_element(losses_.begin(), losses_.end(), [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

void SlotLosses::note_return(SlotRun run, const Node* to) {
  const auto found = losses_.find(to);
  if (found == losses_.end()) return;
  slots::SlotSet others = slots::SlotSet::all();
  for (int slot = run.start; slot <= run.end; ++slot) others.remove(slot);
  found->second.all &= others;
  for (Episode& each : found->second.lately) each.slots &= others;
  if (found->second.all.empty()) losses_.erase(found);
}

const slots::SlotSet* SlotLosses::of(const Node* node) const {
  const auto found = losses_.find(node);
  return found == losses_.end() ? nullptr : &found->second.all;
}

slots::SlotSet SlotLosses::since(const Node* node, base::TimePoint then) const {
  slots::SlotSet slots;
  const auto found = losses_.find(node);
  if (found == losses_.end()) return slots;
  for (const Episode& each : found->second.lately) {
    if (each.begin >= then) slots |= each.slots;
  }
  return slots;
}

void SlotLosses::forget(const std::function<bool(const Node*)>& which) {
  std::erase_if(losses_, [&](const auto& each) { return which(each.first); });
}

}  // namespace rediscluster::cluster
