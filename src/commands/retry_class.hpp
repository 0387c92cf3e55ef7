/// What a second run of one very command does: the facts' class with conditions resolved. Pure.
#pragma once

#include "commands/command_view.hpp"

namespace rediscluster {

/// RetryClass::conditional becomes idempotent or never by the options in the command; the others stay as they are.
/// Only options are looked at: a key or value "NX" does not count. In doubt the answer is `never`.
RetryClass effective_retry_class(const CommandView& command);

/// EVAL, EVALSHA, FCALL and their read-only forms.
inline bool runs_script(const CommandFacts& facts) { return facts.has(flag_no_mandatory_keys); }

/// What may take its node long by itself: scripts, and what looks through all that a node has.
inline bool may_take_long(const CommandFacts& facts) { return !facts.has(flag_fast) && (runs_script(facts) || facts.keys.empty()); }

}  // namespace rediscluster
