// Likewise of a value.
// says: a time needs a unit: write 2s or 500ms
#include <rediscluster/rediscluster.hpp>

bool set(const rediscluster::RedisCluster& cluster) { return cluster.set("k", "v", {.expire_in = 10}); }
