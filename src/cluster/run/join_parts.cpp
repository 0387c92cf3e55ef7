#include "cluster/run/join_parts.hpp"

#include "cluster/nodes/node.hpp"
#include "routing/merge.hpp"
#include "wire/node_attribute.hpp"

namespace rediscluster::cluster {
namespace {

Error first_error(const CommandFacts& facts, std::span<const Errand> errands) {
  Error first;
  int failed = 0;
  bool is_in_doubt = false;
  for (const Errand& errand : errands) {
    if (!errand.error) continue;
    if (failed++ == 0) first = *errand.error;
    is_in_doubt = is_in_doubt || errand.error->execution != Execution::not_executed;
  }
  const bool all_failed = failed == static_cast<int>(errands.size());
  if (!all_failed) {
    first.message = std::to_string(failed) + " of " + std::to_string(errands.size()) + " parts of " + std::string(facts.name) + " failed; the first: " + first.message;
  }
  // Where a part has run, or may have, the command as a whole may have run in part.
  if ((!all_failed || is_in_doubt) && !facts.is_read_only()) first.execution = Execution::maybe_executed;
  return first;
}

// In what is put together of the logs of several nodes, each entry says whose it is.
bool names_nodes(const CommandFacts& facts) { return facts.request == RequestPolicy::all_nodes && facts.response == ResponsePolicy::concatenate; }

wire::Frame reply_of(const Errand& errand, bool with_node) {
  return with_node && errand.node != nullptr ? wire::with_node(errand.reply, errand.node->address()) : errand.reply;
}

}  // namespace

Result<wire::Frame> join_parts(const CommandFacts& facts, std::span<const Errand> errands, const routing::Split* split) {
  if (errands.empty()) return fail(Errc::slot_not_covered, std::string(facts.name) + ": no node of the cluster is known");
  std::vector<wire::Frame> replies;
  std::vector<std::span<const std::uint32_t>> keys;
  replies.reserve(errands.size());
  const bool naming = names_nodes(facts);
  if (split != nullptr) keys.reserve(errands.size());
  for (std::size_t i = 0; i < errands.size(); ++i) {
    if (errands[i].error) continue;
    replies.push_back(reply_of(errands[i], naming));
    if (split != nullptr) keys.push_back(split->parts[i].keys);
  }
  const bool one_is_enough = facts.response == ResponsePolicy::one_succeeded && !replies.empty();
  if (replies.size() < errands.size() && !one_is_enough) return fail(first_error(facts, errands));
  Result<wire::Frame> merged = routing::merge(facts.response, replies, keys, split == nullptr ? 0 : split->key_count);
  if (!merged) merged.error().message = std::string(facts.name) + ": " + merged.error().message;
  return merged;
}

}  // namespace rediscluster::cluster
