/// The book of a cluster scan: which slots are covered (each key that lived there all the time has been given), and what
/// one pass of SCAN over one node proves about them. Pure; values in, values out; one thread.
///
///   pending ──pass over its owner, whole at both ends─────────────→ covered
///      └────pass over its owner, migrating at the end──→ half ──later pass over the target──→ covered
///
/// A key of a migrating slot moves from source to target and never back, so reading the source first and then the
/// target meets it in one of them. That ownership did not go away and come back unseen is told by the config epochs: a
/// node that takes a slot back must raise its own. (docs/decisions/scan.md)
#pragma once

#include "slots/own_view.hpp"

#include <set>
#include <span>

namespace rediscluster::routing {

/// A slot whose source has been read and whose target has not.
struct HalfSlot {
  std::string source;  ///< Node id.
  std::int64_t source_epoch = 0;
  std::string target;
  friend bool operator==(const HalfSlot&, const HalfSlot&) = default;
};

/// One walk of SCAN through one node: what the node was and had when it began.
struct ScanPass {
  std::string node_id;
  std::string process;
  std::int64_t config_epoch = 0;
  slots::SlotSet whole{};                ///< Had with all their keys.
  std::map<int, std::string> leaving{};  ///< Had, on their way to that node.
  slots::SlotSet arriving{};             ///< On their way here; their sources had been read before.

  /// The slots whose keys this pass gives.
  slots::SlotSet hunted() const;
  /// Still the same process in the same role: its cursor is good.
  bool holds(const slots::OwnView& now) const;
  friend bool operator==(const ScanPass&, const ScanPass&) = default;
};

class ScanBook {
 public:
  using Halves = std::map<int, HalfSlot>;

  ScanBook() = default;
  ScanBook(const slots::SlotSet& covered, Halves halves) : covered_(covered), halves_(std::move(halves)) {}

  const slots::SlotSet& covered() const { return covered_; }
  slots::SlotSet pending() const { return ~covered_; }
  bool complete() const { return covered_ == slots::SlotSet::all(); }
  const Halves& halves() const { return halves_; }

  /// A pass over a node that says this of itself. It hunts nothing when the node has nothing that is pending.
  /// Half slots that the node should be importing and is not are pending from scratch.
  ScanPass begin(const slots::OwnView& view);

  /// Ids of the nodes whose own view finish() needs besides: sources of slots that are still on their way.
  std::set<std::string> witnesses(const ScanPass& pass, const slots::OwnView& at_end) const;
  /// A pass has come to its end.
  /// @param witnesses  views taken after `at_end`.
  /// @param taken      slots of which others know that they were taken from this node: pending from scratch.
  /// @return           how many slots are covered by it.
  int finish(ScanPass pass, const slots::OwnView& at_end, std::span<const slots::OwnView> witnesses, const slots::SlotSet& taken = {});

  /// The target cannot be read: the slots on their way to it are pending from scratch.
  void forget_target(std::string_view node_id);

 private:
  void take_away(ScanPass& pass, const slots::SlotSet& taken);
  void cover(int slot);
  void end_whole(const ScanPass& pass, const slots::OwnView& at_end);
  void end_leaving(const ScanPass& pass, const slots::OwnView& at_end);
  void end_arriving(const ScanPass& pass, const slots::OwnView& at_end, std::span<const slots::OwnView> witnesses);

  slots::SlotSet covered_;
  Halves halves_;
};

/// "scan_iter: slots 0-99, 5461 were not covered: no node serves them ..."
std::string not_covered_message(const slots::SlotSet& slots, std::string_view reason);

}  // namespace rediscluster::routing
