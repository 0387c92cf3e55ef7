#include "wire/decode_mismatch.hpp"

#include "wire/error_reply.hpp"
#include "wire/printable.hpp"

namespace rediscluster::wire {

bool Mismatch::refuse(const ReplyValue& value, const char* wanted) {
  expected = wanted;
  is_server_error = value.is_error();
  found = is_server_error ? value.text : value.rest;
  return false;
}

bool Mismatch::refuse(ReplyCursor cursor, const char* wanted) {
  ReplyValue value;
  value.rest = cursor.rest();
  cursor.next(value);
  return refuse(value, wanted);
}

Error mismatch_error(const Mismatch& why, const CommandFacts& facts) {
  if (why.is_server_error) return error_from_reply(why.found);
  constexpr std::size_t shown_bytes = 40;
  std::string message = std::string(facts.name) + ": expected " + why.expected + ", got ";
  message += why.found.empty() ? "nothing" : '"' + printable(why.found, shown_bytes) + '"';
  return Error{Errc::unexpected_reply, std::move(message), {}, 0, Execution::executed};
}

Error frame_error(std::string_view frame) { return error_from_reply(error_text(frame)); }

}  // namespace rediscluster::wire
