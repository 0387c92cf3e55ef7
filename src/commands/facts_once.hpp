/// Rows of facts for the client's own steps whose reply decides what comes next. Pure.
#pragma once

#include <rediscluster/command_facts.hpp>

namespace rediscluster {

// Not constexpr, like every function that makes such a row: where the table stands in the same unit the compiler would make a constant
// of the static below, elsewhere a variable to be filled at its first use, and a linker that keeps the constant for both has the
// other's code write into read-only memory.
inline CommandFacts with_retry(const CommandFacts& row, RetryClass retry) {
  CommandFacts facts = row;
  facts.retry = retry;
  return facts;
}

/// The row, never sent a second time: a second run would tell of the first one's work as if somebody else had done it,
/// so there is none, whatever options.resend allows.
template <const CommandFacts& row>
const CommandFacts& once() {
  static const CommandFacts changed = with_retry(row, RetryClass::once);
  return changed;
}

}  // namespace rediscluster
