#include "net/tls_sessions.hpp"

#include "net/openssl.hpp"

#include <utility>

namespace rediscluster::net {
namespace {

constexpr std::size_t most_sessions = 4;  // as many as there are shared lanes to a node by default

int sessions_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int generation_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Nobody looks at the certificate again when a session is resumed.
bool has_expired(const SSL_SESSION* session) {
  const X509* peer = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
  return peer != nullptr && X509_cmp_current_time(X509_get0_notAfter(peer)) < 0;
}

}  // namespace

void TlsSessions::collect_from(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_session);
}

void TlsSessions::attach(SSL* ssl, const std::string& purpose) {
  std::lock_guard lock{mutex_};
  if (purpose_ != purpose) {
    purpose_ = purpose;
    ++generation_;
    for (SSL_SESSION* each : std::exchange(sessions_, {})) SSL_SESSION_free(each);
  }
  SSL_set_ex_data(ssl, sessions_index(), this);
  SSL_set_ex_data(ssl, generation_index(), reinterpret_cast<void*>(generation_));  // a number, not an address
  while (!sessions_.empty()) {
    SSL_SESSION* newest = sessions_.back();
    const bool serves_once = SSL_SESSION_get_protocol_version(newest) >= TLS1_3_VERSION;
    const bool is_usable = SSL_SESSION_is_resumable(newest) == 1 && !has_expired(newest);
    if (is_usable) SSL_set_session(ssl, newest);  // shares it
    if (!is_usable || serves_once) {
      sessions_.pop_back();
      SSL_SESSION_free(newest);
    }
    if (is_usable) return;
  }
}

void TlsSessions::detach(SSL* ssl) { SSL_set_ex_data(ssl, sessions_index(), nullptr); }

void TlsSessions::forget() {
  std::lock_guard lock{mutex_};
  for (SSL_SESSION* each : std::exchange(sessions_, {})) SSL_SESSION_free(each);
}

// Called by OpenSSL from within a handshake, or while reading (TLS 1.3). 1: the session is ours from now on.
int TlsSessions::on_session(SSL* ssl, SSL_SESSION* session) {
  auto* store = static_cast<TlsSessions*>(SSL_get_ex_data(ssl, sessions_index()));
  if (store == nullptr) return 0;
  return store->keep(session, reinterpret_cast<std::uintptr_t>(SSL_get_ex_data(ssl, generation_index()))) ? 1 : 0;
}

// Not what an older connection brings: its peer proved itself by what was asked of it then. A peer may send sessions at any time.
bool TlsSessions::keep(SSL_SESSION* session, std::uintptr_t generation) {
  std::lock_guard lock{mutex_};
  if (generation != generation_) return false;
  if (sessions_.size() == most_sessions) {
    SSL_SESSION_free(sessions_.front());
    sessions_.erase(sessions_.begin());
  }
  sessions_.push_back(session);
  return true;
}

}  // namespace rediscluster::net
