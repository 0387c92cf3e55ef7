/// One TLS connection as a state machine over bytes: what the peer sent goes in, what is to be sent comes out. Makes no
/// system call and knows no socket. While it is open one thread may send beside one that receives; everything else, the
/// handshake included, is one thread's. Nobody but the sender's side puts bytes on the wire: what receiving gives rise
/// to (the answer to a key update) goes out in front of the next record.
#pragma once

#include "net/tls_identity.hpp"
#include "net/tls_sessions.hpp"

#include <rediscluster/result.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

using BIO = struct bio_st;

namespace rediscluster::net {

class TlsStream {
 public:
  /// Plain bytes in one record at most. The peer can read none of a record before it has all of it, so a command whose
  /// last record did not leave whole cannot have been run.
  static constexpr std::size_t record_size = 16 * 1024;

  /// @param ssl       a fresh client connection; owned from now on.
  /// @param identity  whose certificate is accepted; null: anybody's.
  /// @param sessions  where sessions are taken from and kept; null: nowhere.
  TlsStream(SSL* ssl, std::unique_ptr<TlsIdentity> identity, std::shared_ptr<TlsSessions> sessions);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Before the handshake: asks the server for this name (SNI).
  void ask_for(const std::string& name);
  /// Connections with another purpose must not share sessions; see TlsSessions::attach().
  void use_sessions_for(const std::string& purpose);

  // The handshake.
  enum class Progress : std::uint8_t { wants_bytes, done };
  /// Goes as far as it can with the bytes fed so far. Then unsent() is to be sent, also after an error.
  /// Errors: Errc::tls_failed; the message goes on from "the TLS handshake with X failed: ...".
  Result<Progress> shake_hands();
  bool was_resumed() const;

  // The sender's.
  /// Makes a record of the first record_size of these bytes, or of all if they are fewer. Only when nothing is unsent.
  /// @return  null, or why not (static text).
  const char* encrypt(std::string_view bytes);
  /// What is to be handed to the kernel.
  std::string_view unsent() const { return std::string_view(outgoing_).substr(outgoing_sent_); }
  void sent(std::size_t size) { outgoing_sent_ += size; }
  /// When nothing is unsent: how many plain bytes are on their way now that were not before.
  std::size_t take_sent_plain();
  /// How many plain bytes stand in what is unsent.
  std::size_t unsent_plain() const { return plain_; }

  // The receiver's.
  struct Decrypted {
    enum class Status : std::uint8_t { bytes, wants_bytes, closed, failed };
    Status status = Status::wants_bytes;
    std::size_t size = 0;          ///< bytes: how many
    const char* reason = nullptr;  ///< failed: why (static text)
  };
  /// Gives bytes that have been decrypted, or can be.
  Decrypted decrypt(char* data, std::size_t size);
  /// Where to receive into what is then fed; the receiver's own.
  char* space() { return incoming_.get(); }
  static constexpr std::size_t space_size = 20 * 1024;
  /// Takes what the peer sent.
  void feed(const char* data, std::size_t size);
  /// Whether decrypt() may have bytes without more being fed. Any thread.
  bool may_have_bytes() const { return may_have_bytes_.load(std::memory_order_relaxed); }

 private:
  void collect_outgoing();
  Error explain_failure() const;

  std::mutex mutex_;  // guards ssl_ and what it leads to; never held across a system call
  SSL* const ssl_;
  BIO* const from_peer_;  // ssl_ owns them
  BIO* const to_peer_;
  const std::unique_ptr<TlsIdentity> identity_;
  const std::shared_ptr<TlsSessions> sessions_;
  std::optional<unsigned char> first_byte_;  // of the peer

  // The sender's.
  std::string outgoing_;
  std::size_t outgoing_sent_ = 0;
  std::size_t plain_ = 0;  // bytes that outgoing_ carries

  // The receiver's.
  const std::unique_ptr<char[]> incoming_;
  std::atomic<bool> may_have_bytes_{false};
};

}  // namespace rediscluster::net
