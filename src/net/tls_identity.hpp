/// Whether the peer is who it should be: the names its certificate may bear, and what to say when it bears none of them.
/// Lives with one connection; one thread while the handshake lasts, constant afterwards.
#pragma once

#include <string>
#include <string_view>
#include <vector>

using X509_STORE_CTX = struct x509_store_ctx_st;
using SSL = struct ssl_st;

namespace rediscluster::net {

/// "10.0.0.5", "fd00::1" or "fe80::1%eth0", without brackets.
bool is_ip_address(const std::string& host);
/// The name to ask a server for (SNI), the first that is no address; empty: it is known by address alone.
std::string name_to_ask_for(const std::vector<std::string>& names);

class TlsIdentity {
 public:
  /// @param names  host names or IP addresses, one of which the certificate must bear; empty: any certificate of a
  ///               trusted authority will do.
  explicit TlsIdentity(std::vector<std::string> names) : names_(std::move(names)) {}

  /// Makes OpenSSL ask this object about the peer's certificate. It must outlive the handshake.
  void attach(SSL* ssl);

  /// Why the certificate was refused, as the end of a sentence that begins with "the certificate "; empty: it was not.
  const std::string& refusal() const { return refusal_; }

 private:
  static int on_certificate(int accepted, X509_STORE_CTX* context);
  bool bears_a_name(X509_STORE_CTX* context) const;
  void explain(X509_STORE_CTX* context);

  const std::vector<std::string> names_;
  std::string refusal_;
};

}  // namespace rediscluster::net
