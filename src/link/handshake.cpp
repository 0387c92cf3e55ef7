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

constexpr std::string_view default_user = "default";

// Other codes are of a server that is busy, or has not heard yet who we are.
Handshake::Library answer_to_name(const wire::Frame& reply) {
  if (!reply.is_error()) return Handshake::Library::taken;
  const Errc code = wire::classify_error(wire::error_text(reply.bytes()));
  const bool will_stay = code == Errc::no_permission || code == Errc::response_error;
  return will_stay ? Handshake::Library::refused : Handshake::Library::unsaid;
}

}  // namespace

void mask(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

bool is_default_user(std::string_view username) { return username.empty() || username == default_user; }

std::string auth_command(std::string_view username, std::string_view password) {
  std::string bytes;
  if (is_default_user(username)) {
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
  if (!options_.has_login()) return ask(Question::hello, {"HELLO", "3"});
  const std::string_view user = options_.username.empty() ? default_user : options_.username;
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
  if (options_.has_login()) {
    std::string auth = auth_command(options_.username, options_.password);
    bytes_ += auth;
    questions_.push_back(Question::auth);
    base::wipe(auth);
  }
  ask_extras();
  if (questions_.empty() && options_.must_ask) ask(Question::ping, {"PING"});
  if (questions_.empty()) phase_ = Phase::done;
}

// No list of texts: there is always one more.
bool Handshake::goes_on_without_hello(const wire::Frame& reply) const {
  if (!reply.is_error()) return false;
  const std::string_view text = wire::error_text(reply.bytes());
  if (wire::refuses_the_connection(text)) return false;
  const Errc code = wire::classify_error(text);
  if (code == Errc::no_auth) return options_.has_login();  // some want AUTH by itself
  return code != Errc::wrong_password && code != Errc::loading;
}

// A password that a server without one was told: whoever connects is the default user there.
bool Handshake::is_unused(Question question, const wire::Frame& reply) const {
  return question == Question::auth && reply.is_error() && is_default_user(options_.username) &&
         wire::says_no_password_is_set(wire::error_text(reply.bytes()));
}

Result<void> Handshake::judge(Question question, const wire::Frame& reply) const {
  if (!reply.is_error() || is_unused(question, reply)) return {};
  // A name for the server's lists is no reason to refuse service: SETINFO is 7.2+, both may be denied by an ACL.
  if (question == Question::info || question == Question::name) return {};
  std::string said(reply.bytes());
  mask(said, options_.password);  // before it is made printable or cut short: half a secret is one, too
  Error error = wire::error_from_reply(said);
  const bool is_refused_at_accept = wire::refuses_the_connection(error.message);
  // Replicas then send readers to the primary. Only what says "never": a server that is loading will do it later.
  const bool is_dispensable = question == Question::read_only || question == Question::ping;
  const bool is_for_good = error.code == Errc::no_permission || error.code == Errc::response_error;
  if (is_dispensable && is_for_good && !is_refused_at_accept) return {};
  if (error.code == Errc::response_error) error.code = is_refused_at_accept ? Errc::connect_failed : Errc::handshake_failed;
  error.message = std::string(command_of(question)) + " was refused: " + error.message;
  return fail(std::move(error));
}

const char* Handshake::command_of(Question question) {
  switch (question) {
    case Question::hello: return "HELLO";
    case Question::auth: return "AUTH";
    case Question::read_only: return "READONLY";
    case Question::name:
    case Question::info: return "CLIENT";
    case Question::ping: break;
  }
  return "PING";
}

Handshake::End Handshake::ended(std::span<const wire::Frame> replies, Error loss) const {
  std::size_t at = 0;
  for (; at < replies.size() && !replies[at].empty(); ++at) {
    const bool is_about_hello = questions_[at] == Question::hello;
    if (is_about_hello && goes_on_without_hello(replies[at])) return {Part::hello, std::move(loss)};
    Result<void> verdict = judge(questions_[at], replies[at]);
    if (verdict) continue;
    const Errc code = verdict.error().code;
    if (code == Errc::wrong_password || code == Errc::no_auth || code == Errc::no_permission) loss = std::move(verdict.error());
    return {Part::login, std::move(loss)};
  }
  // Some refuse HELLO and end the connection at our next words, whatever these are.
  if (at == 0 && was_refused_hello_) return {Part::hello, std::move(loss)};
  const Question open = at < questions_.size() ? questions_[at] : Question::ping;
  switch (open) {
    case Question::hello: return {Part::hello, std::move(loss)};
    case Question::name:
    case Question::info: return {Part::names, std::move(loss)};
    case Question::read_only: return {Part::read_only, std::move(loss)};
    case Question::auth:
    case Question::ping: break;
  }
  return {Part::login, std::move(loss)};
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
  if (phase_ == Phase::hello && goes_on_without_hello(replies.front())) {
    was_refused_hello_ = true;
    ask_legacy();
    return {};
  }
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (Result<void> verdict = judge(questions_[i], replies[i]); !verdict) return verdict;
    if (questions_[i] == Question::info) library_ = answer_to_name(replies[i]);
    has_unused_password_ = has_unused_password_ || (is_unused(questions_[i], replies[i]) && !options_.password.empty());
  }
  if (phase_ == Phase::hello) {
    protocol_ = 3;
    listen(replies.front());
  }
  phase_ = Phase::done;
  return {};
}

}  // namespace rediscluster::link
