/// A word for members that usually make one value of the answers of all nodes. Constant; stateless.
#pragma once

#include <rediscluster/cpp20.hpp>

namespace rediscluster {

struct PerNode {};

/// Asks for one result a node instead of their sum or union: `cluster.pubsub_numsub({"news"}, per_node)`.
/// (redis-py-cluster's `aggregate=False`.)
inline constexpr PerNode per_node{};

}  // namespace rediscluster
