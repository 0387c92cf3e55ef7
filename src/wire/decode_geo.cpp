#include "wire/decode_geo.hpp"

namespace rediscluster::wire {

bool Decoder<GeoPosition>::decode(ReplyCursor& cursor, GeoPosition& out, Mismatch& why) {
  return decode_leading(cursor, why, out.longitude, out.latitude);
}

bool Decoder<GeoMatch>::decode(ReplyCursor& cursor, GeoMatch& out, Mismatch& why) {
  const char type = cursor.peek_type();
  if (type == '$' || type == '+') return Decoder<std::string>::decode(cursor, out.member, why);
  std::uint64_t more = 0;
  if (!open_at_least(cursor, 1, more, why) || !Decoder<std::string>::decode(cursor, out.member, why)) return false;
  for (; more > 0; --more) {
    bool taken = false;
    switch (cursor.peek_type()) {
      case ':':
        taken = Decoder<std::int64_t>::decode(cursor, out.hash.emplace(), why);
        break;
      case '*':
        taken = Decoder<GeoPosition>::decode(cursor, out.position.emplace(), why);
        break;
      default:
        taken = Decoder<double>::decode(cursor, out.distance.emplace(), why);
    }
    if (!taken) return false;
  }
  return true;
}

}  // namespace rediscluster::wire
