/// Rows learnt from COMMAND INFO replies of old and new servers, and from nonsense.
#include "commands/facts_from_server.hpp"

#include <gtest/gtest.h>

#include "unit/commands/words.hpp"
#include "wire/decode.hpp"

namespace rediscluster {
namespace {

Reply reply(std::string_view bytes) { return wire::decode<Reply>(wire::own(bytes), CommandFacts{}).value(); }

/// RESP of nested lists, given as JSON-like text: [a, 1, [b]]; words are bulk strings, '~' is nil.
std::string resp(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    std::string body;
    int count = 0;
    while (!text.starts_with(']')) {
      body += resp(text);
      ++count;
      while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
    }
    text.remove_prefix(1);
    return "*" + std::to_string(count) + "\r\n" + body;
  }
  const std::size_t end = text.find_first_of(",]");
  const std::string word(text.substr(0, end));
  text.remove_prefix(word.size());
  if (word == "~") return "$-1\r\n";
  if (word.find_first_not_of("-0123456789") == std::string::npos) return ":" + word + "\r\n";
  return "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
}

Reply info(std::string_view text) { return reply(resp(text)); }

const std::string spec_of_index_one =
    "[flags, [RW], begin_search, [type, index, spec, [index, 1]], find_keys, [type, range, spec, [lastkey, 0, keystep, "
    "1, limit, 0]]]";

TEST(FactsFromServer, reads_an_entry_of_an_old_server) {
  const auto learnt = facts_from_server(info("[[my.get, -3, [readonly, fast], 1, -2, 2, [@read]]]")).value();
  const CommandFacts& facts = learnt->facts();
  EXPECT_EQ(facts.name, "MY.GET");
  EXPECT_EQ(facts.encoded, "$6\r\nMY.GET\r\n");
  EXPECT_EQ(facts.arity, -3);
  EXPECT_EQ(facts.flags, flag_learnt | flag_read_only | flag_fast);
  EXPECT_EQ(facts.retry, RetryClass::read_only);
  const Words words = split("my.get a 1 b 2 x");
  const auto keys = find_keys(facts, words).value();
  EXPECT_EQ(std::vector<int>(keys.begin(), keys.end()), (std::vector<int>{1, 3}));
}

TEST(FactsFromServer, reads_key_specifications_and_tips) {
  const auto learnt = facts_from_server(info("[[my.sum, -2, [write], 0, 0, 0, [], [request_policy:all_shards, "
                                             "response_policy:agg_sum], [" +
                                             spec_of_index_one + "], []]]"))
                          .value();
  EXPECT_EQ(learnt->facts().request, RequestPolicy::all_shards);
  EXPECT_EQ(learnt->facts().response, ResponsePolicy::agg_sum);
  EXPECT_EQ(learnt->facts().retry, RetryClass::never);
  ASSERT_EQ(learnt->facts().keys.size(), 1u);
  EXPECT_EQ(learnt->facts().keys[0].position, 1);
}

TEST(FactsFromServer, reads_keywords_and_numbers_of_keys) {
  const auto learnt =
      facts_from_server(
          info("[[my.read, -3, [readonly, movablekeys], 0, 0, 0, [], [], ["
               "[flags, [RO], begin_search, [type, keyword, spec, [keyword, IN, startfrom, 1]], find_keys, [type, "
               "keynum, spec, [keynumidx, 0, firstkey, 1, keystep, 1]]]], []]]"))
          .value();
  const Words words = split("MY.READ x in 2 a b c");
  const auto keys = find_keys(learnt->facts(), words).value();
  EXPECT_EQ(std::vector<int>(keys.begin(), keys.end()), (std::vector<int>{4, 5}));
}

TEST(FactsFromServer, finds_the_sub_command) {
  const Reply entry = info("[[my, -2, [], 0, 0, 0, [], [], [], [[my|get, 3, [readonly], 2, 2, 1, [], [], [], []]]]]");
  const auto learnt = facts_from_server(entry, "GET").value();
  EXPECT_EQ(learnt->facts().name, "MY GET");
  EXPECT_EQ(learnt->facts().words, 2);
  EXPECT_EQ(learnt->facts().encoded, "$2\r\nMY\r\n$3\r\nGET\r\n");
  const auto container = facts_from_server(entry, "nosuch").value();
  EXPECT_TRUE(container->facts().has(flag_container));
}

TEST(FactsFromServer, says_that_keys_of_a_movable_command_are_not_all_known) {
  const auto learnt = facts_from_server(info("[[my.mov, -2, [movablekeys], 0, 0, 0, []]]")).value();
  const Words words = split("my.mov a b");
  const auto keys = find_keys(learnt->facts(), words).value();
  EXPECT_TRUE(keys.empty() && keys.incomplete);
}

TEST(FactsFromServer, tells_that_the_server_does_not_know_the_command) {
  EXPECT_EQ(facts_from_server(info("[~]")).error().code, Errc::response_error);
}

TEST(FactsFromServer, refuses_what_is_no_entry) {
  for (const std::string_view text :
       {"[]", "[1]", "[[]]", "[[get]]", "[[get, x, []]]", "[[get, 0, []]]", "[[~, 1, []]]", "[[a|b|c, 1, []]]"}) {
    EXPECT_EQ(facts_from_server(info(text)).error().code, Errc::unexpected_reply) << text;
  }
}

TEST(FactsFromServer, leaves_out_what_makes_no_sense_in_an_entry) {
  const auto learnt =
      facts_from_server(
          info(
              "[[odd, -1, 7, 5, 2, 0, [], [[], request_policy:nosuch], [7, [flags], [begin_search, [type, index, spec, "
              "[index, 99999]], find_keys, [type, range, spec, [lastkey, -1, keystep, 0, limit, 0]]]], 3]]"))
          .value();
  EXPECT_EQ(learnt->facts().request, RequestPolicy::by_key);
  const Words words = split("odd a b");
  EXPECT_TRUE(find_keys(learnt->facts(), words)->empty());
}

}  // namespace
}  // namespace rediscluster
