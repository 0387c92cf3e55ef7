#include "wire/error_reply.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "wire/printable.hpp"
#include "wire/reply_cursor.hpp"

namespace rediscluster::wire {
namespace {

constexpr std::size_t longest_message = 512;

struct Prefix {
  std::string_view word;
  Errc code;
};

constexpr std::array prefixes{
    Prefix{"MOVED", Errc::moved},
    Prefix{"ASK", Errc::ask},
    Prefix{"TRYAGAIN", Errc::try_again},
    Prefix{"CLUSTERDOWN", Errc::cluster_down},
    Prefix{"MASTERDOWN", Errc::master_down},
    Prefix{"LOADING", Errc::loading},
    Prefix{"BUSY", Errc::busy},
    Prefix{"READONLY", Errc::read_only},
    Prefix{"NOREPLICAS", Errc::no_replicas},
    Prefix{"OOM", Errc::out_of_memory},
    Prefix{"MISCONF", Errc::misconfigured},
    Prefix{"WRONGTYPE", Errc::wrong_type},
    Prefix{"NOSCRIPT", Errc::no_script},
    Prefix{"NOAUTH", Errc::no_auth},
    Prefix{"WRONGPASS", Errc::wrong_password},
    Prefix{"NOPERM", Errc::no_permission},
    Prefix{"EXECABORT", Errc::exec_abort},
    Prefix{"UNBLOCKED", Errc::unblocked},
    Prefix{"NOPROTO", Errc::no_protocol},
    Prefix{"BUSYKEY", Errc::busy_key},
    Prefix{"NOGROUP", Errc::no_group},
    Prefix{"BUSYGROUP", Errc::busy_group},
    Prefix{"CROSSSLOT", Errc::cross_slot},
};

// Texts behind "ERR" that mean more than "some error".
Errc classify_plain_error(std::string_view text) {
  if (text.find("cluster support disabled") != std::string_view::npos) return Errc::not_cluster_mode;
  // Before 7.0 a script that writes on a replica fails with the server's refusal quoted inside its own error.
  if (text.find("-READONLY ") != std::string_view::npos) return Errc::read_only;
  if (text == "ERR invalid password") return Errc::wrong_password;  // before 6.0
  return Errc::response_error;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool equals_ignoring_case(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    if (c != upper[i]) return false;
  }
  return true;
}

// End of the next word AUTH or AUTH2 (MIGRATE's form with a user) at or after `from`; npos when there is none.
std::size_t find_auth_end(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    while (from < text.size() && !is_word_byte(text[from])) ++from;
    std::size_t end = from;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    const std::string_view word = text.substr(from, end - from);
    if (equals_ignoring_case(word, "AUTH") || equals_ignoring_case(word, "AUTH2")) return end;
    from = end;
  }
  return std::string_view::npos;
}

// Up to two words (user and password) behind AUTH become "***". Placeholders such as "<password>" are the server's own
// words and stay, as do "'auth' command" and "Client sent AUTH, but no password is set".
std::string mask_words_after_auth(std::string_view text) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t auth = find_auth_end(text, 0); auth != std::string_view::npos; auth = find_auth_end(text, done)) {
    std::size_t at = std::min(text.find(' ', auth), text.size());  // behind a closing quote or a comma
    out += text.substr(done, at - done);
    const bool is_sentence = text.substr(auth).starts_with(", but no ");
    for (int masked = 0; !is_sentence && masked < 2 && at < text.size(); ++masked) {
      const std::size_t begin = std::min(text.find_first_not_of(' ', at), text.size());
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      const std::string_view word = text.substr(begin, end - begin);
      if (word.empty() || word == "command" || (word.front() == '<' && word.back() == '>')) break;
      out += " ***";
      at = end;
    }
    done = at;
  }
  out += text.substr(done);
  return out;
}

// Where servers begin to quote what they were sent: the arguments of a command they do not know, a rule of ACL SETUSER,
// which may be ">password", an option of HELLO, which may be a password with a blank in it.
std::string_view cut_quoted_arguments(std::string_view text) {
  for (const std::string_view introduction : {"args beginning with:", "ACL SETUSER modifier", "Syntax error in HELLO option"}) {
    const std::size_t quoted = text.find(introduction);
    if (quoted != std::string_view::npos) text = text.substr(0, quoted + introduction.size());
  }
  return text;
}

std::string safe_message(std::string_view text) {
  // Servers never send texts this long; the rest of a hostile one is not looked at.
  const bool is_cut = text.size() > 2 * longest_message;
  text = text.substr(0, 2 * longest_message);
  const std::string_view kept = cut_quoted_arguments(text);
  std::string message = mask_words_after_auth(kept);
  if (kept.size() < text.size()) {
    message += " ***";
  } else if (is_cut) {
    message += "...";
  }
  return printable(message, longest_message);
}

}  // namespace

bool says_no_password_is_set(std::string_view text) {
  return text.find("AUTH, but no password is set") != std::string_view::npos ||  // before 6.0, and proxies
         text.find("called without any password configured") != std::string_view::npos;
}

bool refuses_the_connection(std::string_view text) {
  return text.starts_with("DENIED") || text.find("max number of clients") != std::string_view::npos;
}

std::string_view trim_error_line(std::string_view error_line) {
  if (!error_line.empty() && error_line.front() == '-') error_line.remove_prefix(1);
  if (error_line.size() >= 2 && error_line.substr(error_line.size() - 2) == "\r\n") error_line.remove_suffix(2);
  return error_line;
}

Errc classify_error(std::string_view error_line) {
  const std::string_view text = trim_error_line(error_line);
  const std::string_view word = text.substr(0, text.find(' '));
  if (word == "ERR") return classify_plain_error(text);
  for (const Prefix& prefix : prefixes) {
    if (prefix.word == word) return prefix.code;
  }
  return Errc::response_error;
}

bool was_unblocked_by_somebody(std::string_view error_line) {
  return trim_error_line(error_line).starts_with("UNBLOCKED client unblocked via CLIENT UNBLOCK");
}

Error error_from_reply(std::string_view error_line, const NodeAddress& node) {
  return Error{classify_error(error_line), safe_message(trim_error_line(error_line)), node, 0, Execution::not_executed};
}

std::string_view error_text(std::string_view frame) {
  ReplyCursor cursor(frame);
  ReplyValue value;
  return cursor.next(value) && value.is_error() ? value.text : std::string_view{};
}

}  // namespace rediscluster::wire
