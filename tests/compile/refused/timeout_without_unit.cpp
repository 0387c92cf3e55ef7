// Likewise where a time is optional.
// says: a time needs a unit: write 2s or 500ms
#include <rediscluster/rediscluster.hpp>

auto get(const rediscluster::RedisCluster& cluster) { return cluster.run(rediscluster::cmd::get("k"), {.timeout = 2}); }
