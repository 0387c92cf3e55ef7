/// Rows of facts for the client's own steps whose reply decides what comes next. Pure.
#pragma once

#include <rediscluster/command_facts.hpp>

namespace rediscluster {

/// The row, never sent a second time: a second run would tell of the first one's work as if somebody else had done it,
/// so there is none, whatever options.resend allows.
template <const CommandFacts& row>
const CommandFacts& once() {
  static const CommandFacts changed = [] {
    CommandFacts facts = row;
    facts.retry = RetryClass::once;
    return facts;
  }();
  return changed;
}

}  // namespace rediscluster
