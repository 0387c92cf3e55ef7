// A type that nothing makes of a reply.
// says: nothing makes this type of a reply
#include <rediscluster/rediscluster.hpp>

struct Nothing {};
auto made(const rediscluster::Reply& reply) { return reply.as<Nothing>(); }
