#include "wire/node_attribute.hpp"

#include <string>

#include "wire/number_text.hpp"
#include "wire/write_reply.hpp"

namespace rediscluster::wire {
namespace {

constexpr std::string_view attribute = "|1\r\n$4\r\nnode\r\n*2\r\n";  // a host and a port follow

}  // namespace

Frame with_node(const Frame& array, const NodeAddress& node) {
  ReplyCursor cursor(array.bytes());
  ReplyValue value;
  if (!cursor.next(value) || value.type != '*') return array;
  std::string bytes = header('*', static_cast<std::int64_t>(value.count));
  for (std::uint64_t left = value.count; left > 0; --left) {
    const std::string_view before = cursor.rest();
    if (!cursor.skip()) return array;
    bytes.append(attribute).append(bulk(node.host)).append(header(':', node.port));
    bytes.append(before.substr(0, before.size() - cursor.rest().size()));
  }
  return own(bytes);
}

NodeAddress node_of_value(const ReplyCursor& cursor) {
  if (!cursor.rest().starts_with(attribute)) return {};
  ReplyCursor inner(cursor.rest().substr(attribute.size()));
  std::string_view host;
  std::int64_t port = 0;
  if (!inner.take_bulk(host) || !inner.take_integer(port) || port < 0 || port > 65535) return {};
  return {std::string(host), static_cast<int>(port)};
}

}  // namespace rediscluster::wire
