/// Where a command goes. Pure: knows slots and policies, not nodes.
#pragma once

#include "commands/command_view.hpp"

#include <rediscluster/policies.hpp>
#include <rediscluster/result.hpp>

#include <cstdint>
#include <optional>

namespace rediscluster::routing {

struct Plan {
  enum class Kind : std::uint8_t {
    slot,        ///< The node that serves `slot`.
    any_node,    ///< One primary, which one does not matter.
    channel,     ///< One primary, the same for all messages of a channel: that of `slot`, while it can be reached.
    all_nodes,   ///< Every node; replies merged by the response policy.
    all_shards,  ///< Every primary; likewise.
    split,       ///< One part per slot; likewise.
  };
  Kind kind = Kind::slot;
  int slot = 0;
};

/// Errors (nothing was sent): Errc::cross_slot listing keys and slots; cross_slot_refused; not_allowed for commands that
/// change a shared connection's state, or writes with read-only options; missing_key; unknown_node for commands that are
/// meant for a node the caller must name; not_allowed for a SCAN that goes on; response_error for a slot number that is none.
Result<Plan> plan(const CommandView& command, CrossSlot cross_slot);

/// The slot of the channel that a PUBLISH names: no key, but messages that take one way stay in order. Nothing: it is no PUBLISH.
std::optional<int> channel_slot(const CommandView& command);

/// Errors: Errc::not_allowed for commands that change the state of their connection, or ask about it: connections are shared.
Result<void> check_shareable(const CommandFacts& facts);

/// For a caller who names a slot. Errors: Errc::bad_option when it is none; cross_slot when a key is in another one.
Result<void> check_slot(const CommandView& command, int slot);

/// For a caller who names many nodes. Errors: those of check_shareable; Errc::not_allowed for commands with keys, which
/// only one node serves, for those that would hold up every lane, and for a SCAN that goes on.
Result<void> check_everywhere(const CommandView& command);

/// Errc::cross_slot_refused, naming the keys.
Failure refuse_several_slots(const CommandView& command);

/// "a" in slot 15495, "b" in slot 3300, ...: the keys of a command for people; at most eight, long ones cut.
std::string list_keys(const CommandView& command);

}  // namespace rediscluster::routing
