/// Fake nodes behind TLS: what the plays on encryption and on secrets share.
#pragma once

#include "play.hpp"
#include "support/tls_front.hpp"

namespace play {

using rediscluster::Options;
using test_support::Authority;
using test_support::Identity;
using test_support::TlsFront;
using test_support::TlsFrontOptions;

/// The authority that clients of these plays trust. Made once: keys take time.
inline const Authority& trusted() {
  static const Authority authority("trusted authority");
  return authority;
}
inline const Identity& local_identity() {
  static const Identity identity = trusted().issue({.addresses = {"127.0.0.1"}});
  return identity;
}

/// A node that serves all slots, reached through TLS only; GET answers the key.
struct SecureNode {
  explicit SecureNode(const Identity& identity = local_identity(), TlsFrontOptions options = {})
      : front(with(std::move(options), identity, node.address())) {
    node.serve_slots({{0, 16383, ScriptedEndpoint(front.address(), node.id())}});
    echo_gets(node);
  }
  static TlsFrontOptions with(TlsFrontOptions options, const Identity& identity, const NodeAddress& target) {
    options.identity = identity;
    options.target = target;
    return options;
  }
  Options options() const {
    Options options{.startup_nodes = {front.address()}};
    options.tls.enabled = true;
    options.tls.ca_pem = trusted().pem();
    return options;
  }
  ScriptedNode node;
  TlsFront front;
};

}  // namespace play
