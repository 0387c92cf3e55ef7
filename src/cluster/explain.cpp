#include "cluster/explain.hpp"

#include "cluster/run/channel_way.hpp"
#include "commands/key_finder.hpp"
#include "commands/retry_class.hpp"
#include "commands/well_formed.hpp"
#include "commands/words_of.hpp"
#include "routing/split.hpp"
#include "wire/printable.hpp"

#include <concepts>
#include <string>

namespace rediscluster::cluster {
namespace {

constexpr std::size_t most_lines = 20;  // of keys, parts or nodes
constexpr std::size_t key_length = 60;

void append(std::string& text, std::string_view part) { text += part; }
void append(std::string& text, std::integral auto number) { text += std::to_string(number); }

template <class... Parts>
void line(std::string& text, const Parts&... parts) {
  (append(text, parts), ...);
  text += '\n';
}

std::string node_of_slot(const Topology& topology, int slot) {
  const Shard* shard = topology.shard_of(slot);
  return shard == nullptr ? "no node that is known" : to_string(shard->primary->address());
}

std::string quoted(std::string_view key) { return '"' + wire::printable(key, key_length) + '"'; }

void list_keys(std::string& text, const Topology& topology, const EncodedCommand& command) {
  const std::vector<std::string_view> words = words_of(command);
  const auto positions = find_keys(command.facts(), words);
  if (!positions || positions->empty()) return line(text, "  keys: none");
  line(text, "  keys: ", positions->size());
  std::size_t listed = 0;
  for (const auto position : *positions) {
    if (listed++ == most_lines) return line(text, "    and ", positions->size() - most_lines, " more");
    const int slot = keyslot(words[position]);
    line(text, "    ", quoted(words[position]), " in slot ", slot, ", at ", node_of_slot(topology, slot));
  }
}

void list_nodes(std::string& text, const std::vector<Node*>& nodes) {
  for (std::size_t i = 0; i < nodes.size() && i < most_lines; ++i) line(text, "    ", to_string(nodes[i]->address()));
  if (nodes.size() > most_lines) line(text, "    and ", nodes.size() - most_lines, " more");
}

const char* merging(ResponsePolicy policy) {
  switch (policy) {
    case ResponsePolicy::first: return "any one of them stands for all";
    case ResponsePolicy::all_succeeded: return "a success when all succeed, otherwise the first error";
    case ResponsePolicy::one_succeeded: return "a success when one succeeds";
    case ResponsePolicy::agg_sum: return "added up";
    case ResponsePolicy::agg_min: return "the smallest";
    case ResponsePolicy::agg_max: return "the largest";
    case ResponsePolicy::agg_logical_and: return "true where all are true";
    case ResponsePolicy::agg_logical_or: return "true where one is true";
    case ResponsePolicy::concatenate: return "one after the other";
    case ResponsePolicy::union_of_sets: return "one after the other without repeats";
    case ResponsePolicy::sum_by_name: return "added up by name";
    case ResponsePolicy::by_key_order: return "put back in the order of the keys";
    case ResponsePolicy::per_node:
    case ResponsePolicy::special: return "kept apart, node by node";
  }
  return "";
}

bool refuse(std::string& text, const Error& why) {
  line(text, "  refused: ", why.message);
  return false;
}

// The describe_... give false for what is refused: nothing more is to be said about it.
bool describe_split(std::string& text, const Topology& topology, const EncodedCommand& command) {
  const Result<routing::Split> split = routing::split(command);
  if (!split) return refuse(text, split.error());
  line(text, "  goes: in ", split->parts.size(), split->parts.size() == 1 ? " part" : " parts", ", one per slot, all at the same time; not atomic");
  std::size_t listed = 0;
  for (const routing::Part& part : split->parts) {
    if (listed++ == most_lines) {
      line(text, "    and ", split->parts.size() - most_lines, " more");
      break;
    }
    line(text, "    ", part.keys.size(), " of the keys in slot ", part.command.slot(), " to ", node_of_slot(topology, part.command.slot()));
  }
  return true;
}

// Commands over several slots that rooms above this one run in steps.
bool describe_steps(std::string& text, const Cluster& cluster, const EncodedCommand& command) {
  if (cluster.config().options.cross_slot == CrossSlot::refuse) return refuse(text, routing::refuse_several_slots(command).value());
  line(text, "  goes: step by step, one ordinary command after the other, to the nodes of its keys; not atomic");
  return true;
}

const char* place_of(routing::Zone zone) {
  switch (zone) {
    case routing::Zone::same: return ", in this client's zone";
    case routing::Zone::other: return ", in another zone";
    case routing::Zone::unknown: return ", its zone is not known";
  }
  return "";
}

// The copies that may answer a read, with what the choice among them looks at.
void list_copies(std::string& text, const Shard& shard, ReadFrom read_from) {
  const base::TimePoint now = base::Clock::now();
  const auto copy = [&](Node& node, bool is_primary) {
    const routing::ReadCandidate known = node.reading().candidate(is_primary, now);
    line(text, "    ", to_string(node.address()), is_primary ? " (primary" : " (replica", read_from == ReadFrom::same_zone ? place_of(known.zone) : "",
         known.in_trouble ? ", failed lately)" : ")");
  };
  line(text, "    or, as read_from says, to another copy of it:");
  copy(*shard.primary, true);
  for (std::size_t i = 0; i < shard.replicas.size() && i < most_lines; ++i) copy(*shard.replicas[i], false);
}

bool describe_way(std::string& text, const Cluster& cluster, const EncodedCommand& command) {
  if (const Result<void> fine = check_well_formed(command, cluster.config().options.max_argument_bytes); !fine) {
    return refuse(text, fine.error());
  }
  const Result<routing::Plan> plan = routing::plan(command, cluster.config().options.cross_slot);
  if (!plan) return refuse(text, plan.error());
  const Topology& topology = cluster.topology();
  switch (plan->kind) {
    case routing::Plan::Kind::slot:
      line(text, "  goes: to the node that serves slot ", plan->slot, ", ", node_of_slot(topology, plan->slot));
      if (const Shard* shard = topology.shard_of(plan->slot); shard != nullptr && Reader::applies(cluster.config().read_from, command)) {
        list_copies(text, *shard, cluster.config().read_from);
      }
      return true;
    case routing::Plan::Kind::channel: {
      const int way = way_of_channel(topology, plan->slot);
      line(text, "  goes: to the node that serves slot ", way, ", ", node_of_slot(topology, way), ": one way for all messages of a channel");
      return true;
    }
    case routing::Plan::Kind::any_node: line(text, "  goes: to any one primary"); return true;
    case routing::Plan::Kind::split:
      if (!describe_split(text, topology, command)) return false;
      break;
    case routing::Plan::Kind::all_shards:
      line(text, "  goes: to every primary at the same time");
      list_nodes(text, topology.primaries());
      break;
    case routing::Plan::Kind::all_nodes:
      line(text, "  goes: to every node at the same time");
      list_nodes(text, topology.all_nodes());
      break;
  }
  line(text, "  replies: ", merging(command.facts().response));
  return true;
}

const char* when_resent(RetryClass retry, Resend allowed) {
  if (routing::may_resend(retry, allowed)) return "also when it may have run: a second run changes nothing, or you allowed it";
  return "only when it provably did not run; otherwise the error says maybe_executed";
}

void describe_sending(std::string& text, const Cluster& cluster, const EncodedCommand& command) {
  if (const auto block = command.block_for()) {
    line(text, "  waits: on a connection of its own, ", block->count() == 0 ? "for ever" : std::to_string(block->count()) + " ms at most on the server");
  }
  line(text, "  sent again: ", when_resent(effective_retry_class(command), cluster.config().options.resend));
}

const char* kind_of(const CommandFacts& facts) {
  if (facts.is_read_only()) return "reads";
  return facts.has(flag_write) ? "writes" : "neither reads nor writes keys by itself";
}

}  // namespace

std::string explain(const Cluster& cluster, const EncodedCommand& command, bool runs_in_steps) {
  std::string text;
  const int arguments = command.argument_count() - command.facts().words;
  line(text, command.facts().name, " (", arguments, arguments == 1 ? " argument, " : " arguments, ", command.bytes().size(), " bytes): ", kind_of(command.facts()));
  list_keys(text, cluster.topology(), command);
  const bool goes = runs_in_steps ? describe_steps(text, cluster, command) : describe_way(text, cluster, command);
  if (goes) describe_sending(text, cluster, command);
  if (cluster.topology().is_empty()) line(text, "  The cluster has not been asked for its nodes yet.");
  return text;
}

}  // namespace rediscluster::cluster
