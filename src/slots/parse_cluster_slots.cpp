#include "slots/parse_cluster_slots.hpp"

#include "wire/decode_mismatch.hpp"
#include "wire/number_text.hpp"
#include "wire/reply_cursor.hpp"

#include <rediscluster/key_slot.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace rediscluster::slots {
namespace {

Failure malformed(std::string what) {
  return fail(Errc::unexpected_reply, "CLUSTER SLOTS: " + std::move(what), {}, Execution::executed);
}

// What a host may be: it ends up in name lookups and in messages, so nothing else is let in. Empty is fine here.
bool is_host(std::string_view text) {
  constexpr std::size_t longest_name = 255;  // of the DNS
  return text.size() <= longest_name && std::none_of(text.begin(), text.end(), [](char c) { return (c >= '\0' && c <= ' ') || c == 0x7f; });
}

bool is_text(const wire::ReplyValue& value) { return value.type == '$' || value.type == '+'; }

// The next value, which is passed; nothing when it is no text.
std::optional<std::string_view> take_text(wire::ReplyCursor& cursor) {
  std::string_view text;
  if (cursor.take_bulk(text)) return text;
  wire::ReplyCursor inside = cursor;
  cursor.skip();
  wire::ReplyValue value;
  if (!inside.next(value) || !is_text(value)) return std::nullopt;
  return value.text;
}

// A map, or a flat array of names and values in RESP2.
void read_metadata(wire::ReplyCursor& cursor, NodeView& view) {
  wire::ReplyValue header;
  if (!cursor.next(header) || !header.is_aggregate()) return;
  for (std::uint64_t left = header.count; left >= 2; left -= 2) {
    const std::optional<std::string_view> name = take_text(cursor);
    const std::optional<std::string_view> value = take_text(cursor);
    if (!name || !value) continue;
    if (*name == "availability-zone") view.zone = *value;
    if (*name == "hostname" && is_host(*value)) view.hostname = *value;
    if (*name == "ip" && is_host(*value)) view.ip = *value;
  }
}

// [endpoint, port, id, metadata...]: id since 4.0, metadata since 7.0; later servers may add more, which is ignored.
Result<NodeView> parse_node(wire::ReplyCursor cursor, const NodeAddress& asked) {
  wire::ReplyValue header;
  if (!cursor.next(header) || header.type != '*' || header.count < 2) return malformed("a node is not an array of host and port");
  wire::ReplyValue host;
  wire::ReplyValue port;
  if (!cursor.next(host) || (!host.is_nil() && !is_text(host))) return malformed("a node's endpoint is not text");
  if (!cursor.next(port) || port.type != ':') return malformed("a node's port is not a number");
  if (!is_host(host.text)) return malformed("a node's endpoint is no host");
  NodeView view;
  // nil: the server prefers not to tell (cluster-preferred-endpoint-type unknown-endpoint); empty: it does not know its
  // own address yet. Both mean "the address you reached me at".
  view.address.host = host.text.empty() ? asked.host : std::string(host.text);
  const std::int64_t number = wire::parse_integer(port.text).value_or(-1);
  if (number < 0 || number > 65535) return malformed("port " + std::to_string(number) + " is out of range");
  view.address.port = static_cast<int>(number);
  if (header.count > 2) view.id = take_text(cursor).value_or("");
  if (header.count > 3) read_metadata(cursor, view);
  // A node that is to be known by its name and has none. Its address is told all the same.
  if (view.address.host == "?" && !view.ip.empty()) view.address.host = view.ip;
  return view;
}

// A slot number at the head of a range.
bool take_slot(wire::ReplyCursor& cursor, std::int64_t& slot) {
  if (cursor.take_integer(slot)) return true;
  wire::ReplyValue value;
  if (!cursor.next(value) || value.type != ':') return false;
  const std::optional<std::int64_t> number = wire::parse_integer(value.text);
  slot = number.value_or(-1);
  return number.has_value();
}

/// Reads range after range. All ranges of a shard describe its nodes by the same bytes (200 and more), which are looked
/// up as they are and made into strings once. No tree is built.
class Parser {
 public:
  Parser(std::string_view bytes, const NodeAddress& asked) : cursor_(bytes), asked_(asked) {}

  Result<ClusterView> parse() {
    wire::ReplyValue header;
    if (!cursor_.next(header) || header.type != '*') return malformed("the reply is not an array");
    view_.ranges.reserve(std::min<std::uint64_t>(header.count, slot_count));
    for (std::uint64_t left = header.count; left > 0; --left) {
      if (Result<void> read = read_range(); !read) return fail(std::move(read.error()));
    }
    std::sort(view_.ranges.begin(), view_.ranges.end(), [](const SlotRange& a, const SlotRange& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < view_.ranges.size(); ++i) {
      if (view_.ranges[i].first <= view_.ranges[i - 1].last) return listed_twice(view_.ranges[i].first);
    }
    return std::move(view_);
  }

 private:
  static Failure listed_twice(int slot) { return malformed("slot " + std::to_string(slot) + " is listed twice"); }

  Result<void> read_range() {
    wire::ReplyValue header;
    if (!cursor_.next(header) || header.type != '*' || header.count < 3) return malformed("a range has no primary");
    std::int64_t first = 0;
    std::int64_t last = 0;
    if (!take_slot(cursor_, first) || !take_slot(cursor_, last)) return malformed("a range does not begin with two slot numbers");
    if (first < 0 || last >= slot_count || first > last) {
      return malformed("slots " + std::to_string(first) + "-" + std::to_string(last) + " are not a range within 0-16383");
    }
    // More ranges than slots: some slot is listed twice, and which one matters little.
    if (view_.ranges.size() == slot_count) return listed_twice(static_cast<int>(first));
    Result<std::uint32_t> shard = read_shard(header.count - 2);
    if (!shard) return fail(std::move(shard.error()));
    view_.ranges.push_back({static_cast<int>(first), static_cast<int>(last), *shard});
    return {};
  }

  // The number of the shard that the next `nodes` values describe.
  Result<std::uint32_t> read_shard(std::uint64_t nodes) {
    wire::ReplyCursor behind = cursor_;
    for (std::uint64_t i = 0; i < nodes; ++i) {
      if (!behind.skip()) return malformed("the reply is damaged");
    }
    const std::string_view rest = cursor_.rest();
    const std::string_view description = rest.substr(0, rest.size() - behind.rest().size());
    const auto [known, is_new] = numbers_.try_emplace(description, static_cast<std::uint32_t>(view_.shards.size()));
    if (is_new) {
      Result<ShardView> shard = parse_shard(nodes);
      if (!shard) return fail(std::move(shard.error()));
      view_.shards.push_back(std::move(*shard));
    }
    cursor_ = behind;
    return known->second;
  }

  Result<ShardView> parse_shard(std::uint64_t nodes) {
    ShardView shard;
    for (std::uint64_t i = 0; i < nodes; ++i) {
      Result<NodeView> node = parse_node(cursor_, asked_);
      cursor_.skip();
      if (i == 0) {
        if (!node) return fail(std::move(node.error()));
        shard.primary = std::move(*node);
      } else if (node) {
        shard.replicas.push_back(std::move(*node));
      }
    }
    return shard;
  }

  wire::ReplyCursor cursor_;
  const NodeAddress& asked_;
  ClusterView view_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;  // by description; looks into the reply
};

}  // namespace

Result<ClusterView> parse_cluster_slots(const wire::Frame& frame, const NodeAddress& asked) {
  const char type = wire::ReplyCursor(frame.bytes()).peek_type();
  if (type == '-' || type == '!') return fail(wire::frame_error(frame.bytes()));
  return Parser(frame.bytes(), asked).parse();
}

}  // namespace rediscluster::slots
