// One thread at a time queues: a const pipeline does not.
// says: discards qualifiers|not marked const
#include <rediscluster/rediscluster.hpp>

void queue(const rediscluster::Pipeline& pipeline) { pipeline.incr("k"); }
