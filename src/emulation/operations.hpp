/// The commands that can be run in several steps, one function each; which order loses nothing stands with each body.
/// Each gives the reply as the server would have sent it. Blocking; no state but what Steps keeps.
#pragma once

#include "emulation/steps.hpp"
#include "wire/frame.hpp"

#include <span>
#include <string_view>

namespace rediscluster::emulation {

using Words = std::span<const std::string_view>;  // the whole command, name first

Result<wire::Frame> rename(Steps& steps, Words words);
Result<wire::Frame> renamenx(Steps& steps, Words words);
Result<wire::Frame> copy(Steps& steps, Words words);

Result<wire::Frame> smove(Steps& steps, Words words);

/// RPOPLPUSH and LMOVE.
/// @param whole  the command itself.
Result<wire::Frame> move_element(Steps& steps, Words words, const EncodedCommand& whole);
/// BRPOPLPUSH and BLMOVE.
/// Likewise; its first step is the same command with another destination.
Result<wire::Frame> wait_and_move_element(Steps& steps, Words words, const EncodedCommand& whole);

Result<wire::Frame> sdiff(Steps& steps, Words words);
Result<wire::Frame> sinter(Steps& steps, Words words);
Result<wire::Frame> sunion(Steps& steps, Words words);
Result<wire::Frame> sdiffstore(Steps& steps, Words words);
Result<wire::Frame> sinterstore(Steps& steps, Words words);
Result<wire::Frame> sunionstore(Steps& steps, Words words);

Result<wire::Frame> pfcount(Steps& steps, Words words);
Result<wire::Frame> pfmerge(Steps& steps, Words words);

Result<wire::Frame> msetnx(Steps& steps, Words words);

}  // namespace rediscluster::emulation
