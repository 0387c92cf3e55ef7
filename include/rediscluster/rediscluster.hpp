/// Everything of rediscluster in one include.
#pragma once

#include <rediscluster/arguments.hpp>
#include <rediscluster/command.hpp>
#include <rediscluster/errors.hpp>
#include <rediscluster/events.hpp>
#include <rediscluster/key_slot.hpp>
#include <rediscluster/options.hpp>
#include <rediscluster/redis_cluster.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/result.hpp>
