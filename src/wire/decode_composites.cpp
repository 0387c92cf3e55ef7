#include "wire/decode_composites.hpp"

namespace rediscluster::wire {

bool open_aggregate(ReplyCursor& cursor, std::uint64_t& count, Mismatch& why, const char* wanted) {
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (!value.is_aggregate()) return why.refuse(value, wanted);
  count = value.count;
  return true;
}

bool open_exactly(ReplyCursor& cursor, std::uint64_t size, Mismatch& why) {
  constexpr const char* wanted = "an array with another number of elements";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (value.is_aggregate() && value.count == size) return true;
  return why.refuse(value, value.is_aggregate() ? wanted : "an array");
}

Presence take_nil(ReplyCursor& cursor) {
  ReplyCursor ahead = cursor;
  ReplyValue value;
  if (!ahead.next(value)) return Presence::value;
  if (value.is_nil()) {
    cursor = ahead;
    return Presence::nil;
  }
  return value.is_aggregate() && value.count == 0 ? Presence::empty_aggregate : Presence::value;
}

bool open_entries(ReplyCursor& cursor, bool first_is_aggregate, Entries& entries, Mismatch& why) {
  constexpr const char* wanted = "a map or an array of pairs";
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(cursor, wanted);
  if (!value.is_aggregate()) return why.refuse(value, wanted);
  ReplyCursor ahead = cursor;
  ReplyValue first;
  const bool holds_aggregate = value.count > 0 && ahead.next(first) && first.is_aggregate();
  entries.are_nested = value.type != '%' && (holds_aggregate || (first_is_aggregate && value.count > 0));
  if (!entries.are_nested && value.count % 2 != 0) return why.refuse(value, wanted);
  entries.count = entries.are_nested ? value.count : value.count / 2;
  return true;
}

}  // namespace rediscluster::wire
