// Likewise in any single header.
// says: rediscluster needs C\+\+20: compile with -std=c\+\+20
// flags: -std=c++17
#include <rediscluster/reply.hpp>
