#include "pubsub/heard.hpp"

#include "wire/error_reply.hpp"
#include "wire/reply_cursor.hpp"

#include <array>
#include <cstring>
#include <optional>

namespace rediscluster::pubsub {
namespace {

struct Word {
  std::string_view word;
  Heard::What what;
  SubscriptionKind kind;
  std::uint64_t size;  // of the whole push
};

constexpr std::array words{
    Word{"message", Heard::What::message, SubscriptionKind::channel, 3},
    Word{"pmessage", Heard::What::message, SubscriptionKind::pattern, 4},
    Word{"smessage", Heard::What::message, SubscriptionKind::sharded, 3},
    Word{"subscribe", Heard::What::subscribed, SubscriptionKind::channel, 3},
    Word{"psubscribe", Heard::What::subscribed, SubscriptionKind::pattern, 3},
    Word{"ssubscribe", Heard::What::subscribed, SubscriptionKind::sharded, 3},
    Word{"unsubscribe", Heard::What::unsubscribed, SubscriptionKind::channel, 3},
    Word{"punsubscribe", Heard::What::unsubscribed, SubscriptionKind::pattern, 3},
    Word{"sunsubscribe", Heard::What::unsubscribed, SubscriptionKind::sharded, 3},
    Word{"pong", Heard::What::pong, SubscriptionKind::channel, 2},
};

bool is_text(const wire::ReplyValue& value) { return value.type == '$' || value.type == '+'; }

bool read_text(wire::ReplyCursor& cursor, std::string_view& text) {
  wire::ReplyValue value;
  if (!cursor.next(value) || !is_text(value)) return false;
  text = value.text;
  return true;
}

// The rest of a push whose first word is known. False: not as servers send it.
bool read_rest(wire::ReplyCursor& cursor, Heard& heard) {
  if (heard.what == Heard::What::pong) return read_text(cursor, heard.text);
  if (heard.what == Heard::What::message) {
    if (!read_text(cursor, heard.name)) return false;
    heard.channel = heard.name;
    if (heard.kind == SubscriptionKind::pattern && !read_text(cursor, heard.channel)) return false;
    return read_text(cursor, heard.text);
  }
  wire::ReplyValue name;
  wire::ReplyValue count;
  if (!cursor.next(name) || !cursor.next(count) || count.type != ':') return false;
  if (name.is_nil()) {  // "you have none of these", after an UNSUBSCRIBE without names
    heard.what = Heard::What::nothing;
    return true;
  }
  heard.name = name.text;
  return is_text(name);
}

Heard hear_aggregate(const wire::ReplyValue& header, wire::ReplyCursor& cursor) {
  // A push of another kind (an invalidation, a notice of maintenance) is none of our business; an array is always ours.
  Heard heard;
  const Heard::What stranger = header.type == '>' ? Heard::What::nothing : Heard::What::nonsense;
  heard.what = stranger;
  std::string_view first;
  if (header.count == 0 || !read_text(cursor, first)) return heard;
  for (const Word& each : words) {
    if (each.word != first) continue;
    heard.what = each.what;
    heard.kind = each.kind;
    if (header.count != each.size || !read_rest(cursor, heard)) heard.what = Heard::What::nonsense;
    return heard;
  }
  return heard;
}

// Of a length that the compiler knows, so that it needs no call.
template <std::size_t size>
bool take_opening(std::string_view& rest, const char (&opening)[size]) {
  constexpr std::size_t length = size - 1;
  if (rest.size() < length || std::memcmp(rest.data(), opening, length) != 0) return false;
  rest.remove_prefix(length);
  return true;
}

// What a message begins with behind '*' (RESP2) or '>'.
std::optional<SubscriptionKind> take_opening(std::string_view& rest) {
  if (take_opening(rest, "3\r\n$7\r\nmessage\r\n")) return SubscriptionKind::channel;
  if (take_opening(rest, "3\r\n$8\r\nsmessage\r\n")) return SubscriptionKind::sharded;
  if (take_opening(rest, "4\r\n$8\r\npmessage\r\n")) return SubscriptionKind::pattern;
  return std::nullopt;
}

// A string with up to six digits of length, CR LF and all. False: it is none, or not whole.
bool take_bulk(std::string_view& rest, std::string_view& text) {
  constexpr std::size_t most_digits = 6;
  std::size_t at = 1;
  std::size_t size = 0;
  for (; at < rest.size() && at <= most_digits && rest[at] >= '0' && rest[at] <= '9'; ++at) size = 10 * size + static_cast<std::size_t>(rest[at] - '0');
  if (at == 1 || rest.size() < at + 2 || rest[0] != '$' || rest[at] != '\r' || rest[at + 1] != '\n') return false;
  if (rest[1] == '0' && at > 2) return false;  // not as servers write it
  rest.remove_prefix(at + 2);
  if (rest.size() < size + 2 || rest[size] != '\r' || rest[size + 1] != '\n') return false;
  text = {rest.data(), size};
  rest.remove_prefix(size + 2);
  return true;
}

}  // namespace

std::size_t hear_message(std::string_view bytes, Heard& heard) {
  if (bytes.empty() || (bytes.front() != '*' && bytes.front() != '>')) return 0;
  std::string_view rest = bytes;
  rest.remove_prefix(1);
  const std::optional<SubscriptionKind> kind = take_opening(rest);
  if (!kind) return 0;
  if (!take_bulk(rest, heard.name)) return 0;
  heard.channel = heard.name;
  if (kind == SubscriptionKind::pattern && !take_bulk(rest, heard.channel)) return 0;
  if (!take_bulk(rest, heard.text)) return 0;
  heard.what = Heard::What::message;
  heard.kind = *kind;
  return bytes.size() - rest.size();
}

Heard hear(std::string_view frame) {
  Heard heard;
  wire::ReplyCursor cursor(frame);
  wire::ReplyValue value;
  if (!cursor.next(value)) return heard;
  if (value.type == '>' || value.type == '*') return hear_aggregate(value, cursor);
  if (value.is_error()) {
    heard.what = Heard::What::error;
    heard.text = wire::trim_error_line(value.text);
  } else if (is_text(value)) {  // a PING is answered by a string where the connection has no subscriptions, and in RESP3
    heard.what = Heard::What::pong;
    heard.text = value.text;
  }
  return heard;
}

}  // namespace rediscluster::pubsub
