// A result that nobody looks at.
// says: nodiscard
// flags: -Werror=unused-result
#include <rediscluster/rediscluster.hpp>

void count(const rediscluster::RedisCluster& cluster) { cluster.nothrow().incr("k"); }
