// The same of what is no command.
// says: nodiscard
// flags: -Werror=unused-result
#include <rediscluster/rediscluster.hpp>

void let_go(rediscluster::NothrowLock& lock) { lock.release(); }
