// An address beside the options instead of in them.
// says: an_address_goes_into_startup_nodes|an address goes into startup_nodes|deleted
#include <rediscluster/rediscluster.hpp>

rediscluster::RedisCluster cluster("127.0.0.1", 7000);
