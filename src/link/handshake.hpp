/// What is said on a fresh connection before it carries commands: HELLO (or AUTH on old servers), a name, the library's
/// name, READONLY. A pure state machine over replies; not thread-safe.
///
///   start → hello ──ok──────────────────────────→ done
///             ├─ HELLO refused, in whatever words ─→ legacy ──ok→ done
///             └─ we are refused, or everybody is ─→ failed  (legacy too)
///
/// We are refused: a wrong password, or none where one is wanted. Everybody is: too many clients, a server that loads. Servers
/// and proxies that do not know HELLO say so in many words, and some by ending the connection: see ended().
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
  std::string username{};    ///< Empty: the default user.
  std::string password{};    ///< Empty without a user: no authentication. A user may have none (ACL: nopass).
  std::string client_name{};  ///< CLIENT SETNAME; empty: none.
  std::string library_version{};  ///< CLIENT SETINFO; empty: not said.
  bool read_only = false;    ///< READONLY: reads are served by a replica.
  bool must_ask = false;     ///< Says PING where there is nothing else to say, so that a peer that takes no words is found out.

  /// Whether there is somebody to say we are.
  bool has_login() const { return !username.empty() || !password.empty(); }
};

/// Who connects and says nothing: no name, or "default".
bool is_default_user(std::string_view username);

/// AUTH as bytes, for connections that are open. Holds the password: base::wipe() it after use.
/// For the default user it is the form without a name, which every version knows.
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

  /// What a server may not bear to hear.
  enum class Part : std::uint8_t {
    login,  ///< Nothing that can be left out.
    hello,
    names,
    read_only,
  };
  struct End {
    Part part = Part::login;
    Error error;
  };
  /// Judges a connection that ended before all was answered: the words that were not are to blame, or HELLO when it was refused.
  /// @param replies  to bytes(); those that did not come are empty.
  /// @param loss     what is known of the end; given back unless an answer says that we are refused.
  End ended(std::span<const wire::Frame> replies, Error loss) const;
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
  /// Whether HELLO was said in vain.
  bool was_refused_hello() const { return was_refused_hello_; }
  /// Whether the server let us in without a look at the password, as it has none.
  bool has_unused_password() const { return has_unused_password_; }

 private:
  enum class Question : std::uint8_t { hello, auth, name, info, read_only, ping };
  void ask(Question question, std::initializer_list<std::string_view> words);
  void ask_hello();
  void ask_extras();
  void ask_legacy();
  bool goes_on_without_hello(const wire::Frame& reply) const;
  static const char* command_of(Question question);
  bool is_unused(Question question, const wire::Frame& reply) const;
  Result<void> judge(Question question, const wire::Frame& reply) const;
  void listen(const wire::Frame& hello);

  HandshakeOptions options_;
  Phase phase_ = Phase::hello;
  int protocol_ = 2;
  Library library_ = Library::unsaid;
  bool was_refused_hello_ = false;
  bool has_unused_password_ = false;
  std::string zone_;
  std::string server_version_;
  std::string bytes_;
  std::vector<Question> questions_;  // one per reply that bytes_ brings
};

}  // namespace rediscluster::link
