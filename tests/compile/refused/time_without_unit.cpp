// A time without a unit.
// says: a time needs a unit: write 2s or 500ms
#include <rediscluster/rediscluster.hpp>

rediscluster::RedisCluster cluster({.startup_nodes = {{"127.0.0.1", 7000}}, .command_timeout = 2});
