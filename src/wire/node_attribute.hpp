/// The node that an element of a merged reply comes from, as an attribute in front of it: readers that do not ask for it pass it over, so
/// that the reply is the one the servers gave. Pure.
#pragma once

#include <rediscluster/errors.hpp>

#include "wire/frame.hpp"
#include "wire/reply_cursor.hpp"

namespace rediscluster::wire {

/// An array with the node's address in front of each element. Anything else comes back as it is.
Frame with_node(const Frame& array, const NodeAddress& node);

/// The node that the value the cursor stands before comes from; empty when nobody said so. The cursor stays.
NodeAddress node_of_value(const ReplyCursor& cursor);

}  // namespace rediscluster::wire
