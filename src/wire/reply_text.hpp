/// A reply tree as text for people. Pure; no recursion, so the depth of a reply does not matter.
#pragma once

#include <string>

#include "wire/reply_tree.hpp"

namespace rediscluster::wire {

/// "a nil", "an integer", "an array", ... as it stands in a message.
const char* type_name(Reply::Type type);

/// `["a", 1, nil]`, `{"key": value}` for maps, `~[...]` for sets, `>[...]` for pushes, `(error) ERR ...` for errors.
/// @param tree  null means nil.
std::string reply_text(const ReplyTree* tree, std::uint32_t index);

}  // namespace rediscluster::wire
