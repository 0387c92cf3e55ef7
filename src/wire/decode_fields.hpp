/// Decoders of structs: a map with known field names, or an array whose places have a meaning. Servers add fields and
/// elements from version to version, so what is unknown is passed over. Pure. For the decode_*.cpp files of this room.
#pragma once

#include <span>
#include <string_view>

#include "wire/decode_composites.hpp"

namespace rediscluster::wire {

/// What all decoders of structs share. An empty array is no struct.
struct StructDecoder {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = false;
};

/// One field of a map that becomes a T: its name, and who takes its value.
template <class T>
struct Field {
  std::string_view name;
  bool (*take)(ReplyCursor& cursor, T& out, Mismatch& why);
};

/// Takes the value into a member: `{"length", into<StreamInfo, &StreamInfo::length>}`.
template <class T, auto member>
bool into(ReplyCursor& cursor, T& out, Mismatch& why) {
  return Decoder<std::remove_reference_t<decltype(out.*member)>>::decode(cursor, out.*member, why);
}

/// The same; nil leaves the member as it is.
template <class T, auto member>
bool into_unless_nil(ReplyCursor& cursor, T& out, Mismatch& why) {
  return take_nil(cursor) == Presence::nil || into<T, member>(cursor, out, why);
}

/// Opens a map (RESP3) or a flat array of names and values (RESP2).
bool open_fields(ReplyCursor& cursor, std::uint64_t& count, Mismatch& why);

/// Reads the name of a field.
bool take_name(ReplyCursor& cursor, std::string_view& name, Mismatch& why);

/// Reads a map (RESP3) or a flat array of names and values (RESP2). Unknown fields are passed over, missing ones leave
/// their members as they are; but without the first one of the table it is another kind of reply, and refused.
template <class T>
bool decode_fields(ReplyCursor& cursor, T& out, std::span<const Field<T>> fields, Mismatch& why) {
  const ReplyCursor before = cursor;
  bool first_found = false;
  std::uint64_t count = 0;
  if (!open_fields(cursor, count, why)) return false;
  for (; count > 0; --count) {
    std::string_view name;
    if (!take_name(cursor, name, why)) return false;
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field<T>& one) { return one.name == name; });
    if (field == fields.begin()) first_found = true;
    if (!(field == fields.end() ? cursor.skip() : field->take(cursor, out, why))) return false;
  }
  return first_found || why.refuse(before, "a map with other fields");
}

/// Opens an array of at least `least` elements and gives how many there are beyond.
bool open_at_least(ReplyCursor& cursor, std::uint64_t least, std::uint64_t& beyond, Mismatch& why);

/// Passes over `count` values.
bool skip_values(ReplyCursor& cursor, std::uint64_t count);

/// Reads one value for each of `element`.
template <class... T>
bool decode_each(ReplyCursor& cursor, Mismatch& why, T&... element) {
  return (Decoder<T>::decode(cursor, element, why) && ...);
}

/// Reads elements that older servers leave out: as many as there are `beyond` the ones that all servers send.
template <class... T>
bool decode_while(ReplyCursor& cursor, Mismatch& why, std::uint64_t& beyond, T&... element) {
  return ((beyond == 0 || (--beyond, Decoder<T>::decode(cursor, element, why))) && ...);
}

/// Reads the leading elements of an array and passes over what a newer server may have put behind them.
template <class... T>
bool decode_leading(ReplyCursor& cursor, Mismatch& why, T&... element) {
  std::uint64_t beyond = 0;
  return open_at_least(cursor, sizeof...(T), beyond, why) && decode_each(cursor, why, element...) &&
         skip_values(cursor, beyond);
}

}  // namespace rediscluster::wire
