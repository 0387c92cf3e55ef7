/// The options of a client as the rooms below need them. Immutable after construction; shared by reference.
#pragma once

#include "base/random.hpp"
#include "base/unique_name.hpp"
#include "cluster/reporter.hpp"
#include "link/handshake.hpp"
#include "net/socket.hpp"
#include "net/tls_context.hpp"
#include "wire/limits.hpp"

#include <rediscluster/options.hpp>

#include <memory>

namespace rediscluster::cluster {

struct Config {
  /// Whether the client can say who it is.
  bool has_credentials() const { return options.credentials || handshake.has_login(); }
  /// Whether it may connect there, whatever servers say. Any thread; may call the user's function.
  bool allows(const NodeAddress& node) const;

  Options options;
  std::vector<NodeAddress> seeds;       ///< Startup nodes, `host` first, without repeats; kept for ever.
  link::HandshakeOptions handshake;
  net::SocketOptions socket;
  std::shared_ptr<net::TlsContext> tls;  ///< Shared by all nodes; null: plain connections.
  wire::Limits limits;
  ReadFrom read_from = ReadFrom::primary;  ///< What read_from, read_from_replicas and readonly_mode come to.
  std::optional<int> connections_in_all;   ///< What max_connections and max_connections_per_node come to; empty: no bound.
  std::optional<int> connections_per_node;
  /// Never null. Shared by whoever has this config or a copy of it: the counters of a client are one set.
  std::shared_ptr<Reporter> reporter = std::make_shared<Reporter>();
  /// Never null. Where all choices of the client by chance begin: the system's randomness, unless a test says otherwise.
  std::shared_ptr<base::Seeds> randomness = std::make_shared<base::Seeds>(base::random_seed());
  AddressFilter address_filter;            ///< allowed_addresses; empty: all.
  AddressMap address_map;                  ///< host_port_remap; empty: addresses stay as announced.
};

/// Errors: Errc::no_seeds, Errc::bad_option naming the option, its value and what it may be.
Result<Config> make_config(const Options& options);

}  // namespace rediscluster::cluster
