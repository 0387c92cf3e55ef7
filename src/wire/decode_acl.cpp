#include "wire/decode_acl.hpp"

#include "wire/decode_reports.hpp"

namespace rediscluster::wire {
namespace {

// Patterns: one text, or before Redis 7.0 an array of them.
template <std::string AclUser::*Member>
bool take_patterns(ReplyCursor& cursor, AclUser& out, Mismatch& why) {
  ReplyCursor ahead = cursor;
  ReplyValue value;
  if (!ahead.next(value) || !value.is_aggregate()) return Decoder<std::string>::decode(cursor, out.*Member, why);
  std::vector<std::string> patterns;
  if (!Decoder<std::vector<std::string>>::decode(cursor, patterns, why)) return false;
  std::string& text = out.*Member;
  for (const std::string& pattern : patterns) text += (text.empty() ? "" : " ") + pattern;
  return true;
}

}  // namespace

bool Decoder<AclSelector>::decode(ReplyCursor& cursor, AclSelector& out, Mismatch& why) {
  static constexpr Field<AclSelector> fields[] = {
      {"commands", into<AclSelector, &AclSelector::commands>},
      {"keys", into<AclSelector, &AclSelector::keys>},
      {"channels", into<AclSelector, &AclSelector::channels>},
  };
  return decode_fields<AclSelector>(cursor, out, fields, why);
}

bool Decoder<AclUser>::decode(ReplyCursor& cursor, AclUser& out, Mismatch& why) {
  static constexpr Field<AclUser> fields[] = {
      {"flags", into<AclUser, &AclUser::flags>},       {"passwords", into<AclUser, &AclUser::passwords>},
      {"commands", into<AclUser, &AclUser::commands>}, {"keys", take_patterns<&AclUser::keys>},
      {"channels", take_patterns<&AclUser::channels>}, {"selectors", into<AclUser, &AclUser::selectors>},
  };
  return decode_fields<AclUser>(cursor, out, fields, why);
}

bool Decoder<AclLogEntry>::decode(ReplyCursor& cursor, AclLogEntry& out, Mismatch& why) {
  static constexpr Field<AclLogEntry> fields[] = {
      {"count", into<AclLogEntry, &AclLogEntry::count>},
      {"reason", into<AclLogEntry, &AclLogEntry::reason>},
      {"context", into<AclLogEntry, &AclLogEntry::context>},
      {"object", into<AclLogEntry, &AclLogEntry::object>},
      {"username", into<AclLogEntry, &AclLogEntry::username>},
      {"age-seconds", into<AclLogEntry, &AclLogEntry::age_seconds>},
      {"client-info", into<AclLogEntry, &AclLogEntry::client>},
      {"entry-id", into<AclLogEntry, &AclLogEntry::entry_id>},
      {"timestamp-created", into<AclLogEntry, &AclLogEntry::created_at_ms>},
      {"timestamp-last-updated", into<AclLogEntry, &AclLogEntry::updated_at_ms>},
  };
  return decode_fields<AclLogEntry>(cursor, out, fields, why);
}

}  // namespace rediscluster::wire
