#include "cluster/run/own_view.hpp"

#include "slots/parse_cluster_nodes.hpp"
#include "wire/decode.hpp"

#include <rediscluster/commands/cluster.hpp>
#include <rediscluster/commands/server.hpp>

namespace rediscluster::cluster {
namespace {

Result<std::string> ask_for_text(Node& node, const EncodedCommand& command, base::Deadline deadline, base::TimePoint now) {
  NodeQuestion question(node);
  question.add(command);
  if (Result<void> answered = question.ask(deadline, now); !answered) return fail(std::move(answered.error()));
  return wire::decode<std::string>(question.reply(0), command.facts());
}

}  // namespace

void add_own_view(NodeQuestion& question) {
  question.add(cmd::cluster_nodes());
  question.add(cmd::info("server"));
}

Result<slots::OwnView> own_view_in(const NodeQuestion& question) {
  Result<std::string> nodes = wire::decode<std::string>(question.reply(0), facts::cluster_nodes);
  if (!nodes) return fail(std::move(nodes.error()));
  Result<std::string> info = wire::decode<std::string>(question.reply(1), facts::info);
  if (!info) return fail(std::move(info.error()));
  return slots::read_own_view(*nodes, *info, question.node().address());
}

Result<slots::OwnView> ask_own_view(Node& node, base::Deadline deadline, base::TimePoint now) {
  NodeQuestion question(node);
  add_own_view(question);
  if (Result<void> answered = question.ask(deadline, now); !answered) return fail(std::move(answered.error()));
  return own_view_in(question);
}

Result<slots::OwnView> ask_own_slots(Node& node, base::Deadline deadline, base::TimePoint now) {
  const Result<std::string> nodes = ask_for_text(node, cmd::cluster_nodes(), deadline, now);
  return nodes ? slots::read_own_slots(*nodes, node.address()) : fail(nodes.error());
}

Result<ClusterNodes> ask_known_nodes(Node& node, base::Deadline deadline, base::TimePoint now) {
  const Result<std::string> nodes = ask_for_text(node, cmd::cluster_nodes(), deadline, now);
  return nodes ? slots::parse_cluster_nodes(*nodes, node.address()) : fail(nodes.error());
}

Result<std::string> ask_process(Node& node, base::Deadline deadline, base::TimePoint now) {
  const Result<std::string> info = ask_for_text(node, cmd::info("server"), deadline, now);
  return info ? slots::read_process(*info, node.address()) : fail(info.error());
}

}  // namespace rediscluster::cluster
