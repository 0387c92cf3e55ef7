/// TLS of a client: whom it trusts, who it says it is, and which name a node's certificate must bear. Plain values.
/// With `enabled` every connection is encrypted, redirects and the questions for the topology included; nothing ever
/// falls back to plain text. Certificates are verified, chain and name, unless an option that begins with `insecure`
/// says otherwise. Certificates and keys are in PEM. Holds a secret (`key_password`); no message shows it.
#pragma once

#include <rediscluster/errors.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace rediscluster {

enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// The name that the certificate of the node at this address must bear; empty: as without the function.
/// Called by any thread, several at a time, no lock held. An exception from it counts as empty.
using TlsNameFunction = std::function<std::string(const NodeAddress&)>;

/// `{.host = "10.0.0.5", .name = "node-1.example"}`: what is reached at that host, on any port, must be node-1.example.
struct TlsNameRule {
  std::string host{};         ///< Compared as text; empty: any host.
  std::optional<int> port{};  ///< Empty: any port.
  std::string name{};         ///< Must not be empty.
};

/// Names of nodes that are reached by addresses their certificates do not bear. Rules, of which the first that fits an
/// address wins, or a function.
class TlsNames {
 public:
  TlsNames() = default;  ///< Every node by the host it is reached at.
  TlsNames(std::initializer_list<TlsNameRule> rules) : rules_(rules) {}
  TlsNames(std::vector<TlsNameRule> rules) : rules_(std::move(rules)) {}
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, TlsNames> &&
             std::is_invocable_r_v<std::string, Function&, const NodeAddress&>)
  TlsNames(Function function) : function_(std::move(function)) {}

  const std::vector<TlsNameRule>& rules() const { return rules_; }
  /// Empty when there are only rules.
  const TlsNameFunction& function() const { return function_; }
  bool empty() const { return rules_.empty() && !function_; }

 private:
  std::vector<TlsNameRule> rules_;
  TlsNameFunction function_;
};

/// Files are looked at on each connect and read again when they have changed. New ones that cannot be used leave the old
/// ones in force; handshakes that then fail say so.
struct TlsOptions {
  bool enabled = false;  ///< As `rediss://`.

  // Whom to trust. None given: the system's authorities. Several given: all of them.
  std::string ca_file{};    ///< Certificates of authorities, one or more (ssl_ca_certs).
  std::string ca_folder{};  ///< Every file in it that holds certificates (ssl_ca_path).
  std::string ca_pem{};     ///< The same as text (ssl_ca_data).

  // Who we are, for servers that ask (tls-auth-clients). Certificate and key, both as files or both as text.
  std::string certificate_file{};  ///< Our certificate, then those between it and the authority (ssl_certfile).
  std::string key_file{};          ///< Its key; empty: it stands in certificate_file (ssl_keyfile).
  std::string certificate_pem{};
  std::string key_pem{};
  std::string key_password{};      ///< Of an encrypted key (ssl_password).

  // Which name a node's certificate must bear: one of the host it is reached at, the host the cluster announced for it
  // and, where that is a bare IP address, the hostname in CLUSTER SLOTS. A name given here takes the place of all these.
  TlsNames names{};           ///< By address.
  std::string server_name{};  ///< For all nodes that `names` says nothing about.

  TlsVersion min_version = TlsVersion::tls1_2;
  TlsVersion max_version = TlsVersion::tls1_3;
  std::string ciphers{};       ///< Of TLS 1.2, in OpenSSL's notation; empty: the system's (ssl_ciphers).
  std::string ciphersuites{};  ///< Of TLS 1.3, likewise.
  bool session_resumption = true;  ///< Reconnect to a node without a full handshake.

  // Dangers, for experiments. Traffic is encrypted, but with whom?
  bool insecure_no_verification = false;  ///< Any certificate will do: whoever sits between can read and change all (ssl_cert_reqs=none).
  bool insecure_no_name_check = false;    ///< Any name will do: every holder of a certificate of the authority can pose as a node (ssl_check_hostname=false).
};

}  // namespace rediscluster
