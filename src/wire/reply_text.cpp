#include "wire/reply_text.hpp"

#include "wire/printable.hpp"

namespace rediscluster::wire {
namespace {

// An aggregate whose children are being written.
struct OpenAggregate {
  const ReplyTree::Node* node;
  std::uint32_t written;
};

const char* opening(Reply::Type type) {
  switch (type) {
    case Reply::Type::map:
      return "{";
    case Reply::Type::set:
      return "~[";
    case Reply::Type::push:
      return ">[";
    default:
      return "[";
  }
}

void append_scalar(std::string& out, const ReplyTree& tree, const ReplyTree::Node& node) {
  const std::string_view text = tree.text(node);
  switch (node.type) {
    case Reply::Type::nil:
      out += "nil";
      break;
    case Reply::Type::boolean:
      out += text == "t" ? "true" : "false";
      break;
    case Reply::Type::text:
    case Reply::Type::verbatim:
      out += '"';
      append_printable(out, text, '"');
      out += '"';
      break;
    case Reply::Type::error:
      out += "(error) ";
      append_printable(out, text);
      break;
    default:
      append_printable(out, text);
  }
}

// What stands in front of the next child.
const char* separator(const OpenAggregate& open) {
  if (open.written == 0) return "";
  return open.node->type == Reply::Type::map && open.written % 2 == 1 ? ": " : ", ";
}

}  // namespace

const char* type_name(Reply::Type type) {
  switch (type) {
    // clang-format off
    case Reply::Type::nil: return "nil";
    case Reply::Type::status: return "a status";
    case Reply::Type::integer: return "an integer";
    case Reply::Type::text: return "a string";
    case Reply::Type::verbatim: return "a verbatim string";
    case Reply::Type::number: return "a number";
    case Reply::Type::boolean: return "a boolean";
    case Reply::Type::big_number: return "a big number";
    case Reply::Type::error: return "an error";
    case Reply::Type::array: return "an array";
    case Reply::Type::set: return "a set";
    case Reply::Type::map: return "a map";
    case Reply::Type::push: return "a push";
      // clang-format on
  }
  return "unknown";
}

std::string reply_text(const ReplyTree* tree, std::uint32_t index) {
  if (tree == nullptr) return "nil";
  std::string out;
  std::vector<OpenAggregate> open;
  const auto write = [&](const ReplyTree::Node& node) {
    if (!node.is_aggregate()) return append_scalar(out, *tree, node);
    out += opening(node.type);
    open.push_back({&node, 0});
  };
  write(tree->nodes[index]);
  while (!open.empty()) {
    OpenAggregate& innermost = open.back();
    if (innermost.written == innermost.node->child_count) {
      out += innermost.node->type == Reply::Type::map ? '}' : ']';
      open.pop_back();
      continue;
    }
    out += separator(innermost);
    write(tree->nodes[innermost.node->first_child + innermost.written++]);
  }
  return out;
}

}  // namespace rediscluster::wire
