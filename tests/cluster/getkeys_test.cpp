/// Our key finding against a real server's: for every command the server has, several commands are made from its own
/// description of the arguments, and COMMAND GETKEYS is asked about each. Both the compiled-in rows and the rows learnt
/// from COMMAND INFO must find the same keys.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <rediscluster/testing/local_server.hpp>
#include <string>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/facts_from_server.hpp"
#include "commands/key_finder.hpp"
#include "commands/letter_case.hpp"
#include "wire/decode.hpp"

namespace rediscluster {
namespace {

using testing::LocalServer;
using testing::RawConnection;
using testing::RawReply;

constexpr int shapes_per_command = 12;

const RawReply& field(const RawReply& map, std::string_view name) {
  static const RawReply nothing;
  for (std::size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map[i].text == name) return map[i + 1];
  }
  return nothing;
}

bool has_flag(const RawReply& argument, std::string_view flag) {
  return std::ranges::any_of(field(argument, "flags").elements, [&](const RawReply& one) { return one.text == flag; });
}

/// Makes words from the argument tree of COMMAND DOCS. Every run with the same seed makes the same words.
class ShapeMaker {
 public:
  explicit ShapeMaker(unsigned seed) : random_(seed) {}

  std::vector<std::string> make(std::vector<std::string> name, const RawReply& arguments) {
    words_ = std::move(name);
    add_all(arguments);
    return words_;
  }

 private:
  unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

  void add_all(const RawReply& arguments) {
    const auto& list = arguments.elements;
    for (std::size_t i = 0; i < list.size(); ++i) {
      // The number of keys must fit the keys that follow; now and then it lies.
      if (field(list[i], "name").text == "numkeys" && i + 1 < list.size()) {
        const std::size_t number_at = words_.size();
        words_.emplace_back();
        add(list[++i]);
        const std::size_t keys = words_.size() - number_at - 1;
        words_[number_at] = roll(8) == 0 ? lie() : std::to_string(keys);
      } else if (field(list[i], "type").text == "key" && i + 1 < list.size() && is_id(list[i + 1])) {
        // XREAD: as many ids as streams.
        const std::size_t first = words_.size();
        add(list[i++]);
        words_.insert(words_.end(), words_.size() - first, "0");
      } else {
        add(list[i]);
      }
    }
  }

  static bool is_id(const RawReply& argument) {
    return equals_ignoring_case(field(argument, "name").text, "id") && has_flag(argument, "multiple");
  }

  std::string lie() {
    static const std::vector<std::string> lies{"-1", "x", "99", ""};
    return lies[roll(4)];
  }

  void add(const RawReply& argument) {
    if (has_flag(argument, "optional") && roll(2) == 0) return;
    const unsigned times = has_flag(argument, "multiple") ? 1 + roll(3) : 1;
    const RawReply& token = field(argument, "token");
    const bool token_each_time = has_flag(argument, "multiple_token");
    for (unsigned i = 0; i < times; ++i) {
      if (!token.text.empty() && (i == 0 || token_each_time)) words_.push_back(token.text == "\"\"" ? "" : token.text);
      add_value(argument);
    }
  }

  void add_value(const RawReply& argument) {
    const std::string& type = field(argument, "type").text;
    const RawReply& children = field(argument, "arguments");
    if (type == "pure-token") return;
    if (type == "block") return add_all(children);
    if (type == "oneof") return add(children[roll(static_cast<unsigned>(children.elements.size()))]);
    if (type == "key") {
      words_.push_back("key" + std::to_string(words_.size()));
    } else if (type == "integer" || type == "unix-time") {
      words_.push_back(std::to_string(roll(100)));
    } else if (type == "double") {
      words_.emplace_back("1.5");
    } else {
      // Words that are options elsewhere, to see whether values are taken for them.
      static const std::vector<std::string> texts{"v", "STORE", "x y", "10", "GET", "LIMIT"};
      words_.push_back(texts[roll(6)]);
    }
  }

  std::mt19937 random_;
  std::vector<std::string> words_;
};

struct ServerCommand {
  std::vector<std::string> name;
  RawReply info;
  RawReply arguments;
};

/// "config|get" -> CONFIG GET
std::vector<std::string> name_words(std::string name) {
  for (char& c : name) c = to_upper(c);
  const std::size_t bar = name.find('|');
  if (bar == std::string::npos) return {name};
  return {name.substr(0, bar), name.substr(bar + 1)};
}

void collect_docs(const RawReply& docs, std::map<std::string, RawReply>& arguments) {
  for (std::size_t i = 0; i + 1 < docs.elements.size(); i += 2) {
    arguments[docs[i].text] = field(docs[i + 1], "arguments");
    collect_docs(field(docs[i + 1], "subcommands"), arguments);
  }
}

std::vector<ServerCommand> callable_commands(RawConnection& connection) {
  std::map<std::string, RawReply> arguments;
  collect_docs(connection.call({"COMMAND", "DOCS"}), arguments);
  std::vector<ServerCommand> commands;
  for (const RawReply& info : connection.call({"COMMAND"}).elements) {
    const bool is_container = !info[9].elements.empty();
    if (!is_container || info[1].integer == -1)
      commands.push_back({name_words(info[0].text), info, arguments[info[0].text]});
    for (const RawReply& sub : info[9].elements)
      commands.push_back({name_words(sub[0].text), sub, arguments[sub[0].text]});
  }
  return commands;
}

std::string sentence(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += "'" + word + "' ";
  return text;
}

/// What COMMAND GETKEYS says: the keys; "no keys" and "refused" are told apart.
struct Answer {
  enum class Kind { keys, none, refused } kind = Kind::none;
  std::vector<std::string> keys;
  friend bool operator==(const Answer&, const Answer&) = default;
};

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  if (answer.kind != Answer::Kind::keys) return out << (answer.kind == Answer::Kind::none ? "no keys" : "refused");
  return out << sentence(answer.keys);
}

Answer ask_server(RawConnection& connection, const std::vector<std::string>& words) {
  std::vector<std::string> question{"COMMAND", "GETKEYS"};
  question.insert(question.end(), words.begin(), words.end());
  const RawReply reply = connection.call(question);
  Answer answer;
  if (reply.is_error()) {
    // A command of one word has no keys; GETKEYS cannot be asked about it at all.
    const bool has_none = reply.text.find("no key arguments") != std::string::npos || words.size() == 1;
    answer.kind = has_none ? Answer::Kind::none : Answer::Kind::refused;
    return answer;
  }
  for (const RawReply& key : reply.elements) answer.keys.push_back(key.text);
  if (!answer.keys.empty()) answer.kind = Answer::Kind::keys;
  return answer;
}

Answer ask_us(const CommandFacts& facts, const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  Answer answer;
  // Commands without keys have their arity checked by encode_words, not by GETKEYS.
  const auto keys = find_keys(facts, views);
  if (!keys || (!facts.keys.empty() && !keys->only_route && !encode_words(facts, views))) {
    answer.kind = Answer::Kind::refused;
    return answer;
  }
  if (keys->only_route) return answer;
  for (int position : *keys) answer.keys.push_back(words[static_cast<std::size_t>(position)]);
  if (!answer.keys.empty()) answer.kind = Answer::Kind::keys;
  return answer;
}

class GetKeys : public ::testing::Test {
 protected:
  /// Every shape of every command; `compare(command, words)` is called once for each.
  template <class Compare>
  void for_each_shape(Compare&& compare) {
    for (const ServerCommand& command : callable_commands(connection_)) {
      ShapeMaker maker(static_cast<unsigned>(std::hash<std::string>{}(sentence(command.name)) & 0xffff));
      for (int i = 0; i < shapes_per_command; ++i) {
        std::vector<std::string> words = maker.make(command.name, command.arguments);
        const bool may_have_more = command.info[1].integer < 0 && command.info[9].elements.empty();
        if (words.size() == 1 && may_have_more) words.emplace_back("x");  // GETKEYS wants at least two words
        ++shapes_;
        compare(command, words);
      }
      ++commands_;
    }
  }

  LocalServer server_;
  RawConnection connection_ = server_.connect();
  int commands_ = 0;
  int shapes_ = 0;
};

/// COMMAND GETKEYS checks the arity of every command; we do so in encode_words.
bool is_refused_for_arity(const ServerCommand& command, const std::vector<std::string>& words) {
  const long long arity = command.info[1].integer, count = static_cast<long long>(words.size());
  return arity < 0 ? count < -arity : count != arity;
}

/// A command that a module brought (vector sets are one in Redis 8): it tells no arity, and ours is that of its documentation.
bool is_of_module(const ServerCommand& command) {
  return std::ranges::any_of(command.info[2].elements, [](const RawReply& flag) { return flag.text == "module"; });
}

/// Where we differ on purpose.
bool is_known_difference(const CommandFacts& facts, const std::vector<std::string>& words, const Answer& ours,
                         const Answer& expected) {
  // A destination alone: it merges nothing, and runs; GETKEYS refuses from Redis 7.2 on.
  if (facts.name == "PFMERGE" && words.size() == 2) return expected.kind == Answer::Kind::refused;
  // EVAL with a number of keys that lies: the server's GETKEYS says "none", its EVAL refuses; we refuse before sending.
  if (facts.has(flag_no_mandatory_keys) && ours.kind == Answer::Kind::refused)
    return expected.kind == Answer::Kind::none;
  // GEORADIUS with both: GETKEYS of 7.0 names both destinations, but only the last one is used, and later versions say
  // so.
  const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
  return facts.name.starts_with("GEORADIUS") && has("STORE") && has("STOREDIST");
}

TEST_F(GetKeys, finds_the_keys_that_the_server_finds) {
  int with_keys = 0, known_differences = 0;
  for_each_shape([&](const ServerCommand& command, const std::vector<std::string>& words) {
    const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
    ASSERT_NE(facts, nullptr) << sentence(words);
    if (is_refused_for_arity(command, words)) return;
    if (is_of_module(command) && !encode_words(*facts, std::vector<std::string_view>(words.begin(), words.end()))) return;
    const Answer expected = ask_server(connection_, words);
    with_keys += expected.kind == Answer::Kind::keys ? 1 : 0;
    const Answer ours = ask_us(*facts, words);
    if (ours != expected && is_known_difference(*facts, words, ours, expected)) {
      ++known_differences;
    } else {
      EXPECT_EQ(ours, expected) << sentence(words);
    }
  });
  EXPECT_LE(known_differences, 30);
  EXPECT_GE(commands_, 340);
  EXPECT_EQ(shapes_, commands_ * shapes_per_command);
  EXPECT_GE(with_keys, 1500);
  RecordProperty("commands", commands_);
  RecordProperty("shapes", shapes_);
  RecordProperty("shapes_with_keys", with_keys);
  std::printf("%d commands, %d shapes, %d of them with keys, %d known differences\n", commands_, shapes_, with_keys,
              known_differences);
}

TEST_F(GetKeys, finds_the_same_with_facts_learnt_from_the_server) {
  for_each_shape([&](const ServerCommand& command, const std::vector<std::string>& words) {
    if (is_refused_for_arity(command, words)) return;
    const std::string bytes = testing::encode_reply(RawReply::array({command.info}), 2);
    const auto learnt = facts_from_server(wire::decode<Reply>(wire::own(bytes), CommandFacts{}).value());
    ASSERT_TRUE(learnt) << sentence(words) << learnt.error().message;
    const Answer ours = ask_us((*learnt)->facts(), words), expected = ask_server(connection_, words);
    if (ours != expected && is_known_difference((*learnt)->facts(), words, ours, expected)) return;
    EXPECT_EQ(ours, expected) << sentence(words);
  });
}

TEST_F(GetKeys, agrees_on_arity_with_the_server) {
  for (const ServerCommand& command : callable_commands(connection_)) {
    if (is_of_module(command)) continue;
    const CommandFacts* facts =
        find_command(command.name[0], command.name.size() > 1 ? command.name[1] : std::string());
    ASSERT_NE(facts, nullptr) << sentence(command.name);
    const auto least = [](long long arity) { return arity < 0 ? -arity : arity; };
    // Ours may be looser, because later servers take more (or fewer) arguments; never stricter.
    EXPECT_LE(least(facts->arity), least(command.info[1].integer)) << sentence(command.name);
    EXPECT_TRUE(facts->arity < 0 || facts->arity == command.info[1].integer) << sentence(command.name);
  }
}

}  // namespace
}  // namespace rediscluster
