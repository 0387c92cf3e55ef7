/// What one node says of itself at one moment: which process it is, and which slots it has. Pure; a plain value.
/// A node knows this better than anybody else does: the others hear of it by gossip, later.
#pragma once

#include "slots/slot_set.hpp"

#include <rediscluster/errors.hpp>
#include <rediscluster/result.hpp>

#include <cstdint>
#include <map>

namespace rediscluster::slots {

struct OwnView {
  std::string node_id;
  std::string process;  ///< Another one after every restart.
  bool is_primary = false;
  std::int64_t config_epoch = 0;
  SlotSet owned;                         ///< Also those on their way out.
  std::map<int, std::string> leaving{};  ///< Slot to the id of the node it migrates to.
  std::map<int, std::string> arriving{};  ///< Slot to the id of the node it is imported from.

  bool owns(int slot) const { return is_primary && owned.has(slot); }
  /// Owns the slot with all its keys.
  bool has_whole(int slot) const { return owns(slot) && leaving.count(slot) == 0; }
};

/// @param nodes_text  CLUSTER NODES of the node.
/// @param info_text   INFO server of the same node.
/// @param asked       its address, for messages.
/// Errors: Errc::unexpected_reply when there is no line "myself", or nothing that tells processes apart.
Result<OwnView> read_own_view(std::string_view nodes_text, std::string_view info_text, const NodeAddress& asked);

/// The same without the process.
Result<OwnView> read_own_slots(std::string_view nodes_text, const NodeAddress& asked);

/// The slots that somebody knows as another's than the node's of this view, by a config epoch above its own: the node has been
/// replaced there, and may be the last to hear of it.
SlotSet rival_claims(const ClusterNodes& known, const OwnView& view);

/// The process a server is, from its INFO server: its run_id, or else its process id.
/// Errors: Errc::unexpected_reply when it tells neither.
Result<std::string> read_process(std::string_view info_text, const NodeAddress& asked);

}  // namespace rediscluster::slots
