#include "cluster/config.hpp"

#include "cluster/nodes/address_filter.hpp"
#include "cluster/nodes/address_map.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr int most_lanes = 8;
// More than anybody waits, and little enough that adding it to a clock's time cannot overflow.
constexpr std::chrono::milliseconds longest_span{1'000'000'000'000};

Result<void> check_port(const NodeAddress& node, const char* option) {
  if (node.port >= 1 && node.port <= 65535) return {};
  return fail(Errc::bad_option, std::string(option) + ": port " + std::to_string(node.port) + " of host \"" + node.host +
                                    "\" is not between 1 and 65535");
}

Result<void> check_positive(std::chrono::milliseconds span, const char* option) {
  if (span > std::chrono::milliseconds(0) && span <= longest_span) return {};
  return fail(Errc::bad_option, std::string(option) + " is " + std::to_string(span.count()) +
                                    " ms; it must be more than 0 and at most 1000000000000 (30 years)");
}

Result<void> check_positive(const std::optional<int>& number, const char* option) {
  if (!number || *number > 0) return {};
  return fail(Errc::bad_option, std::string(option) + " is " + std::to_string(*number) + "; it must be more than 0");
}

Result<void> check_times(const Options& options) {
  if (auto checked = check_positive(options.command_timeout, "command_timeout"); !checked) return checked;
  if (auto checked = check_positive(options.socket_connect_timeout, "socket_connect_timeout"); !checked) return checked;
  if (auto checked = check_positive(options.topology_refresh_period, "topology_refresh_period"); !checked) return checked;
  if (options.socket_timeout) return check_positive(*options.socket_timeout, "socket_timeout");
  return {};
}

Result<void> check_numbers(const Options& options) {
  if (auto checked = check_positive(options.max_connections, "max_connections"); !checked) return checked;
  if (auto checked = check_positive(options.max_connections_per_node.limit(), "max_connections_per_node"); !checked) return checked;
  if (auto checked = check_positive(options.reinitialize_steps, "reinitialize_steps"); !checked) return checked;
  if (auto checked = check_positive(options.cluster_down_retry_attempts, "cluster_down_retry_attempts"); !checked) return checked;
  if (options.lanes_per_node < 1 || options.lanes_per_node > most_lanes) {
    return fail(Errc::bad_option, "lanes_per_node is " + std::to_string(options.lanes_per_node) + "; it must be 1 to 8");
  }
  if (options.blocking_connections_per_node < 1) {
    return fail(Errc::bad_option, "blocking_connections_per_node is " + std::to_string(options.blocking_connections_per_node) + "; it must be more than 0");
  }
  if (options.protocol != 2 && options.protocol != 3) {
    return fail(Errc::bad_option, "protocol is " + std::to_string(options.protocol) + "; it must be 2 or 3");
  }
  if (options.db != 0) {
    return fail(Errc::bad_option, "Argument 'db' is not possible to use in cluster mode: db is " + std::to_string(options.db) +
                                      ", and a cluster has database 0 only");
  }
  return {};
}

Result<void> check_limit(std::uint64_t limit, std::uint64_t least, const char* option) {
  if (limit >= least) return {};
  return fail(Errc::bad_option, std::string(option) + " is " + std::to_string(limit) + "; it must be at least " + std::to_string(least) +
                                    ", as the client itself asks servers who they are and for the topology");
}

// What answers about a small cluster need. Those about a large one need more: then the error of the question names the limit.
Result<void> check_limits(const Options& options) {
  if (auto checked = check_limit(options.max_reply_bytes, 16 * 1024, "max_reply_bytes"); !checked) return checked;
  if (auto checked = check_limit(options.max_bulk_bytes, 512, "max_bulk_bytes"); !checked) return checked;
  if (auto checked = check_limit(options.max_elements, 128, "max_elements"); !checked) return checked;
  return check_limit(options.max_depth, 8, "max_depth");
}

// Two switches of redis-py-cluster are short for two of the strategies; readonly_mode comes first, as there.
ReadFrom effective_read_from(const Options& options) {
  if (options.read_from != ReadFrom::primary) return options.read_from;
  if (options.readonly_mode) return ReadFrom::prefer_replica;
  return options.read_from_replicas ? ReadFrom::any : ReadFrom::primary;
}

Result<void> check_zone(const Options& options) {
  if (options.read_from != ReadFrom::same_zone || !options.availability_zone.empty()) return {};
  return fail(Errc::bad_option, "read_from is same_zone, but availability_zone is empty: say in which zone this client runs");
}

bool says_something(const TlsOptions& tls) {
  const bool has_text = !(tls.ca_file + tls.ca_folder + tls.ca_pem + tls.certificate_file + tls.key_file + tls.certificate_pem +
                          tls.key_pem + tls.key_password + tls.server_name + tls.ciphers + tls.ciphersuites).empty();
  return has_text || !tls.names.empty() || tls.insecure_no_verification || tls.insecure_no_name_check;
}

// Null where TLS is off.
Result<std::shared_ptr<net::TlsContext>> make_tls(const TlsOptions& tls) {
  if (!tls.enabled) {
    if (!says_something(tls)) return std::shared_ptr<net::TlsContext>();
    return fail(Errc::bad_option, "options of TLS are given, but TLS is off: set tls.enabled, or write rediss:// in the URL");
  }
  for (const TlsNameRule& rule : tls.names.rules()) {
    if (rule.name.empty()) return fail(Errc::bad_option, "tls.names: the rule for \"" + rule.host + "\" has no name");
  }
  if (!tls.certificate_file.empty() && !tls.certificate_pem.empty()) {
    return fail(Errc::bad_option, "tls.certificate_file and tls.certificate_pem are both given; give one of them");
  }
  if (!tls.key_file.empty() && !tls.key_pem.empty()) return fail(Errc::bad_option, "tls.key_file and tls.key_pem are both given; give one of them");
  return net::TlsContext::make(tls);
}

Result<std::vector<NodeAddress>> collect_seeds(const Options& options) {
  std::vector<NodeAddress> seeds;
  if (!options.host.empty()) seeds.push_back({options.host, options.port});
  for (const NodeAddress& node : options.startup_nodes) {
    if (node.host.empty()) return fail(Errc::bad_option, "startup_nodes: a node has no host");
    if (std::find(seeds.begin(), seeds.end(), node) == seeds.end()) seeds.push_back(node);
  }
  if (seeds.empty()) {
    return fail(Errc::no_seeds, "No startup nodes provided: set host and port, or startup_nodes, to at least one node of the cluster");
  }
  for (const NodeAddress& node : seeds) {
    if (auto checked = check_port(node, "startup_nodes"); !checked) return fail(std::move(checked.error()));
  }
  return seeds;
}

}  // namespace

bool Config::allows(const NodeAddress& node) const {
  return !address_filter || std::find(seeds.begin(), seeds.end(), node) != seeds.end() || address_filter(node);
}

Result<Config> make_config(const Options& options) {
  if (auto checked = check_times(options); !checked) return fail(std::move(checked.error()));
  if (auto checked = check_numbers(options); !checked) return fail(std::move(checked.error()));
  if (auto checked = check_limits(options); !checked) return fail(std::move(checked.error()));
  if (auto checked = check_zone(options); !checked) return fail(std::move(checked.error()));
  Result<AddressMap> address_map = make_address_map(options.host_port_remap);
  if (!address_map) return fail(std::move(address_map.error()));
  Result<std::vector<NodeAddress>> seeds = collect_seeds(options);
  if (!seeds) return fail(std::move(seeds.error()));
  if (options.credentials && !(options.username + options.password).empty()) {
    return fail(Errc::bad_option, "credentials and username or password are both given; give one of them");
  }
  Result<AddressFilter> address_filter = make_address_filter(options.allowed_addresses);
  if (!address_filter) return fail(std::move(address_filter.error()));
  Result<std::shared_ptr<net::TlsContext>> tls = make_tls(options.tls);
  if (!tls) return fail(std::move(tls.error()));
  Config config;
  config.tls = std::move(*tls);
  config.options = options;
  config.reporter = std::make_shared<Reporter>(options.on_event, options.on_log, options.log_level);
  config.seeds = std::move(*seeds);
  config.handshake.protocol = options.protocol;
  config.handshake.username = options.username;
  config.handshake.password = options.password;
  config.handshake.client_name = options.client_name;
  config.handshake.library_version = REDISCLUSTER_VERSION;
  // With `true`, as in redis-py-cluster, max_connections is meant per node.
  const ConnectionsPerNode& per_node = options.max_connections_per_node;
  (per_node.shifts_total() ? config.connections_per_node : config.connections_in_all) = options.max_connections;
  if (per_node.limit()) config.connections_per_node = per_node.limit();
  config.read_from = effective_read_from(options);
  config.address_map = std::move(*address_map);
  config.address_filter = std::move(*address_filter);
  // On every connection, to primaries too: a primary may be a replica tomorrow, and its connections stay.
  config.handshake.read_only = config.read_from != ReadFrom::primary;
  config.socket.keepalive = options.socket_keepalive;
  config.limits.max_reply_bytes = options.max_reply_bytes;
  config.limits.max_bulk_bytes = options.max_bulk_bytes;
  config.limits.max_elements = options.max_elements;
  config.limits.max_depth = options.max_depth;
  return config;
}

}  // namespace rediscluster::cluster
