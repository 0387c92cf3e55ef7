#include "slots/parse_cluster_slots.hpp"

#include "wire/decode.hpp"
#include "wire/decode_reply.hpp"

#include <rediscluster/key_slot.hpp>
#include <rediscluster/reply.hpp>

#include <algorithm>

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

bool is_text(const Reply& reply) { return reply.type() == Reply::Type::text || reply.type() == Reply::Type::status; }

// [endpoint, port, id, metadata...]: id since 4.0, metadata since 7.0; later servers may add more, which is ignored.
Result<NodeView> parse_node(const Reply& node, const NodeAddress& asked) {
  if (node.type() != Reply::Type::array || node.size() < 2) return malformed("a node is not an array of host and port");
  const Reply host = node[0];
  const Reply port = node[1];
  if (!host.is_nil() && !is_text(host)) return malformed("a node's endpoint is not text");
  if (port.type() != Reply::Type::integer) return malformed("a node's port is not a number");
  if (!host.is_nil() && !is_host(host.view())) return malformed("a node's endpoint is no host");
  NodeView view;
  // nil: the server prefers not to tell (cluster-preferred-endpoint-type unknown-endpoint); empty: it does not know its
  // own address yet. Both mean "the address you reached me at".
  view.address.host = host.is_nil() || host.view().empty() ? asked.host : std::string(host.view());
  const std::int64_t number = port.as_integer();
  if (number < 0 || number > 65535) return malformed("port " + std::to_string(number) + " is out of range");
  view.address.port = static_cast<int>(number);
  if (node.size() > 2 && is_text(node[2])) view.id = std::string(node[2].view());
  if (node.size() > 3) {  // a map, or a flat array of names and values in RESP2
    const std::optional<Reply> zone = node[3].find("availability-zone");
    if (zone && is_text(*zone)) view.zone = std::string(zone->view());
    const std::optional<Reply> hostname = node[3].find("hostname");
    if (hostname && is_text(*hostname) && is_host(hostname->view())) view.hostname = std::string(hostname->view());
  }
  return view;
}

Result<SlotRange> parse_range(const Reply& entry, const NodeAddress& asked) {
  if (entry.type() != Reply::Type::array || entry.size() < 3) return malformed("a range has no primary");
  const Reply first = entry[0];
  const Reply last = entry[1];
  if (first.type() != Reply::Type::integer || last.type() != Reply::Type::integer) {
    return malformed("a range does not begin with two slot numbers");
  }
  const std::int64_t from = first.as_integer();
  const std::int64_t to = last.as_integer();
  if (from < 0 || to >= slot_count || from > to) {
    return malformed("slots " + std::to_string(from) + "-" + std::to_string(to) + " are not a range within 0-16383");
  }
  SlotRange range{static_cast<int>(from), static_cast<int>(to), {}, {}};
  for (std::size_t i = 2; i < entry.size(); ++i) {
    Result<NodeView> node = parse_node(entry[i], asked);
    if (!node) return fail(std::move(node.error()));
    if (i == 2) {
      range.primary = std::move(*node);
    } else {
      range.replicas.push_back(std::move(*node));
    }
  }
  return range;
}

}  // namespace

Result<ClusterView> parse_cluster_slots(const wire::Frame& frame, const NodeAddress& asked) {
  Result<Reply> reply = wire::decode_tree(frame);
  if (!reply) return fail(std::move(reply.error()));
  if (reply->type() != Reply::Type::array) return malformed("the reply is not an array");
  ClusterView view;
  view.ranges.reserve(reply->size());
  for (std::size_t i = 0; i < reply->size(); ++i) {
    Result<SlotRange> range = parse_range((*reply)[i], asked);
    if (!range) return fail(std::move(range.error()));
    view.ranges.push_back(std::move(*range));
  }
  std::sort(view.ranges.begin(), view.ranges.end(),
            [](const SlotRange& a, const SlotRange& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < view.ranges.size(); ++i) {
    if (view.ranges[i].first <= view.ranges[i - 1].last) {
      return malformed("slot " + std::to_string(view.ranges[i].first) + " is listed twice");
    }
  }
  return view;
}

}  // namespace rediscluster::slots
