/// What pipelines and transactions refuse of the typed commands, each with its reason: the parity tables hold them to it.
/// Tests only.
#pragma once

#include <rediscluster/command.hpp>
#include <string>

namespace test_support {

/// Commands of one slot or none that change no connection. Empty: it runs in a pipeline.
inline std::string refusal_by_pipeline(const rediscluster::EncodedCommand& command) {
  if (command.block_for()) return "waits on the server";
  if (command.slot() < 0 && command.facts().request == rediscluster::RequestPolicy::by_node) return "is meant for a node that the caller names";
  return {};
}

/// Likewise for a transaction.
inline std::string refusal_by_transaction(const rediscluster::EncodedCommand& command) {
  using rediscluster::RequestPolicy;
  const rediscluster::CommandFacts& facts = command.facts();
  if (facts.has(rediscluster::flag_no_multi)) return "the servers forbid it within MULTI";
  if (command.slot() >= 0) return {};
  switch (facts.request) {
    case RequestPolicy::by_node: return "is meant for a node that the caller names";
    case RequestPolicy::all_nodes:
    case RequestPolicy::all_shards:
    case RequestPolicy::special: return "is meant for several nodes";
    default: return {};
  }
}

}  // namespace test_support
