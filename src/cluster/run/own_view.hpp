/// Asks a node what it says of itself (slots/own_view.hpp), alone or in front of other commands of one question.
/// Threads: as NodeQuestion.
#pragma once

#include "cluster/run/node_question.hpp"
#include "slots/own_view.hpp"

namespace rediscluster::cluster {

/// How many replies add_own_view() asks for.
inline constexpr std::size_t own_view_replies = 2;

/// Adds the commands; first of all, so that their replies stand at the front.
void add_own_view(NodeQuestion& question);
/// Errors: Errc::unexpected_reply.
Result<slots::OwnView> own_view_in(const NodeQuestion& question);

/// Both in one, and nothing else. Errors: those of NodeQuestion::ask too.
Result<slots::OwnView> ask_own_view(Node& node, base::Deadline deadline, base::TimePoint now);
/// The same without its process.
Result<slots::OwnView> ask_own_slots(Node& node, base::Deadline deadline, base::TimePoint now);
/// All nodes that it knows.
Result<ClusterNodes> ask_known_nodes(Node& node, base::Deadline deadline, base::TimePoint now);
/// Which process the node is. Errors: those of NodeQuestion::ask; Errc::unexpected_reply.
Result<std::string> ask_process(Node& node, base::Deadline deadline, base::TimePoint now);

}  // namespace rediscluster::cluster
