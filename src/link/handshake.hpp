/// What is said on a fresh connection before it carries commands: HELLO (or AUTH on old servers), a name, the library's
/// name, READONLY. A pure state machine over replies; not thread-safe.
///
///   start → hello ──ok──────────────────────────→ done
///             ├─ HELLO unknown, forbidden or protocol refused → legacy ──ok→ done
///             └─ refused for another reason ──────→ failed      (legacy too)
///
/// One write a phase: the extras ride behind HELLO. Servers allow that before authentication (small commands only), and
/// the extras that then fail with NOAUTH are said again in the legacy phase. A read may follow where no password is said
/// (drive::Rider); other commands wait until all is answered.
#pragma once

#include "wire/frame.hpp"

#include <rediscluster/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::link {

struct HandshakeOptions {
  int protocol = 3;          ///< 3: HELLO 3 with fall-back to RESP2. 2: never say HELLO.
  std::string username{};    ///< Empty with a password: the default user.
  std::string password{};    ///< Empty: no authentication.
  std::string client_name{};  ///< CLIENT SETNAME; empty: none.
  std::string library_version{};  ///< CLIENT SETINFO; empty: not said.
  bool read_only = false;    ///< READONLY: reads are served by a replica.
};

/// AUTH as bytes, for connections that are open. Holds the password: base::wipe() it after use.
std::string auth_command(std::string_view username, std::string_view password);

/// Replaces a secret wherever a text quotes it: servers quote commands in error texts now and then, and a proxy may quote
/// anything.
void mask(std::string& text, std::string_view secret);

class Handshake {
 public:
  explicit Handshake(HandshakeOptions options);
  ~Handshake();  ///< Wipes what it knew.
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  /// Bytes to send now, and how many replies they bring. Both change with step().
  const std::string& bytes() const { return bytes_; }
  std::size_t replies_expected() const { return questions_.size(); }

  /// What bytes() may hold that nobody else should see; empty: nothing. Valid while the handshake lives.
  std::string_view secret() const { return options_.password; }

  enum class Phase : std::uint8_t { hello, legacy, done };
  /// Takes the replies to bytes() and moves on. When phase() is then not done: send bytes() again.
  /// What only serves convenience may be refused by an old server or an ACL: names, and READONLY, without which replicas
  /// send readers to their primary.
  /// Errors: Errc::handshake_failed, no_auth, wrong_password, no_permission, loading, or the server's own error, with
  /// its text; connect_failed when the server takes no more clients. The password is in no message.
  Result<void> step(std::span<const wire::Frame> replies);
  Phase phase() const { return phase_; }
  /// 2 or 3, once done.
  int protocol() const { return protocol_; }
  /// Once done: the zone the server says it stands in (HELLO's availability_zone, Valkey 8.1); empty: it said none.
  const std::string& zone() const { return zone_; }
  /// Once done: the server's version as HELLO's answer has it; empty: it said none.
  const std::string& server_version() const { return server_version_; }
  /// What became of the library's name.
  enum class Library : std::uint8_t {
    unsaid,   ///< Or not taken for a reason that may pass.
    taken,
    refused,  ///< By a server before 7.2, or an ACL: the next one would be, too.
  };
  Library library() const { return library_; }

 private:
  enum class Question : std::uint8_t { hello, auth, name, info, read_only };
  void ask(Question question, std::initializer_list<std::string_view> words);
  void ask_hello();
  void ask_extras();
  void ask_legacy();
  Result<void> judge(Question question, const wire::Frame& reply) const;
  void listen(const wire::Frame& hello);

  HandshakeOptions options_;
  Phase phase_ = Phase::hello;
  int protocol_ = 2;
  Library library_ = Library::unsaid;
  std::string zone_;
  std::string server_version_;
  std::string bytes_;
  std::vector<Question> questions_;  // one per reply that bytes_ brings
};

}  // namespace rediscluster::link
