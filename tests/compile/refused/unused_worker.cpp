// A worker that would end with its own statement.
// says: nodiscard
// flags: -Werror=unused-result
#include <rediscluster/rediscluster.hpp>

void listen(rediscluster::PubSub& pubsub) { pubsub.run_in_thread(); }
