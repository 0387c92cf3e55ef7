#include "wire/reply_tree.hpp"

#include <limits>
#include <utility>

#include "wire/write_reply.hpp"

namespace rediscluster::wire {
namespace {

constexpr std::size_t smallest_value_bytes = 3;  // "_\r\n" or "+\r\n": bounds what a header may make us allocate

Reply::Type type_of(const ReplyValue& value) {
  switch (value.type) {
    // clang-format off
    case '+': return Reply::Type::status;
    case ':': return Reply::Type::integer;
    case '$': return Reply::Type::text;
    case '=': return Reply::Type::verbatim;
    case ',': return Reply::Type::number;
    case '#': return Reply::Type::boolean;
    case '(': return Reply::Type::big_number;
    case '-':
    case '!': return Reply::Type::error;
    case '*': return Reply::Type::array;
    case '~': return Reply::Type::set;
    case '%': return Reply::Type::map;
    case '>': return Reply::Type::push;
    default: return Reply::Type::nil;
      // clang-format on
  }
}

// Children of one open aggregate that are still to be read.
struct UnreadChildren {
  std::uint32_t next;
  std::uint32_t end;
};

bool fill(ReplyTree& tree, ReplyCursor& cursor, std::uint32_t index, std::vector<UnreadChildren>& open) {
  ReplyValue value;
  if (!cursor.next(value)) return false;
  ReplyTree::Node node;
  node.type = type_of(value);
  if (value.is_aggregate()) {
    if (value.count > cursor.rest().size() / smallest_value_bytes) return false;
    node.first_child = static_cast<std::uint32_t>(tree.nodes.size());
    node.child_count = static_cast<std::uint32_t>(value.count);
    if (value.count > 0) {
      tree.nodes.resize(tree.nodes.size() + value.count);
      open.push_back({node.first_child, node.first_child + node.child_count});
    }
  } else if (!value.text.empty()) {
    std::string_view text = value.text;
    if (value.type == '=' && text.size() >= 4) text.remove_prefix(4);  // "txt:"
    node.text_begin = static_cast<std::uint32_t>(text.data() - tree.frame.bytes().data());
    node.text_size = static_cast<std::uint32_t>(text.size());
  }
  tree.nodes[index] = node;
  return true;
}

// A scalar, or the header of an aggregate.
void append_value(std::string& bytes, const ReplyTree::Node& node, std::string_view text) {
  const auto line = [&](char type) { bytes.append(1, type).append(text).append("\r\n"); };
  const auto sized = [&](char type) { bytes.append(header(type, static_cast<std::int64_t>(text.size()))).append(text).append("\r\n"); };
  switch (node.type) {
    case Reply::Type::nil: bytes += "_\r\n"; return;
    case Reply::Type::status: return line('+');
    case Reply::Type::integer: return line(':');
    case Reply::Type::number: return line(',');
    case Reply::Type::boolean: return line('#');
    case Reply::Type::big_number: return line('(');
    case Reply::Type::text:
    case Reply::Type::verbatim: return sized('$');
    case Reply::Type::error: return sized('!');
    case Reply::Type::array: bytes += header('*', node.child_count); return;
    case Reply::Type::set: bytes += header('~', node.child_count); return;
    case Reply::Type::map: bytes += header('%', node.child_count / 2); return;
    case Reply::Type::push: bytes += header('>', node.child_count); return;
  }
}

}  // namespace

std::shared_ptr<const ReplyTree> build_tree(Frame frame) {
  if (frame.bytes().size() > std::numeric_limits<std::uint32_t>::max()) return nullptr;
  auto tree = std::make_shared<ReplyTree>();
  tree->frame = std::move(frame);
  tree->nodes.resize(1);
  ReplyCursor cursor(tree->frame.bytes());
  std::vector<UnreadChildren> open;
  if (!fill(*tree, cursor, 0, open)) return nullptr;
  while (!open.empty()) {
    if (open.back().next == open.back().end) {
      open.pop_back();
      continue;
    }
    const std::uint32_t index = open.back().next++;
    if (!fill(*tree, cursor, index, open)) return nullptr;
  }
  return tree;
}

Frame frame_of(const Reply& reply) {
  if (reply.tree_ == nullptr) return own("_\r\n");
  const ReplyTree& tree = *reply.tree_;
  if (reply.index_ == 0) return tree.frame;
  std::string bytes;
  std::vector<UnreadChildren> open{{reply.index_, reply.index_ + 1}};
  while (!open.empty()) {
    if (open.back().next == open.back().end) {
      open.pop_back();
      continue;
    }
    const ReplyTree::Node& node = tree.nodes[open.back().next++];
    append_value(bytes, node, tree.text(node));
    if (node.is_aggregate()) open.push_back({node.first_child, node.first_child + node.child_count});
  }
  return own(bytes);
}

Frame keep(const Frame& frame) {
  // A few bytes must not pin a large block: a copy is cheaper than the memory.
  constexpr std::size_t smallest_share = 4;
  const std::size_t size = frame.bytes().size();
  const bool is_worth_it = frame.block() && size >= frame.block()->capacity() / smallest_share;
  return is_worth_it ? frame : own(frame.bytes());
}

}  // namespace rediscluster::wire
