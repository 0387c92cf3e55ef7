#include "link/handshake.hpp"

#include "base/wipe.hpp"
#include "wire/error_reply.hpp"
#include "wire/reply_cursor.hpp"

#include <charconv>

namespace rediscluster::link {
namespace {

void append_length(std::string& out, char type, std::size_t length) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, length).ptr;
  out += type;
  out.append(digits, end);
  out += "\r\n";
}

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  append_length(out, '*', words.size());
  for (std::string_view word : words) {
    append_length(out, '$', word.size());
    out.append(word);
    out += "\r\n";
  }
}

std::string_view error_line(const wire::Frame& reply) {
  std::string_view text = reply.bytes().substr(1);
  return text.substr(0, text.find('\r'));
}

// Servers before 6.0 do not know HELLO; some proxies refuse the protocol version, and some ACLs the command.
bool means_no_hello(const wire::Frame& reply) {
  if (!reply.is_error()) return false;
  const std::string_view text = error_line(reply);
  return text.starts_with("NOPROTO") || text.starts_with("NOPERM") || text.find("unknown command") != std::string_view::npos;
}

Handshake::Library answer_to_name(const wire::Frame& reply) {
  if (!reply.is_error()) return Handshake::Library::taken;
  const std::string_view text = error_line(reply);
  const bool will_stay = text.starts_with("NOPERM") || text.find("nknown subcommand") != std::string_view::npos ||
                         text.find("nknown command") != std::string_view::npos;
  return will_stay ? Handshake::Library::refused : Handshake::Library::unsaid;
}

}  // namespace

void mask(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

std::string auth_command(std::string_view username, std::string_view password) {
  std::string bytes;
  if (username.empty()) {
    append_command(bytes, {"AUTH", password});
  } else {
    append_command(bytes, {"AUTH", username, password});
  }
  return bytes;
}

Handshake::Handshake(HandshakeOptions options) : options_(std::move(options)) {
  if (options_.protocol >= 3) {
    ask_hello();
    ask_extras();
    return;
  }
  ask_legacy();
}

void Handshake::ask(Question question, std::initializer_list<std::string_view> words) {
  append_command(bytes_, words);
  questions_.push_back(question);
}

Handshake::~Handshake() {
  base::wipe(bytes_);
  base::wipe(options_.password);
}

void Handshake::ask_hello() {
  if (options_.password.empty()) return ask(Question::hello, {"HELLO", "3"});
  const std::string_view user = options_.username.empty() ? std::string_view("default") : options_.username;
  ask(Question::hello, {"HELLO", "3", "AUTH", user, options_.password});
}

void Handshake::ask_extras() {
  if (!options_.client_name.empty()) ask(Question::name, {"CLIENT", "SETNAME", options_.client_name});
  if (!options_.library_version.empty()) {
    ask(Question::info, {"CLIENT", "SETINFO", "LIB-NAME", "rediscluster"});
    ask(Question::info, {"CLIENT", "SETINFO", "LIB-VER", options_.library_version});
  }
  if (options_.read_only) ask(Question::read_only, {"READONLY"});
}

void Handshake::ask_legacy() {
  phase_ = Phase::legacy;
  base::wipe(bytes_);
  questions_.clear();
  if (!options_.password.empty()) {
    std::string auth = auth_command(options_.username, options_.password);
    bytes_ += auth;
    questions_.push_back(Question::auth);
    base::wipe(auth);
  }
  ask_extras();
  if (questions_.empty()) phase_ = Phase::done;
}

Result<void> Handshake::judge(Question question, const wire::Frame& reply) const {
  if (!reply.is_error()) return {};
  // A name for the server's lists is no reason to refuse service: SETINFO is 7.2+, both may be denied by an ACL.
  if (question == Question::info || question == Question::name) return {};
  std::string said(reply.bytes());
  mask(said, options_.password);  // before it is made printable or cut short: half a secret is one, too
  Error error = wire::error_from_reply(said);
  // Replicas then send readers to the primary. Only what says "never": a server that is loading will do it later.
  if (question == Question::read_only && (error.code == Errc::no_permission || error.code == Errc::response_error)) return {};
  const char* command = question == Question::hello ? "HELLO" : question == Question::auth ? "AUTH" : "READONLY";
  // Said at accept, in place of an answer: the connection is refused, not what we said on it.
  const bool is_full = error.message.find("max number of clients") != std::string::npos;
  if (error.code == Errc::response_error) error.code = is_full ? Errc::connect_failed : Errc::handshake_failed;
  error.message = std::string(command) + " was refused: " + error.message;
  return fail(std::move(error));
}

// What HELLO's answer tells beside. Most of it is of no use here, so nothing is built of it.
void Handshake::listen(const wire::Frame& hello) {
  wire::ReplyCursor cursor(hello.bytes());
  wire::ReplyValue fields;
  if (!cursor.next(fields) || !fields.is_aggregate()) return;
  for (std::uint64_t left = fields.count / 2; left > 0; --left) {
    wire::ReplyValue name;
    wire::ReplyValue value;
    if (!cursor.next(name) || name.is_aggregate()) return;
    wire::ReplyCursor here = cursor;
    if (!cursor.skip() || !here.next(value)) return;
    if (value.type != '$' && value.type != '+') continue;
    if (name.text == "availability_zone") zone_ = value.text;
    if (name.text == "version") server_version_ = value.text;
  }
}

Result<void> Handshake::step(std::span<const wire::Frame> replies) {
  if (replies.size() != questions_.size()) return fail(Errc::handshake_failed, "the handshake was answered in part");
  if (phase_ == Phase::hello && means_no_hello(replies.front())) {
    ask_legacy();
    return {};
  }
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (Result<void> verdict = judge(questions_[i], replies[i]); !verdict) return verdict;
    if (questions_[i] == Question::info) library_ = answer_to_name(replies[i]);
  }
  if (phase_ == Phase::hello) {
    protocol_ = 3;
    listen(replies.front());
  }
  phase_ = Phase::done;
  return {};
}

}  // namespace rediscluster::link
