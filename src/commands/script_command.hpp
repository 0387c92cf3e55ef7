/// From a script's hash to its source: the command to send when a node says NOSCRIPT. Pure.
#pragma once

#include <rediscluster/command.hpp>
#include <rediscluster/errors.hpp>

#include <string_view>

namespace rediscluster {

/// Whether this error of EVALSHA says that the node lacks the script. The attempt it answers has run nothing.
inline bool lacks_script(const Error& error) { return error.code == Errc::no_script; }

/// EVAL for EVALSHA and EVAL_RO for EVALSHA_RO, with the same keys, arguments and slot, and never sent
/// twice if that is so for `by_hash`.
EncodedCommand with_source(const EncodedCommand& by_hash, std::string_view source);

}  // namespace rediscluster
