// Likewise a guard that holds the lock for no time at all.
// says: nodiscard
// flags: -Werror=unused-result -Werror=unused-value
#include <rediscluster/rediscluster.hpp>

void work(const rediscluster::RedisCluster& cluster) { rediscluster::LockGuard(cluster.lock("name", {.timeout = std::chrono::seconds(10)})); }
