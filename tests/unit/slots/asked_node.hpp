/// The node that all answers of these tests come from.
#pragma once

#include <rediscluster/errors.hpp>

namespace rediscluster::slots {

inline const NodeAddress asked{"10.0.0.9", 7009};

}  // namespace rediscluster::slots
