/// The asynchronous client, and all that belongs to it but the tokens of Asio: those are in <rediscluster/asio.hpp>.
#pragma once

#include <rediscluster/async/async_redis_cluster.hpp>
