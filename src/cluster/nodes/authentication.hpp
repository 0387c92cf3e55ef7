/// Who this client says it is: asked from the user's provider, or fixed; and told anew on connections that are open.
/// Thread-safe.
#pragma once

#include "cluster/nodes/login.hpp"
#include "cluster/nodes/node_table.hpp"

#include <rediscluster/types/credential.hpp>

namespace rediscluster::cluster {

/// What to say on a new connection. Calls the user's provider, if there is one: hold no lock.
/// Errors: the provider's own; Errc::no_auth when it throws.
Result<Credentials> ask_for_credentials(const Options& options);

/// Asks for credentials and says them on every open connection that commands share, in line with the commands under
/// way. Connections for blocking commands are ended when they are idle: the next one says the new credentials. Unless some
/// node has refused them, the listeners are told to say them, too.
/// Errors: those of ask_for_credentials(); the first refusal, or node that did not answer within the time for
/// connecting, when all nodes were tried. A connection that is lost meanwhile is no error.
Result<void> reauthenticate(const Config& config, NodeTable& nodes, const LoginListeners& listeners, base::Deadline deadline);

}  // namespace rediscluster::cluster
