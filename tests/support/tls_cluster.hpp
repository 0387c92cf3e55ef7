/// A real cluster that speaks TLS, its certificates, and options of a client that trusts it. Tests only.
#pragma once

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include "support/certificates.hpp"

namespace test_support {

struct TlsClusterOptions {
  int primaries = 3;
  int replicas_per_primary = 1;
  CertificateRequest certificate{.name = "a node", .hosts = {"localhost"}, .addresses = {"127.0.0.1"}};  ///< Of all nodes.
  std::string password{};
  std::vector<std::string> extra_config{};
  std::function<std::vector<std::string>(int)> config_of_node{};
};

class TlsCluster {
 public:
  explicit TlsCluster(const TlsClusterOptions& options = {})
      : cluster({.primaries = options.primaries,
                 .replicas_per_primary = options.replicas_per_primary,
                 .password = options.password,
                 .tls = folder.put_server("node", authority.issue(options.certificate), authority.pem()),
                 .extra_config = options.extra_config,
                 .config_of_node = options.config_of_node}) {}

  std::vector<rediscluster::NodeAddress> seeds() const {
    std::vector<rediscluster::NodeAddress> addresses;
    for (const auto& node : cluster.nodes()) addresses.push_back(node->tls_address());
    return addresses;
  }
  /// A client that trusts the authority.
  rediscluster::Options options() const {
    rediscluster::Options options{.startup_nodes = seeds()};
    options.tls.enabled = true;
    options.tls.ca_pem = authority.pem();
    return options;
  }
  /// A new certificate for one node, in use for handshakes from now on.
  void renew(int index, const Identity& identity) {
    const std::string name = "node-" + std::to_string(index) + "-" + std::to_string(++renewals_);
    const auto files = folder.put_server(name, identity, authority.pem());
    const auto reply = cluster.call(index, std::vector<std::string>{"CONFIG", "SET", "tls-cert-file", files.certificate.string(),
                                                                     "tls-key-file", files.key.string()});
    if (reply.is_error()) throw std::runtime_error(reply.text);
  }
  void renew_all(const CertificateRequest& request) {
    for (int i = 0; i < cluster.size(); ++i) renew(i, authority.issue(request));
  }

  Authority authority;
  CertificateFolder folder;
  rediscluster::testing::LocalCluster cluster;

 private:
  int renewals_ = 0;
};

}  // namespace test_support
