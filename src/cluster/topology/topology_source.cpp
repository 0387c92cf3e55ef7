#include "cluster/topology/topology_source.hpp"

#include "slots/parse_cluster_slots.hpp"
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

}  // namespace

Result<slots::ClusterView> ask_for_view(Node& node, base::Deadline deadline, const std::function<void()>* meanwhile) {
  const LanePool::Use use = node.lanes().shared();
  drive::LaneTicket ticket;
  ticket.may_ride(true);
  if (meanwhile != nullptr) ticket.do_meanwhile(*meanwhile);
  use.lane().start(question, ticket, deadline, base::Clock::now());
  use.lane().finish(ticket, deadline);
  if (ticket.state() == link::Ticket::State::done) {
    if (ticket.reply().is_error()) return fail(explain_refusal(ticket.reply(), node.address()));
    Result<slots::ClusterView> view = slots::parse_cluster_slots(ticket.reply(), node.announced());
    if (!view) view.error().node = node.address();
    return view;
  }
  if (ticket.state() == link::Ticket::State::abandoned) {
    // The next caller would get this connection and wait behind our question: if nobody else does so yet, end it.
    use.lane().end_if_unused();
    return fail(Errc::timed_out, "no answer to CLUSTER SLOTS in time", node.address());
  }
  Error error = ticket.failure();
  error.node = node.address();
  return fail(std::move(error));
}

}  // namespace rediscluster::cluster
