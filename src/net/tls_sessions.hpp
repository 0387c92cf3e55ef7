/// What one server gave us to come back without a full handshake. The newest few are kept; a session of TLS 1.3 serves
/// once, as its authors ask. Kept only for those who expect the same names with the same certificates and options:
/// resuming proves again who the peer is only as far as the first handshake did. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;
using SSL_SESSION = struct ssl_session_st;

namespace rediscluster::net {

class TlsSessions {
 public:
  TlsSessions() = default;
  ~TlsSessions() { forget(); }
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;

  /// Lets connections made from this context hand their sessions to the store that they were attached to.
  static void collect_from(SSL_CTX* context);

  /// Before the handshake: uses a session kept for the same `purpose`, and keeps those that come for it. A purpose that
  /// differs from the last one makes it forget all.
  void attach(SSL* ssl, const std::string& purpose);
  /// Before the connection that was attached dies.
  static void detach(SSL* ssl);
  void forget();

 private:
  static int on_session(SSL* ssl, SSL_SESSION* session);
  bool keep(SSL_SESSION* session, std::uintptr_t generation);

  std::mutex mutex_;  // guards what follows
  std::string purpose_;
  std::uintptr_t generation_ = 0;  // of the purpose
  std::vector<SSL_SESSION*> sessions_;  // owned, the newest last
};

}  // namespace rediscluster::net
