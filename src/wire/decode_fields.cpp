#include "wire/decode_fields.hpp"

namespace rediscluster::wire {

bool open_fields(ReplyCursor& cursor, std::uint64_t& count, Mismatch& why) {
  constexpr const char* wanted = "a map or an array of names and values";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (!value.is_aggregate() || value.count % 2 != 0) return why.refuse(value, wanted);
  count = value.count / 2;
  return true;
}

bool take_name(ReplyCursor& cursor, std::string_view& name, Mismatch& why) {
  constexpr const char* wanted = "the name of a field";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (value.type != '$' && value.type != '+') return why.refuse(value, wanted);
  name = value.text;
  return true;
}

bool open_at_least(ReplyCursor& cursor, std::uint64_t least, std::uint64_t& beyond, Mismatch& why) {
  constexpr const char* wanted = "an array with more elements";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (!value.is_aggregate() || value.count < least) return why.refuse(value, value.is_aggregate() ? wanted : "an array");
  beyond = value.count - least;
  return true;
}

bool skip_values(ReplyCursor& cursor, std::uint64_t count) {
  for (; count > 0; --count) {
    if (!cursor.skip()) return false;
  }
  return true;
}

}  // namespace rediscluster::wire
