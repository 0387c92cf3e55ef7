/// What the blocking and the asynchronous client have in common where Python says in words what is meant.
#pragma once

#include <rediscluster/redis_cluster.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace rediscluster::python {

/// @param group  "primaries", "replicas" or "all". Errors: throws std::invalid_argument.
inline NothrowEachTarget group_of(const NothrowRedisCluster& cluster, const std::string& group) {
  if (group == "primaries") return cluster.on_all_primaries();
  if (group == "replicas") return cluster.on_all_replicas();
  if (group == "all") return cluster.on_all_nodes();
  throw std::invalid_argument("there is no group of nodes '" + group + "': primaries, replicas or all");
}

/// @param kind  "channel", "pattern" or "sharded".
template <class PubSub>
auto subscribe(PubSub& pubsub, const std::string& kind, const std::vector<std::string>& names) {
  if (kind == "channel") return pubsub.subscribe(names);
  return kind == "pattern" ? pubsub.psubscribe(names) : pubsub.ssubscribe(names);
}

/// All of the kind without names.
template <class PubSub>
auto unsubscribe(PubSub& pubsub, const std::string& kind, const std::vector<std::string>& names) {
  if (kind == "channel") return names.empty() ? pubsub.unsubscribe() : pubsub.unsubscribe(names);
  if (kind == "pattern") return names.empty() ? pubsub.punsubscribe() : pubsub.punsubscribe(names);
  return names.empty() ? pubsub.sunsubscribe() : pubsub.sunsubscribe(names);
}

}  // namespace rediscluster::python
