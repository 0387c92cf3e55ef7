/// A TLS server in front of a plain one: ends the encryption and passes the bytes on, and remembers what the client did.
/// Shows its peers every trick that certificates and connections can play. Tests only; a thread for each connection.
#pragma once

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <rediscluster/errors.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/certificates.hpp"
#include "support/dial.hpp"
#include "support/listener.hpp"

namespace test_support {

struct TlsFrontOptions {
  Identity identity{};
  rediscluster::NodeAddress target{};      ///< Where plain bytes go; port 0: they are sent back.
  std::string client_authorities{};        ///< Not empty: a client needs a certificate of one of these.
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  std::string ciphers{};                   ///< Of TLS 1.2.
};

class TlsFront {
 public:
  explicit TlsFront(TlsFrontOptions options) : options_(std::move(options)) {
    set_identity(options_.identity);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TlsFront() {
    stopping_ = true;
    listener_.wake();
    acceptor_.join();
    for (std::thread& each : connections_) each.join();
  }
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  rediscluster::NodeAddress address() const { return listener_.address(); }

  /// For handshakes from now on.
  void set_identity(const Identity& identity) {
    const auto read = [](const std::string& text) { return std::unique_ptr<BIO, decltype(&BIO_free)>(BIO_new_mem_buf(text.data(), -1), BIO_free); };
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_set_min_proto_version(context.get(), options_.min_version);
    SSL_CTX_set_max_proto_version(context.get(), options_.max_version);
    if (!options_.ciphers.empty()) SSL_CTX_set_cipher_list(context.get(), options_.ciphers.c_str());
    const detail::Certificate certificate(PEM_read_bio_X509(read(identity.certificate).get(), nullptr, nullptr, nullptr), X509_free);
    const detail::Key key(PEM_read_bio_PrivateKey(read(identity.key).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("front"), 5);
    if (!options_.client_authorities.empty()) {
      const detail::Certificate authority(PEM_read_bio_X509(read(options_.client_authorities).get(), nullptr, nullptr, nullptr), X509_free);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get());
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    std::lock_guard lock{mutex_};
    context_ = context;
  }

  /// Ends all connections, without the close_notify that TLS wants for an orderly end unless asked to give it.
  void cut(bool with_close_notify = false) {
    notify_ = with_close_notify;
    ++cuts_;
  }
  /// Asks all clients for new keys, and changes its own (TLS 1.3).
  void update_keys() { ++key_updates_; }
  /// Asks all clients for a new handshake on the connections there are (TLS 1.2).
  void renegotiate() { ++renegotiations_; }

  int connections() const { return accepted_; }
  int open_connections() const { return open_; }
  int handshakes() const { return handshakes_; }      ///< That came to their end.
  int resumed() const { return resumed_; }            ///< Of those: without a certificate.
  std::size_t plain_bytes() const { return plain_bytes_; }  ///< That clients sent inside TLS.
  /// The name the last client asked for (SNI); empty: none.
  std::string name_asked_for() const { return locked(name_asked_for_); }
  /// The common name in the last client's certificate.
  std::string client_name() const { return locked(client_name_); }
  /// All that clients sent inside TLS.
  std::string plain_text() const { return locked(plain_text_); }

 private:
  std::string locked(const std::string& text) const {
    std::lock_guard lock{mutex_};
    return text;
  }

  void accept_all() {
    for (;;) {
      const int fd = listener_.accept();
      if (fd < 0 || stopping_) {
        if (fd >= 0) ::close(fd);
        return;
      }
      ++accepted_;
      connections_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    sigset_t broken_pipe;  // OpenSSL writes without MSG_NOSIGNAL; the client under test must not be helped
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    std::shared_ptr<SSL_CTX> context;
    {
      std::lock_guard lock{mutex_};
      context = context_;
    }
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    timeval patience{3, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL_set_fd(ssl.get(), fd);
    ++open_;
    if (SSL_accept(ssl.get()) == 1) {
      note_handshake(ssl.get());
      relay(ssl.get(), fd);
    }
    --open_;
    ::close(fd);
  }

  void note_handshake(SSL* ssl) {
    ++handshakes_;
    if (SSL_session_reused(ssl) == 1) ++resumed_;
    std::lock_guard lock{mutex_};
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    name_asked_for_ = name == nullptr ? "" : name;
    const detail::Certificate certificate(SSL_get1_peer_certificate(ssl), X509_free);
    char text[200] = "";
    if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, text, sizeof text);
    client_name_ = text;
  }

  void relay(SSL* ssl, int fd) {
    const int target = options_.target.port == 0 ? -1 : connect_to(options_.target);
    int cuts = cuts_, key_updates = key_updates_, renegotiations = renegotiations_;
    for (bool open = true; open && !stopping_;) {
      if (cuts != cuts_) {
        if (notify_) SSL_shutdown(ssl);
        break;
      }
      if (key_updates != key_updates_) {
        key_updates = key_updates_;
        SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(ssl);
      }
      if (renegotiations != renegotiations_) {
        renegotiations = renegotiations_;
        SSL_renegotiate(ssl);
        SSL_do_handshake(ssl);
      }
      pollfd waiting[2] = {{fd, POLLIN, 0}, {target, POLLIN, 0}};
      if (SSL_pending(ssl) == 0 && ::poll(waiting, 2, 5) == 0) continue;
      if (SSL_pending(ssl) > 0 || waiting[0].revents != 0) open = pass_in(ssl, target);
      if (open && waiting[1].revents != 0) open = pass_out(ssl, target);
    }
    if (target >= 0) ::close(target);
  }

  bool pass_in(SSL* ssl, int target) {
    char buffer[16 * 1024];
    const int got = SSL_read(ssl, buffer, sizeof buffer);
    if (got <= 0) return false;
    plain_bytes_ += static_cast<std::size_t>(got);
    {
      std::lock_guard lock{mutex_};
      if (plain_text_.size() < 1'000'000) plain_text_.append(buffer, static_cast<std::size_t>(got));
    }
    if (target < 0) return SSL_write(ssl, buffer, got) == got;
    for (int sent = 0; sent < got;) {
      const ssize_t now = ::send(target, buffer + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += static_cast<int>(now);
    }
    return true;
  }

  bool pass_out(SSL* ssl, int target) {
    char buffer[16 * 1024];
    const ssize_t got = ::recv(target, buffer, sizeof buffer, 0);
    return got > 0 && SSL_write(ssl, buffer, static_cast<int>(got)) == got;
  }

  const TlsFrontOptions options_;
  const Listener listener_{64};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> notify_{false};
  std::atomic<int> cuts_{0}, key_updates_{0}, renegotiations_{0};
  std::atomic<int> accepted_{0}, open_{0}, handshakes_{0}, resumed_{0};
  std::atomic<std::size_t> plain_bytes_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<SSL_CTX> context_;
  std::string name_asked_for_, client_name_, plain_text_;
  std::vector<std::thread> connections_;  // the acceptor's
  std::thread acceptor_;
};

}  // namespace test_support
