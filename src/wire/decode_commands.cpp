#include "wire/decode_commands.hpp"

namespace rediscluster::wire {
namespace {

struct Search {
  std::string type;
  std::map<std::string, std::string> spec;
};

bool take_search(ReplyCursor& cursor, Search& out, Mismatch& why) {
  static constexpr Field<Search> fields[] = {{"type", into<Search, &Search::type>},
                                             {"spec", into<Search, &Search::spec>}};
  return decode_fields<Search>(cursor, out, fields, why);
}

template <std::string CommandKeys::*Type, std::map<std::string, std::string> CommandKeys::*Spec>
bool take_search_of(ReplyCursor& cursor, CommandKeys& out, Mismatch& why) {
  Search search;
  if (!take_search(cursor, search, why)) return false;
  out.*Type = std::move(search.type);
  out.*Spec = std::move(search.spec);
  return true;
}

}  // namespace

bool Decoder<CommandKeys>::decode(ReplyCursor& cursor, CommandKeys& out, Mismatch& why) {
  static constexpr Field<CommandKeys> fields[] = {
      {"flags", into<CommandKeys, &CommandKeys::flags>},
      {"notes", into<CommandKeys, &CommandKeys::notes>},
      {"begin_search", take_search_of<&CommandKeys::begin_search, &CommandKeys::begin_spec>},
      {"find_keys", take_search_of<&CommandKeys::find_keys, &CommandKeys::find_spec>},
  };
  return decode_fields<CommandKeys>(cursor, out, fields, why);
}

bool Decoder<CommandInfo>::decode(ReplyCursor& cursor, CommandInfo& out, Mismatch& why) {
  std::uint64_t beyond = 0;
  return open_at_least(cursor, 6, beyond, why) &&
         decode_each(cursor, why, out.name, out.arity, out.flags, out.first_key, out.last_key, out.step) &&
         decode_while(cursor, why, beyond, out.acl_categories, out.tips, out.keys, out.subcommands) &&
         skip_values(cursor, beyond);
}

bool Decoder<CommandArgument>::decode(ReplyCursor& cursor, CommandArgument& out, Mismatch& why) {
  static constexpr Field<CommandArgument> fields[] = {
      {"name", into<CommandArgument, &CommandArgument::name>},
      {"type", into<CommandArgument, &CommandArgument::type>},
      {"display_text", into<CommandArgument, &CommandArgument::display_text>},
      {"token", into<CommandArgument, &CommandArgument::token>},
      {"summary", into<CommandArgument, &CommandArgument::summary>},
      {"since", into<CommandArgument, &CommandArgument::since>},
      {"deprecated_since", into<CommandArgument, &CommandArgument::deprecated_since>},
      {"key_spec_index", into<CommandArgument, &CommandArgument::key_spec_index>},
      {"flags", into<CommandArgument, &CommandArgument::flags>},
      {"arguments", into<CommandArgument, &CommandArgument::arguments>},
  };
  return decode_fields<CommandArgument>(cursor, out, fields, why);
}

bool Decoder<CommandDocs>::decode(ReplyCursor& cursor, CommandDocs& out, Mismatch& why) {
  static constexpr Field<CommandDocs> fields[] = {
      {"group", into<CommandDocs, &CommandDocs::group>},  // the one that every server and every command has
      {"summary", into<CommandDocs, &CommandDocs::summary>},
      {"since", into<CommandDocs, &CommandDocs::since>},
      {"complexity", into<CommandDocs, &CommandDocs::complexity>},
      {"module", into<CommandDocs, &CommandDocs::module>},
      {"doc_flags", into<CommandDocs, &CommandDocs::doc_flags>},
      {"deprecated_since", into<CommandDocs, &CommandDocs::deprecated_since>},
      {"replaced_by", into<CommandDocs, &CommandDocs::replaced_by>},
      {"history", into<CommandDocs, &CommandDocs::history>},
      {"arguments", into<CommandDocs, &CommandDocs::arguments>},
      {"subcommands", into<CommandDocs, &CommandDocs::subcommands>},
  };
  return decode_fields<CommandDocs>(cursor, out, fields, why);
}

bool Decoder<std::vector<CommandDocs>>::decode(ReplyCursor& cursor, std::vector<CommandDocs>& out, Mismatch& why) {
  std::uint64_t count = 0;
  if (!open_fields(cursor, count, why)) return false;
  out.reserve(bounded_count(cursor, count));
  for (; count > 0; --count) {
    std::string_view name;
    if (!take_name(cursor, name, why)) return false;
    CommandDocs& docs = out.emplace_back();
    docs.name = name;
    if (!Decoder<CommandDocs>::decode(cursor, docs, why)) return false;
  }
  return true;
}

}  // namespace rediscluster::wire
