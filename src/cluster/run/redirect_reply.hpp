/// A MOVED or ASK reply as an address one can go to.
#pragma once

#include "cluster/nodes/node.hpp"
#include "wire/frame.hpp"
#include "wire/redirect.hpp"

namespace rediscluster::cluster {

/// The redirect with its host filled in: an empty one means "the node that answered" (cluster specification 7.0,
/// announced endpoint ""), by the host that the cluster knows it by. Look at unusable_host first. Errors: Errc::protocol_error for what
/// is no redirect, and for a port 0 that host_port_remap does not make another one of.
Result<wire::Redirect> redirect_in(const wire::Frame& reply, const Node& answered_by);
/// The same for the text of the error.
Result<wire::Redirect> redirect_in(std::string_view error, const Node& answered_by);

}  // namespace rediscluster::cluster
