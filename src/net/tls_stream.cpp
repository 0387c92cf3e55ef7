#include "net/tls_stream.hpp"

#include "net/openssl.hpp"

#include <new>
#include <utility>

namespace rediscluster::net {
namespace {

BIO* make_memory() {
  BIO* bio = BIO_new(BIO_s_mem());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_mem_eof_return(bio, -1);  // empty means "more may come"
  return bio;
}

// Alerts that receiving gave rise to wait for the next thing we send; who sends nothing must not be made to hoard them.
constexpr std::size_t most_answers = 64 * 1024;

// Every record of TLS begins with its type, and there are four.
bool begins_a_record(unsigned char byte) { return byte >= 0x14 && byte <= 0x17; }

// What the commonest alerts mean for the user; null: no more than OpenSSL's own words say.
const char* text_of_alert(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "the server wants a certificate of ours: set tls.certificate_file and tls.key_file";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "the server refused what we offer: no cipher in common (tls.ciphers), or it wants a certificate of ours "
             "(tls.certificate_file, tls.key_file)";
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL: return "the server speaks no version of TLS between tls.min_version and tls.max_version";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "the server does not trust the authority that signed our certificate (tls.certificate_file)";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "the server says that our certificate (tls.certificate_file) has expired";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE: return "the server does not accept our certificate (tls.certificate_file)";
    default: return nullptr;
  }
}

// Takes the failure of the last call off OpenSSL's queue.
const char* take_reason() {
  const char* explained = text_of_alert(ERR_GET_REASON(ERR_peek_last_error()));
  const char* words = take_openssl_reason();
  return explained == nullptr ? words : explained;
}

}  // namespace

TlsStream::TlsStream(SSL* ssl, std::unique_ptr<TlsIdentity> identity, std::shared_ptr<TlsSessions> sessions)
    : ssl_(ssl),
      from_peer_(make_memory()),
      to_peer_(make_memory()),
      identity_(std::move(identity)),
      sessions_(std::move(sessions)),
      incoming_(new char[space_size]) {
  SSL_set_bio(ssl_, from_peer_, to_peer_);
  SSL_set_connect_state(ssl_);
  if (identity_) {
    identity_->attach(ssl_);
  } else {
    SSL_set_verify(ssl_, SSL_VERIFY_NONE, nullptr);
  }
}

// Without a word to the peer: the socket may be another process's as well (fork), and Redis has no use for it. The flags
// say that all went well, or else OpenSSL would forget a session that is still good.
TlsStream::~TlsStream() {
  TlsSessions::detach(ssl_);
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

void TlsStream::ask_for(const std::string& name) {
  if (!name.empty()) SSL_set_tlsext_host_name(ssl_, name.c_str());
}

void TlsStream::use_sessions_for(const std::string& purpose) {
  if (sessions_) sessions_->attach(ssl_, purpose);
}

bool TlsStream::was_resumed() const { return SSL_session_reused(ssl_) == 1; }

void TlsStream::collect_outgoing() {
  if (outgoing_sent_ == outgoing_.size()) {
    outgoing_.clear();
    outgoing_sent_ = 0;
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(to_peer_, &data);
  if (size <= 0) return;
  outgoing_.append(data, static_cast<std::size_t>(size));
  (void)BIO_reset(to_peer_);
}

Result<TlsStream::Progress> TlsStream::shake_hands() {
  std::lock_guard lock{mutex_};
  if (first_byte_ && !begins_a_record(*first_byte_)) {
    return fail(Errc::tls_failed, "the server does not speak TLS on this port: connect to its TLS port (tls-port), or leave TLS off");
  }
  ERR_clear_error();
  const int outcome = SSL_do_handshake(ssl_);
  const int error = SSL_get_error(ssl_, outcome);
  Error failure;
  if (outcome != 1 && error != SSL_ERROR_WANT_READ) failure = explain_failure();
  collect_outgoing();  // an alert, too
  if (outcome == 1) return Progress::done;
  if (error == SSL_ERROR_WANT_READ) return Progress::wants_bytes;
  if (sessions_) sessions_->forget();
  return fail(std::move(failure));
}

Error TlsStream::explain_failure() const {
  const std::string reason = take_reason();
  const bool is_refusal = identity_ && !identity_->refusal().empty();
  return {Errc::tls_failed, is_refusal ? "its certificate " + identity_->refusal() : reason, {}, 0, {}};
}

const char* TlsStream::encrypt(std::string_view bytes) {
  std::lock_guard lock{mutex_};
  ERR_clear_error();
  std::size_t taken = 0;
  const std::string_view record = bytes.substr(0, record_size);
  const bool encrypted = SSL_write_ex(ssl_, record.data(), record.size(), &taken) == 1;
  if (!encrypted) return take_reason();
  plain_ = taken;
  collect_outgoing();
  return nullptr;
}

std::size_t TlsStream::take_sent_plain() { return std::exchange(plain_, 0); }

TlsStream::Decrypted TlsStream::decrypt(char* data, std::size_t size) {
  std::lock_guard lock{mutex_};
  ERR_clear_error();
  std::size_t got = 0;
  if (SSL_read_ex(ssl_, data, size, &got) == 1) {
    may_have_bytes_.store(true, std::memory_order_relaxed);
    return {Decrypted::Status::bytes, got, nullptr};
  }
  may_have_bytes_.store(false, std::memory_order_relaxed);
  if (BIO_ctrl_pending(to_peer_) > most_answers) return {Decrypted::Status::failed, 0, "the peer asks for answers without end"};
  switch (SSL_get_error(ssl_, 0)) {
    case SSL_ERROR_WANT_READ: return {Decrypted::Status::wants_bytes, 0, nullptr};
    case SSL_ERROR_ZERO_RETURN: return {Decrypted::Status::closed, 0, nullptr};
    default: return {Decrypted::Status::failed, 0, take_reason()};
  }
}

void TlsStream::feed(const char* data, std::size_t size) {
  if (size == 0) return;
  std::lock_guard lock{mutex_};
  if (!first_byte_) first_byte_ = static_cast<unsigned char>(data[0]);
  if (BIO_write(from_peer_, data, static_cast<int>(size)) != static_cast<int>(size)) throw std::bad_alloc();
}

}  // namespace rediscluster::net
