/// Nodes on which commands wait, and that are asked to end that. Tests only.
#pragma once

#include "scripted/play.hpp"

namespace play {

inline const std::string unblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

/// The gate opens when the node is asked to end a wait. It says whether somebody waited.
inline void answer_unblock(ScriptedNode& node, Gate asked, bool somebody_waits = true) {
  node.always(starts_with({"CLIENT", "UNBLOCK"})).answer_with([asked, somebody_waits](const CommandWords&) mutable {
    asked.open();
    return RawReply::number(somebody_waits ? 1 : 0);
  });
}

}  // namespace play
