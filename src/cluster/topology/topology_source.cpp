#include "cluster/topology/topology_source.hpp"

#include "slots/parse_cluster_slots.hpp"
#include "slots/reachable.hpp"
#include "wire/error_reply.hpp"

namespace rediscluster::cluster {
namespace {

// CLUSTER SLOTS rather than SHARDS: the latter has shown wrong or empty slots while primaries fail, on several versions
// (docs/decisions/topology-source.md).
constexpr std::string_view question = "*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n";

Error explain_refusal(const wire::Frame& reply, const NodeAddress& node) {
  Error error = wire::error_from_reply(wire::error_text(reply.bytes()), node);
  if (error.code == Errc::not_cluster_mode) {
    error.message = to_string(node) + " is a Redis server, but not part of a cluster (" + error.message +
                    "). Start it with cluster-enabled yes, or use a client for single servers.";
  } else {
    error.message = "CLUSTER SLOTS was refused: " + error.message;
    if (error.code == Errc::no_permission) error.message += ": give this client's ACL user +cluster|slots, or it cannot find the nodes";
  }
  return error;
}

// A node without a port cannot be connected to. It may have none for the one that was asked only, so that others know better.
Result<slots::ClusterView> reachable_part(slots::ClusterView view, const Node& asked) {
  const Config& config = asked.config();
  if (config.tls) slots::give_asked_port(view, asked.announced());
  const bool tells_no_port = slots::tells_no_port(view);
  const bool had_slots = !view.ranges.empty();
  const int told = view.covered_slots();
  slots::keep_reachable(view, [&](const slots::NodeView& node) {
    return (config.address_map ? config.address_map(node.address) : node.address).port != 0;
  });
  const bool knows_too_little = had_slots && view.covered_slots() < told && (view.ranges.empty() || tells_no_port);
  if (!knows_too_little) return view;
  return fail(Errc::unexpected_reply,
              std::string("CLUSTER SLOTS tells port 0 for the nodes that serve the slots") +
                  (config.tls ? ": servers with TLS tell their TLS port when they have tls-cluster yes; else give a host_port_remap" : ""),
              asked.address(), Execution::executed);
}

LanePool::Use lane_of(Node& node, ViewQuestion::Way way, base::TimePoint now) {
  std::optional<LanePool::Use> own = way == ViewQuestion::Way::own ? node.lanes().alone() : std::nullopt;
  return own ? *std::move(own) : node.lanes().shared(now);
}

}  // namespace

ViewQuestion::ViewQuestion(Node& node, base::Deadline sent_by, const drive::Wishes& wishes, Way way)
    : node_(node), begin_(base::Clock::now()), use_(lane_of(node, way, begin_)) {
  ticket_.may_ride(true);
  ticket_.may_take_long(true);
  ticket_.wish(wishes);
  use_.lane().start(question, ticket_, sent_by, begin_);
}

ViewQuestion::~ViewQuestion() {
  try {
    use_.lane().finish(ticket_, base::Deadline::at(base::TimePoint::min()));
  } catch (...) {  // no memory for an answer that nobody wants: the connection has ended, and the ticket left its line
  }
  // The next caller would get this connection and wait behind our question: if nobody else does so yet, end it.
  const bool is_abandoned = ticket_.state() == link::Ticket::State::abandoned;
  const bool may_others_know = (is_abandoned || tells_nothing()) && node_.pass_address(base::Clock::now());
  if (is_abandoned || may_others_know) use_.lane().end_if_unused();
}

// Who loads its data, is of no cluster, or of one of which it knows nothing, may share its name with one that is.
bool ViewQuestion::tells_nothing() const {
  constexpr std::string_view no_ranges = "*0\r\n";
  return ticket_.state() == link::Ticket::State::done && (ticket_.reply().is_error() || ticket_.reply().bytes() == no_ranges);
}

Result<slots::ClusterView> ViewQuestion::take() const {
  if (!is_over_) return fail(Errc::timed_out, "no answer to CLUSTER SLOTS in time", node_.address());
  if (ticket_.state() == link::Ticket::State::done) {
    if (ticket_.reply().is_error()) return fail(explain_refusal(ticket_.reply(), node_.address()));
    Result<slots::ClusterView> view = slots::parse_cluster_slots(ticket_.reply(), node_.announced());
    if (view) view = reachable_part(std::move(*view), node_);
    if (!view) view.error().node = node_.address();
    return view;
  }
  Error error = ticket_.failure();
  error.node = node_.address();
  return fail(std::move(error));
}

Result<slots::ClusterView> ask_for_view(Node& node, base::Deadline deadline, const drive::Wishes& wishes) {
  ViewQuestion asked(node, deadline, wishes);
  if (!wishes.are_given_up()) asked.wait(deadline);  // others may be using the connection by now: it is not ended for that
  return asked.take();
}

}  // namespace rediscluster::cluster
