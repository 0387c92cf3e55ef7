#include "wire/decode_reply.hpp"

#include "wire/reply_tree.hpp"

namespace rediscluster::wire {
namespace {

// The bytes of the value the cursor stands before; the cursor moves past it.
bool take_value(ReplyCursor& cursor, std::string_view& bytes) {
  const std::string_view from = cursor.rest();
  if (!cursor.skip()) return false;
  bytes = from.substr(0, from.size() - cursor.rest().size());
  return true;
}

}  // namespace

Result<Reply> decode_any(const Frame& frame) {
  auto tree = build_tree(keep(frame));
  if (tree == nullptr) {
    return fail(Errc::unexpected_reply, "the reply is damaged or beyond 4 GiB", {}, Execution::executed);
  }
  return Reply(std::move(tree));
}

Result<Reply> decode_tree(const Frame& frame) {
  ReplyCursor cursor(frame.bytes());
  const char type = cursor.peek_type();
  if (type == '-' || type == '!') return fail(frame_error(frame.bytes()));
  return decode_any(frame);
}

bool Decoder<Reply>::decode(ReplyCursor& cursor, Reply& out, Mismatch& why) {
  const ReplyCursor before = cursor;
  std::string_view bytes;
  auto tree = take_value(cursor, bytes) ? build_tree(own(bytes)) : nullptr;
  if (tree == nullptr) return why.refuse(before, "any value");
  out = Reply(std::move(tree));
  return true;
}

bool Decoder<ReplyBytes>::decode(ReplyCursor& cursor, ReplyBytes& out, Mismatch& why) {
  const ReplyCursor before = cursor;
  std::string_view bytes;
  if (!take_value(cursor, bytes)) return why.refuse(before, "any value");
  out.resp = bytes;
  return true;
}

bool Decoder<std::vector<Reply>>::decode(ReplyCursor& cursor, std::vector<Reply>& out, Mismatch& why) {
  const ReplyCursor before = cursor;
  Reply whole;
  if (!Decoder<Reply>::decode(cursor, whole, why)) return false;
  if (!whole.is_aggregate()) return why.refuse(before, "an array");
  out.reserve(whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) out.push_back(whole[i]);
  return true;
}

}  // namespace rediscluster::wire
