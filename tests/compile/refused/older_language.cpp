// An older C++ is named as the reason, before anything else is read.
// says: rediscluster needs C\+\+20: compile with -std=c\+\+20
// flags: -std=c++17
#include <rediscluster/rediscluster.hpp>
