// Commands that a server runs only within one slot: each scene is played once with its keys in one slot, where the
// server does it, and once with its keys in several slots, where the client does it in steps. Replies, errors and what
// is left in the keys must be the same.
#include <algorithm>
#include <map>

#include "support/commands_fixture.hpp"

namespace {

using namespace rediscluster;
using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::testing::key_in_slot;
using Strings = std::vector<std::string>;

// "a" and "d" share a slot also when the others do not; "n" is never written.
std::string key(const std::string& name, bool in_one_slot) {
  static const std::map<std::string, int> slots{{"a", 100}, {"b", 8000}, {"c", 16000}, {"d", 100}, {"n", 12000}};
  return key_in_slot(in_one_slot ? 7 : slots.at(name), name);
}

struct Told {
  std::string text;
  bool is_error = false;
};

Told tell(const Result<Reply>& reply) {
  if (!reply) return {reply.error().message, true};
  if (!reply->is_aggregate()) return {reply->to_string()};
  Strings elements;
  for (std::size_t i = 0; i < reply->size(); ++i) elements.push_back((*reply)[i].to_string());
  if (reply->type() == Reply::Type::set) std::sort(elements.begin(), elements.end());
  std::string text = std::to_string(static_cast<int>(reply->type())) + ":";
  // RESP2 sends sets as arrays, in no order either.
  std::sort(elements.begin(), elements.end());
  for (const std::string& element : elements) text += " " + element;
  return {text};
}

using Scene = std::vector<Strings>;  // commands; "@a" is the key "a"

class Stage {
 public:
  Stage(RedisCluster& client, bool in_one_slot) : client_(client.nothrow()), in_one_slot_(in_one_slot) {}

  Told run(Strings words) {
    for (std::string& word : words) {
      if (word.size() == 2 && word[0] == '@') word = key(word.substr(1), in_one_slot_);
    }
    std::vector<Arg> args(words.begin(), words.end());
    return tell(client_.execute_words(args));
  }

  // What stands in a key: type, value, expiry.
  Told state(const std::string& name) {
    const std::string at = "@" + name;
    const std::string type = run({"TYPE", at}).text;
    std::string value;
    if (type == "\"string\"" || type == "string") value = text_of(at);
    if (type.find("list") != std::string::npos) value = list(at);
    if (type.find("set") != std::string::npos) value = run({"SMEMBERS", at}).text;
    if (type.find("hash") != std::string::npos) value = run({"HGETALL", at}).text;
    return {type + " " + value + " expires at " + run({"PEXPIRETIME", at}).text};
  }

 private:
  // A HyperLogLog without what it remembers of its last count.
  std::string text_of(const std::string& at) {
    const std::string text = run({"GET", at}).text;
    return text.starts_with("\"HYLL") ? run({"GETRANGE", at, "0", "7"}).text + run({"GETRANGE", at, "16", "-1"}).text : text;
  }
  std::string list(const std::string& at) {
    std::string text;
    for (int i = 0;; ++i) {
      const Told element = run({"LINDEX", at, std::to_string(i)});
      if (element.text == "nil") return text;
      text += element.text + " ";
    }
  }

  NothrowRedisCluster client_;
  bool in_one_slot_;
};

class SameAsOnOneSlot : public Commands {
 protected:
  void compare(const Scene& scene) {
    Stage native(client_, true);
    Stage emulated(client_, false);
    for (const Strings& words : scene) {
      std::string command;
      for (const std::string& word : words) command += word + " ";
      const Told expected = native.run(words);
      const Told found = emulated.run(words);
      EXPECT_EQ(found.is_error, expected.is_error) << command << ": " << found.text << " instead of " << expected.text;
      if (expected.is_error) {
        EXPECT_TRUE(found.text.starts_with(expected.text)) << command << ": " << found.text << " instead of " << expected.text;
      } else {
        EXPECT_EQ(found.text, expected.text) << command;
      }
      for (const char* name : {"a", "b", "c", "d"}) EXPECT_EQ(emulated.state(name).text, native.state(name).text) << command << ": " << name;
      if (::testing::Test::HasFailure()) return;
    }
    for (const std::string& left : client_.scan_iter({.match = "rediscluster:*"})) ADD_FAILURE() << left << " was left";
  }
};

INSTANTIATE_TEST_SUITE_P(Protocol, SameAsOnOneSlot, ::testing::Values(3, 2),
                         [](const auto& each) { return "RESP" + std::to_string(each.param); });

const std::string binary("\0\r\n$-1\r\n\xff{}", 11);
constexpr const char* far_away = "4102444800123";  // milliseconds: the year 2100

TEST_P(SameAsOnOneSlot, rename) {
  compare({{"RENAME", "@a", "@b"},  // no such key
           {"SET", "@a", "v"},
           {"RENAME", "@a", "@b"},
           {"RENAME", "@a", "@b"},
           {"SET", "@a", ""},
           {"PEXPIREAT", "@a", far_away},
           {"RENAME", "@a", "@b"},
           {"RENAME", "@b", "@c"},
           {"RPUSH", "@a", "x", binary},
           {"PEXPIREAT", "@c", "4102444800999"},
           {"RENAME", "@a", "@c"},  // another type, and its expiry goes
           {"HSET", "@b", "f", binary, binary, "v"},
           {"RENAME", "@b", "@a"},
           {"SET", "@b", binary},
           {"RENAME", "@b", "@c"}});
}

TEST_P(SameAsOnOneSlot, renamenx) {
  compare({{"RENAMENX", "@a", "@b"},
           {"SET", "@b", "there"},
           {"RENAMENX", "@a", "@b"},  // no such key, whatever stands at the other
           {"SET", "@a", "v"},
           {"PEXPIREAT", "@a", far_away},
           {"RENAMENX", "@a", "@b"},
           {"RENAMENX", "@a", "@c"},
           {"RENAMENX", "@c", "@a"},
           {"SADD", "@c", binary, ""},
           {"RENAMENX", "@c", "@b"},
           {"DEL", "@b"},
           {"RENAMENX", "@c", "@b"}});
}

TEST_P(SameAsOnOneSlot, copy) {
  compare({{"COPY", "@a", "@b"},
           {"SET", "@a", binary},
           {"PEXPIREAT", "@a", far_away},
           {"COPY", "@a", "@b"},
           {"SET", "@b", "other"},
           {"COPY", "@a", "@b"},
           {"COPY", "@a", "@b", "replace"},
           {"LPUSH", "@c", "1", "2"},
           {"COPY", "@c", "@b", "REPLACE"}});
}

TEST_P(SameAsOnOneSlot, smove) {
  compare({{"SMOVE", "@a", "@b", "m"},  // nothing anywhere
           {"SET", "@c", "text"},
           {"SMOVE", "@a", "@c", "m"},  // no source: nobody looks at the destination
           {"SADD", "@a", "m", binary, "", "last"},
           {"SMOVE", "@a", "@c", "m"},
           {"SMOVE", "@a", "@c", "nope"},
           {"SMOVE", "@c", "@a", "m"},
           {"SMOVE", "@a", "@b", "nope"},
           {"SMOVE", "@a", "@b", "m"},
           {"SMOVE", "@a", "@b", binary},
           {"SMOVE", "@a", "@b", ""},
           {"SADD", "@b", "last"},
           {"SMOVE", "@a", "@b", "last"},  // stands in both; the source is gone then
           {"SMOVE", "@a", "@b", "last"}});
}

TEST_P(SameAsOnOneSlot, rpoplpush_and_lmove) {
  Scene scene{{"RPOPLPUSH", "@a", "@b"}, {"SET", "@c", "text"},          {"RPOPLPUSH", "@a", "@c"}, {"RPOPLPUSH", "@c", "@a"},
              {"RPUSH", "@a", "1", binary, "", "4", "4", "6", "7", "8"}, {"RPOPLPUSH", "@a", "@c"}, {"RPOPLPUSH", "@a", "@b"},
              {"LMOVE", "@a", "@b", "SIDEWAYS", "LEFT"},                 {"LMOVE", "@a", "@b", "RIGHT", ""},
              {"LMOVE", "@a", "@c", "RIGHT", "LEFT"},                    {"LMOVE", "@n", "@b", "RIGHT", "LEFT"}};
  for (const char* from : {"LEFT", "right"}) {
    for (const char* to : {"left", "RIGHT"}) scene.push_back({"LMOVE", "@a", "@b", from, to});
  }
  for (int i = 0; i < 5; ++i) scene.push_back({"RPOPLPUSH", "@a", "@b"});
  compare(scene);
}

TEST_P(SameAsOnOneSlot, brpoplpush_and_blmove) {
  Scene scene{{"BRPOPLPUSH", "@a", "@b", "0.05"},
              {"BLMOVE", "@a", "@b", "LEFT", "RIGHT", "0.05"},
              {"BRPOPLPUSH", "@a", "@b", "-1"},
              {"BRPOPLPUSH", "@a", "@b", "soon"},
              {"BLMOVE", "@a", "@b", "LEFT", "DOWN", "0.05"},
              {"SET", "@c", "text"},
              {"BRPOPLPUSH", "@c", "@a", "0.05"},
              {"RPUSH", "@a", "1", binary, "", "4", "4", "6", "7", "8"},
              {"BRPOPLPUSH", "@a", "@c", "1"},
              {"BLMOVE", "@a", "@c", "LEFT", "RIGHT", "1"}};
  for (const char* from : {"LEFT", "right"}) {
    for (const char* to : {"left", "RIGHT"}) scene.push_back({"BLMOVE", "@a", "@b", from, to, "1"});
  }
  for (int i = 0; i < 4; ++i) scene.push_back({"BRPOPLPUSH", "@a", "@b", "0"});
  compare(scene);
}

TEST_P(SameAsOnOneSlot, sets_combined) {
  Scene scene{{"SADD", "@a", "1", "2", "3", binary, ""}, {"SADD", "@d", "2", "5"}};
  const auto ask = [&scene] {
    for (const char* name : {"SDIFF", "SINTER", "SUNION"}) {
      scene.push_back({name, "@a", "@b"});
      scene.push_back({name, "@b", "@a", "@d"});
      scene.push_back({name, "@a", "@d", "@b", "@a"});
      scene.push_back({name, "@a", "@b", "@c", "@d"});
      scene.push_back({name, "@c", "@b"});
    }
  };
  ask();
  scene.push_back({"SADD", "@b", "2", "3", binary, "9"});
  ask();
  scene.push_back({"SADD", "@c", "3", ""});
  ask();
  scene.push_back({"DEL", "@c", "@d"});
  scene.push_back({"SET", "@c", "text"});
  ask();
  compare(scene);
}

TEST_P(SameAsOnOneSlot, sets_stored) {
  compare({{"SUNIONSTORE", "@c", "@a", "@b"},  // nothing: no key, and no error
           {"SADD", "@a", "1", "2", "3", binary, ""},
           {"SADD", "@b", "2", "3", binary, "9"},
           {"SET", "@c", "other type", "PXAT", far_away},
           {"SDIFFSTORE", "@c", "@a", "@b"},
           {"PEXPIREAT", "@c", far_away},
           {"SINTERSTORE", "@c", "@a", "@b", "@a"},
           {"SUNIONSTORE", "@c", "@a", "@b"},
           {"SUNIONSTORE", "@d", "@a", "@b", "@c"},
           {"SDIFFSTORE", "@a", "@a", "@b"},  // a source is the destination
           {"SUNIONSTORE", "@b", "@a", "@b"},
           {"SINTERSTORE", "@c", "@a", "@n"},
           {"SET", "@b", "text"},
           {"SUNIONSTORE", "@a", "@a", "@b"},
           {"SDIFFSTORE", "@d", "@b", "@a"},
           {"DEL", "@b"},
           {"SINTERSTORE", "@d", "@a", "@b"},
           {"SDIFFSTORE", "@a", "@b", "@a"}});
}

TEST_P(SameAsOnOneSlot, hyperloglogs) {
  Scene scene{{"PFCOUNT", "@a", "@b"}, {"PFMERGE", "@c", "@a", "@b"}, {"PFCOUNT", "@c", "@a"}};
  for (const char* name : {"@a", "@b", "@d"}) {
    Strings words{"PFADD", name};
    for (int i = 0; i < 300; ++i) words.push_back(name + std::to_string(i) + (i % 2 == 0 ? "" : "shared"));
    scene.push_back(words);
  }
  const Scene more{{"PFCOUNT", "@a", "@b", "@d"},
                   {"PFCOUNT", "@n", "@b", "@a"},
                   {"PFMERGE", "@c", "@a", "@b"},
                   {"PFADD", "@c", "only here"},
                   {"PFMERGE", "@c", "@d"},
                   {"PFCOUNT", "@c"},
                   {"PEXPIREAT", "@c", far_away},
                   {"PFMERGE", "@c", "@b"},
                   {"SET", "@b", ""},
                   {"PFCOUNT", "@a", "@b"},
                   {"PFMERGE", "@a", "@b"},
                   {"SET", "@b", "no registers"},
                   {"PFCOUNT", "@b", "@a"},
                   {"PFMERGE", "@b", "@a"},
                   {"DEL", "@b"},
                   {"RPUSH", "@b", "a list"},
                   {"PFCOUNT", "@a", "@b"},
                   {"PFMERGE", "@a", "@b"}};
  scene.insert(scene.end(), more.begin(), more.end());
  compare(scene);
}

TEST_P(SameAsOnOneSlot, msetnx) {
  compare({{"SET", "@b", ""},
           {"MSETNX", "@a", "1", "@b", "2"},  // an empty value is a value
           {"DEL", "@b"},
           {"RPUSH", "@b", "a list"},
           {"MSETNX", "@a", "1", "@b", "2", "@c", "3"},
           {"DEL", "@b"},
           {"MSETNX", "@a", "1", "@b", binary, "@c", "", "@d", "4", "@a", "again"},
           {"MSETNX", "@a", "1", "@c", "2"}});
}

}  // namespace
