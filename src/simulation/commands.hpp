/// What a simulated server does with a command whose keys it has: the few that workloads use, as Redis 7 does them.
#pragma once

#include "simulation/ledger.hpp"
#include "simulation/store.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::simulation {

using Words = std::vector<std::string>;

/// What there is not, in RESP3 and before.
inline const std::string nil_reply = "_\r\n";
inline const std::string nil_text_reply = "$-1\r\n";
inline const std::string nil_array_reply = "*-1\r\n";
inline constexpr std::size_t longest_list = 64;  // so that copies for replicas stay cheap
inline std::string number_reply(std::int64_t value) { return ":" + std::to_string(value) + "\r\n"; }
inline const std::string ok_reply = "+OK\r\n";
inline const std::string loading_reply = "-LOADING Redis is loading the dataset in memory\r\n";

/// Where a command runs.
struct Act {
  Store& store;
  const Words& words;
  Ledger& ledger;
  base::TimePoint now;
  int node;
  std::uint64_t connection;
  std::uint64_t block;               ///< Of an EXEC; 0: none.
  int protocol;
  base::TimePoint sent;              ///< By the client.
  std::set<std::string>& changed;    ///< Keys that it has changed.

  void ran(std::string_view text) {
    if (const auto token = Token::of(text)) ledger.ran(*token, now, node, connection, block, sent);
  }
  const std::string& nil() const { return protocol == 3 ? nil_reply : nil_text_reply; }
  /// To be changed: nobody else has this one.
  Value& change(const std::string& key, Value::Kind kind);
  /// Null: there is none.
  const Value* find(const std::string& key) const;
  /// Whether it was there.
  bool remove(const std::string& key);
};

struct Known {
  std::string_view name;
  /// The reply, or empty: it waits (BLPOP).
  std::string (*run)(Act&);
  int first_key;  ///< Where the keys stand among the words; 0: none.
  int last_key;   ///< -1: the last word, -2: the one before it.
  int step;
  bool writes;
  std::size_t least_words;
};

/// Null: it is not known.
const Known* known_command(std::string_view name);

/// EVAL, with the text of a script in its second word: those of the client's own locks, and one that pushes its argument.
std::string run_script(Act& act);

/// Keys of a command, as it was sent. For EVAL and EVALSHA the count is looked at.
std::vector<std::string_view> keys_of(const Known& command, const Words& words);

}  // namespace rediscluster::simulation
