/// Access to the values of a `Reply`; its text form is in reply_text.cpp.
#include <rediscluster/reply.hpp>
#include <stdexcept>

#include "wire/number_text.hpp"
#include "wire/printable.hpp"
#include "wire/reply_text.hpp"
#include "wire/reply_tree.hpp"

namespace rediscluster {
namespace {

[[noreturn]] void throw_wrong_type(const char* wanted, const Reply& found) {
  std::string message = std::string("the reply is ") + wire::type_name(found.type()) + ", not " + wanted;
  if (!found.is_nil() && !found.is_aggregate()) message += ": " + wire::printable(found.view(), 80);
  throw_error(Error{Errc::unexpected_reply, std::move(message), {}, 0, Execution::executed});
}

const wire::ReplyTree::Node* node_of(const std::shared_ptr<const wire::ReplyTree>& tree, std::uint32_t index) {
  return tree ? &tree->nodes[index] : nullptr;
}

bool is_textual(Reply::Type type) {
  return type == Reply::Type::text || type == Reply::Type::status || type == Reply::Type::verbatim;
}

}  // namespace

Reply::Type Reply::type() const {
  const auto* node = node_of(tree_, index_);
  return node == nullptr ? Type::nil : node->type;
}

bool Reply::is_aggregate() const {
  const auto* node = node_of(tree_, index_);
  return node != nullptr && node->is_aggregate();
}

std::string_view Reply::view() const {
  if (is_nil() || is_aggregate()) throw_wrong_type("text", *this);
  const auto& node = *node_of(tree_, index_);
  const std::string_view text = tree_->text(node);
  if (node.type == Type::boolean) return text == "t" ? "true" : "false";
  return text;
}

std::string Reply::as_string() const { return std::string(view()); }

std::int64_t Reply::as_integer() const {
  const Type found = type();
  if (found == Type::boolean) return view() == "true" ? 1 : 0;
  if (found == Type::integer || found == Type::big_number || is_textual(found)) {
    if (const auto value = wire::parse_integer(view())) return *value;
  }
  throw_wrong_type("an integer", *this);
}

double Reply::as_double() const {
  const Type found = type();
  if (found == Type::number || found == Type::integer || found == Type::big_number || is_textual(found)) {
    if (const auto value = wire::parse_number(view())) return *value;
  }
  throw_wrong_type("a number", *this);
}

bool Reply::as_bool() const {
  const Type found = type();
  if (found == Type::boolean) return view() == "true";
  if (found == Type::integer && (view() == "1" || view() == "0")) return view() == "1";
  throw_wrong_type("a boolean", *this);
}

std::size_t Reply::size() const {
  const auto* node = node_of(tree_, index_);
  return node == nullptr ? 0 : node->child_count;
}

Reply Reply::operator[](std::size_t index) const {
  if (index >= size()) {
    throw std::out_of_range("reply has " + std::to_string(size()) + " children, no index " + std::to_string(index));
  }
  return Reply(tree_, tree_->nodes[index_].first_child + static_cast<std::uint32_t>(index));
}

std::optional<Reply> Reply::find(std::string_view key) const {
  const auto* node = node_of(tree_, index_);
  if (node == nullptr) return std::nullopt;
  for (std::uint32_t i = 0; i + 1 < node->child_count; i += 2) {
    const std::uint32_t at = node->first_child + i;
    const auto& child = tree_->nodes[at];
    if (child.type == Type::nil || child.is_aggregate() || tree_->text(child) != key) continue;
    return Reply(tree_, at + 1);
  }
  return std::nullopt;
}

Reply Reply::at(std::string_view key) const {
  if (std::optional<Reply> value = find(key)) return *std::move(value);
  std::string message = is_aggregate() ? "the reply has no \"" : "the reply is no map, and has no \"";
  throw_error(Error{Errc::unexpected_reply, message + wire::printable(key, 80) + '"', {}, 0, Execution::executed});
}

std::string Reply::to_string() const { return wire::reply_text(tree_.get(), index_); }

}  // namespace rediscluster
