/// Operations over several slots on a lossy cluster, and a judge that looks at the real servers for what is there
/// before and after. Tests only; one thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <rediscluster/rediscluster.hpp>
#include <string>
#include <vector>

#include "support/lossy_cluster.hpp"

namespace test_support {

using Strings = std::vector<std::string>;
using rediscluster::testing::RawReply;

/// "a", "b" and "c" live on three nodes.
inline std::string key_on_stage(const std::string& name) {
  static const std::map<std::string, int> slots{{"a", 100}, {"b", 8000}, {"c", 16000}};
  return rediscluster::testing::key_in_slot(slots.at(name), name);
}

/// "@a" stands for the key "a".
inline Strings with_keys(Strings words) {
  for (std::string& word : words) {
    if (word.size() == 2 && word[0] == '@') word = key_on_stage(word.substr(1));
  }
  return words;
}

/// What stands in the cluster.
struct State {
  std::map<std::string, Strings> keys;  ///< "a": type and expiry first, then the elements in order. No entry: no key.
  std::map<std::string, Strings> held;  ///< Holding lists with their elements.
  friend bool operator==(const State&, const State&) = default;

  /// How often each element is there, holding lists included.
  std::map<std::string, int> elements() const {
    std::map<std::string, int> counts;
    for (const auto& [name, lines] : keys) {
      for (std::size_t i = 1; i < lines.size(); ++i) ++counts[lines[i]];
    }
    for (const auto& [name, lines] : held) {
      for (const std::string& line : lines) ++counts[line];
    }
    return counts;
  }
  std::string text() const {
    std::string out;
    for (const auto* part : {&keys, &held}) {
      for (const auto& [name, lines] : *part) {
        out += "\n  " + name + ":";
        for (std::size_t i = 0; i < lines.size() && i < 10; ++i) out += " \"" + lines[i].substr(0, 40) + "\"";
        if (lines.size() > 10) out += " ... " + std::to_string(lines.size() - 1) + " elements";
      }
    }
    return out.empty() ? "\n  nothing" : out;
  }
};

inline void PrintTo(const State& state, std::ostream* out) { *out << state.text(); }

class CrossSlotStage {
 public:
  static rediscluster::testing::LocalCluster& real() {
    static rediscluster::testing::LocalCluster cluster({.primaries = 3, .replicas_per_primary = 0});
    return cluster;
  }

  /// A command at the real node of its first key.
  static RawReply at_server(const Strings& command) {
    const Strings words = with_keys(command);
    return real().call(real().primary_of_slot(rediscluster::keyslot(words.at(1))), words);
  }

  static void set_scene(const std::vector<Strings>& commands) {
    for (int i = 0; i < 3; ++i) real().call(i, {"FLUSHALL"});
    for (const Strings& command : commands) {
      const RawReply reply = at_server(command);
      ASSERT_FALSE(reply.is_error()) << command[0] << ": " << reply.text;
    }
  }

  static State look() {
    State state;
    for (const char* name : {"a", "b", "c"}) {
      const std::string key = key_on_stage(name);
      const std::string type = at_server({"TYPE", key}).text;
      if (type == "none") continue;
      Strings lines{type + " expires at " + std::to_string(at_server({"PEXPIRETIME", key}).integer)};
      for (std::string& element : elements(key, type)) lines.push_back(std::move(element));
      state.keys[name] = std::move(lines);
    }
    for (int i = 0; i < 3; ++i) {
      for (const RawReply& key : real().call(i, {"KEYS", "rediscluster:holding:*"}).elements) {
        state.held[key.text] = elements(key.text, at_server({"TYPE", key.text}).text);
      }
    }
    return state;
  }

 private:
  static Strings elements(const std::string& key, const std::string& type) {
    if (type == "string") {
      std::string text = at_server({"GET", key}).text;
      if (text.starts_with("HYLL")) text.erase(8, 8);  // what it remembers of its last count
      return {text};
    }
    const RawReply reply = type == "list" ? at_server({"LRANGE", key, "0", "-1"}) : at_server({type == "hash" ? "HKEYS" : "SMEMBERS", key});
    Strings texts;
    for (const RawReply& element : reply.elements) texts.push_back(element.text);
    if (type != "list") std::sort(texts.begin(), texts.end());
    return texts;
  }
};

/// Elements that stood both before and after a run without trouble must be there at least as often now.
inline void expect_nothing_lost(const State& before, const State& after, const State& now) {
  const auto found = now.elements();
  const auto wanted = after.elements();
  for (const auto& [element, count] : before.elements()) {
    const auto then = wanted.find(element);
    const int least = then == wanted.end() ? 0 : std::min(count, then->second);
    const auto here = found.find(element);
    EXPECT_GE(here == found.end() ? 0 : here->second, least) << '"' << element.substr(0, 40) << "\" was lost; there is:" << now.text();
  }
}

inline rediscluster::Result<rediscluster::Reply> run(rediscluster::RedisCluster& client, const Strings& command) {
  const Strings words = with_keys(command);
  const std::vector<rediscluster::Arg> args(words.begin(), words.end());
  return client.nothrow().execute_words(args);
}

}  // namespace test_support
