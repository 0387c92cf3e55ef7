/// The timeouts of blocking commands: found where they stand, and replaced by what is left of them.
#include "commands/block_timeout.hpp"

#include <rediscluster/commands/list.hpp>
#include <set>

#include "commands/command_table.hpp"
#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

using std::chrono::milliseconds;

/// The command with `left` milliseconds to wait.
std::string with_left(std::string_view sentence, int left) {
  const Result<EncodedCommand> command = encode(sentence);
  EXPECT_TRUE(command.has_value()) << sentence;
  return bytes_with_block_timeout(*command, milliseconds(left));
}
std::string bytes_of(std::string_view sentence) { return std::string(encode(sentence)->bytes()); }

struct Row {
  const char* before;
  const char* after;  // with 1500 ms left
};

constexpr Row rows[] = {
    {"BLPOP a b 10", "BLPOP a b 1.5"},
    {"BRPOP a 2.25", "BRPOP a 1.5"},
    {"BRPOPLPUSH a b 100", "BRPOPLPUSH a b 1.5"},
    {"BLMOVE a b LEFT RIGHT 7", "BLMOVE a b LEFT RIGHT 1.5"},
    {"BLMPOP 30 2 a b LEFT COUNT 3", "BLMPOP 1.5 2 a b LEFT COUNT 3"},
    {"BZPOPMIN a b 4", "BZPOPMIN a b 1.5"},
    {"BZPOPMAX a 4", "BZPOPMAX a 1.5"},
    {"BZMPOP 4 1 a MIN", "BZMPOP 1.5 1 a MIN"},
    {"XREAD COUNT 2 BLOCK 20000 STREAMS a $", "XREAD COUNT 2 BLOCK 1500 STREAMS a $"},
    {"XREADGROUP GROUP BLOCK c BLOCK 20000 STREAMS BLOCK >", "XREADGROUP GROUP BLOCK c BLOCK 1500 STREAMS BLOCK >"},
    {"WAIT 1 20000", "WAIT 1 1500"},
    {"WAITAOF 1 1 20000", "WAITAOF 1 1 1500"},
};

TEST(BlockTimeout, is_replaced_by_what_is_left_and_nothing_else_changes) {
  for (const Row& row : rows) EXPECT_EQ(with_left(row.before, 1500), bytes_of(row.after)) << row.before;
}

TEST(BlockTimeout, every_blocking_command_of_the_table_is_covered_here) {
  std::set<std::string_view> covered;
  for (const Row& row : rows) covered.insert(split(row.before).front());
  covered.insert("BLMOVEM");  // has a play of its own below
  for (const CommandFacts* facts : all_commands()) {
    if (!facts->has(flag_blocking)) continue;
    EXPECT_TRUE(covered.count(facts->name) == 1) << facts->name;
  }
}

TEST(BlockTimeout, stands_in_front_of_the_count_of_blmovem) {
  const Words words = split("BLMOVEM a b LEFT RIGHT 7 COUNT 3");
  const CommandFacts* facts = find_command("BLMOVEM");
  if (facts == nullptr) GTEST_SKIP() << "the table does not know it";
  const Result<EncodedCommand> command = encode_words(*facts, words);
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(command->block_for(), milliseconds(7000));
  EXPECT_NE(bytes_with_block_timeout(*command, milliseconds(250)).find("$4\r\n0.25\r\n$5\r\nCOUNT"), std::string::npos);
}

TEST(BlockTimeout, for_ever_stays_for_ever) {
  for (const char* sentence : {"BLPOP a 0", "XREAD BLOCK 0 STREAMS a $", "WAIT 1 0"}) EXPECT_EQ(with_left(sentence, 5), bytes_of(sentence));
}

TEST(BlockTimeout, nothing_left_is_not_for_ever) {
  EXPECT_EQ(with_left("BLPOP a 3", 0), bytes_of("BLPOP a 0.001"));
  EXPECT_EQ(with_left("BLPOP a 3", -20), bytes_of("BLPOP a 0.001"));
  EXPECT_EQ(with_left("XREAD BLOCK 9 STREAMS a $", 0), bytes_of("XREAD BLOCK 1 STREAMS a $"));
}

TEST(BlockTimeout, a_command_that_does_not_wait_is_left_alone) {
  EXPECT_EQ(with_left("XREAD STREAMS a $", 5), bytes_of("XREAD STREAMS a $"));
  EXPECT_EQ(with_left("GET a", 5), bytes_of("GET a"));
}

TEST(BlockTimeout, keys_that_look_like_timeouts_and_line_ends_are_left_alone) {
  EncodedCommand command(facts::blpop);
  command.key("1\r\n$1\r\n5");
  command.key("5");
  command.arg("5");
  command.block_for(milliseconds(5000));
  EncodedCommand expected(facts::blpop);
  expected.key("1\r\n$1\r\n5");
  expected.key("5");
  expected.arg("4.2");
  EXPECT_EQ(bytes_with_block_timeout(command, milliseconds(4200)), expected.bytes());
}

TEST(BlockTimeout, a_year_is_for_ever) {
  EXPECT_TRUE(blocks_for_ever(*encode("BLPOP a 0")));
  EXPECT_TRUE(blocks_for_ever(*encode("BLPOP a 1e14")));
  EXPECT_FALSE(blocks_for_ever(*encode("BLPOP a 86400")));
  EXPECT_FALSE(blocks_for_ever(*encode("GET a")));
}

}  // namespace
}  // namespace rediscluster
