/// What a server tells of its commands, as plain values. For what the client itself knows, see command_facts.hpp.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster {

/// Where keys of a command stand, in the server's words (redis.io, "Key specifications").
struct CommandKeys {
  std::vector<std::string> flags{};  ///< "RO", "RW", "access", "update", ...
  std::string notes{};
  std::string begin_search{};                       ///< "index", "keyword" or "unknown"
  std::map<std::string, std::string> begin_spec{};  ///< E.g. "index" to "1".
  std::string find_keys{};                          ///< "range", "keynum" or "unknown"
  std::map<std::string, std::string> find_spec{};   ///< E.g. "lastkey" to "-1".
};

/// One command in COMMAND and COMMAND INFO.
struct CommandInfo {
  std::string name{};                  ///< Lower case; sub-commands as "config|get".
  std::int64_t arity = 0;              ///< Number of words, name included; negative: at least so many.
  std::vector<std::string> flags{};
  std::int64_t first_key = 0;          ///< Position of the first key; 0: none.
  std::int64_t last_key = 0;           ///< Position of the last key; negative: from the end.
  std::int64_t step = 0;               ///< From one key to the next.
  std::vector<std::string> acl_categories{};  ///< Redis 6.0.
  std::vector<std::string> tips{};            ///< Redis 7.0, as the following.
  std::vector<CommandKeys> keys{};
  std::vector<CommandInfo> subcommands{};
};

/// One argument in COMMAND DOCS.
struct CommandArgument {
  std::string name{};
  std::string type{};                ///< "string", "key", "oneof", "block", ...
  std::string display_text{};
  std::string token{};               ///< The word before the value.
  std::string summary{};
  std::string since{};
  std::string deprecated_since{};
  std::optional<std::int64_t> key_spec_index{};
  std::vector<std::string> flags{};  ///< "optional", "multiple", "multiple_token"
  std::vector<CommandArgument> arguments{};
};

/// One command in COMMAND DOCS.
struct CommandDocs {
  std::string name{};  ///< Lower case; sub-commands as "config|get".
  std::string summary{};
  std::string since{};
  std::string group{};
  std::string complexity{};
  std::string module{};
  std::vector<std::string> doc_flags{};  ///< "deprecated", "syscmd"
  std::string deprecated_since{};
  std::string replaced_by{};
  std::vector<std::pair<std::string, std::string>> history{};  ///< Version and change.
  std::vector<CommandArgument> arguments{};
  std::vector<CommandDocs> subcommands{};
};

}  // namespace rediscluster
