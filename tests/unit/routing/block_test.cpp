/// The block between MULTI and EXEC: one slot, who may be in it, what its replies come to.
#include "routing/block.hpp"

#include <gtest/gtest.h>

#include <rediscluster/commands/all.hpp>
#include <rediscluster/commands/transactions.hpp>

namespace rediscluster::routing {
namespace {

using Kind = BlockOutcome::Kind;

std::vector<wire::Frame> frames(std::initializer_list<const char*> lines) {
  std::vector<wire::Frame> frames;
  for (const char* line : lines) frames.push_back(wire::own(std::string(line) + "\r\n"));
  return frames;
}

/// Commands and views of them.
struct Commands {
  Commands(std::initializer_list<EncodedCommand> commands) : owned(commands), views(owned.begin(), owned.end()) {}
  std::vector<EncodedCommand> owned;
  std::vector<CommandView> views;
};

TEST(CommonSlot, is_that_of_all_keys_and_none_without_keys) {
  EXPECT_EQ(common_slot(Commands({cmd::get("foo"), cmd::ping(), cmd::set("{foo}a", "1")}).views).value(), 12182);
  EXPECT_EQ(common_slot(Commands({cmd::ping()}).views).value(), EncodedCommand::no_slot);
  EXPECT_EQ(common_slot(Commands({cmd::ping(), cmd::publish("foo", "m")}).views).value(), 12182) << "the way of the channel";
  EXPECT_EQ(common_slot(Commands({cmd::publish("a", "m"), cmd::get("foo")}).views).value(), 12182);
  EXPECT_EQ(common_slot(Commands({cmd::get("foo")}).views, 12182).value(), 12182);
}

TEST(CommonSlot, lists_all_keys_when_they_differ) {
  const auto slot = common_slot(Commands({cmd::get("foo"), cmd::mget({"{foo}a", "bar"})}).views);
  ASSERT_FALSE(slot);
  EXPECT_EQ(slot.error().code, Errc::cross_slot);
  EXPECT_NE(slot.error().message.find("# 1 GET: \"foo\" is in slot 12182; # 2 MGET: \"{foo}a\" is in slot 12182, \"bar\" is in slot 5061"), std::string::npos)
      << slot.error().message;
  EXPECT_FALSE(common_slot(Commands({cmd::get("foo")}).views, 5061));
}

TEST(ReadBlock, knows_the_four_ways_of_not_having_run) {
  EXPECT_EQ(read_block(frames({"+OK", "+QUEUED", "*-1"}), 1).kind, Kind::watch_lost);
  EXPECT_EQ(read_block(frames({"+OK", "+QUEUED", "_"}), 1).kind, Kind::watch_lost);

  const BlockOutcome refused = read_block(frames({"+OK", "+QUEUED", "-MOVED 1 h:1", "-EXECABORT Transaction discarded"}), 2);
  EXPECT_EQ(refused.kind, Kind::refused);
  EXPECT_EQ(refused.refused, 1);
  EXPECT_EQ(refused.error.bytes(), "-MOVED 1 h:1\r\n");
  EXPECT_FALSE(refused.may_be_left_open);

  const BlockOutcome moved = read_block(frames({"+OK", "+QUEUED", "-ASK 1 h:1"}), 1);
  EXPECT_EQ(moved.kind, Kind::refused);
  EXPECT_EQ(moved.refused, BlockOutcome::not_a_command);
  EXPECT_EQ(moved.error.bytes(), "-ASK 1 h:1\r\n");

  EXPECT_EQ(read_block(frames({"+OK", "+QUEUED"}), 1).kind, Kind::unknown);
  EXPECT_EQ(read_block({}, 1).kind, Kind::unknown);
}

TEST(ReadBlock, believes_a_refused_command_although_the_reply_of_exec_is_lost) {
  EXPECT_EQ(read_block(frames({"+OK", "-TRYAGAIN x"}), 2).kind, Kind::refused);
}

TEST(ReadBlock, takes_what_execabort_quotes) {
  const BlockOutcome outcome =
      read_block(frames({"+OK", "+QUEUED", "-EXECABORT Transaction discarded because of: LOADING Redis is loading"}), 1);
  EXPECT_EQ(outcome.error.bytes(), "-LOADING Redis is loading\r\n");
  EXPECT_FALSE(outcome.may_be_left_open);
}

TEST(ReadBlock, distrusts_a_connection_whose_exec_was_refused_for_itself) {
  EXPECT_TRUE(read_block(frames({"+OK", "+QUEUED", "-NOPERM no exec"}), 1).may_be_left_open);
}

TEST(ReadBlock, tells_that_multi_was_refused_because_watches_stay_then) {
  EXPECT_TRUE(read_block(frames({"-NOPERM no multi", ":1", "-ERR EXEC without MULTI"}), 1).multi_refused);
  EXPECT_TRUE(read_block(frames({"-NOAUTH no", "-NOAUTH no", "-NOAUTH no"}), 1).multi_refused);
  EXPECT_FALSE(read_block(frames({"+OK", "-NOPERM no", "-EXECABORT no"}), 1).multi_refused);
}

TEST(ReadBlock, notices_commands_that_ran_without_multi) {
  EXPECT_EQ(read_block(frames({"-NOPERM no multi", ":1", "-ERR EXEC without MULTI"}), 1).kind, Kind::ran_loose);
  EXPECT_EQ(read_block(frames({"-NOAUTH x", "-NOAUTH x", "-NOAUTH x"}), 1).kind, Kind::refused);
}

TEST(ReadBlock, accepts_an_array_and_nothing_else_as_run) {
  EXPECT_EQ(read_block(frames({"+OK", "+QUEUED", "*1\r\n:1"}), 1).kind, Kind::ran);
  EXPECT_EQ(read_block(frames({"+OK", "+QUEUED", "+OK"}), 1).kind, Kind::damaged);
}

TEST(ElementsOf, gives_each_reply_as_it_stands) {
  const auto elements = elements_of(wire::own("*3\r\n:1\r\n-WRONGTYPE x\r\n*2\r\n$1\r\na\r\n_\r\n"), 3);
  ASSERT_TRUE(elements);
  EXPECT_EQ((*elements)[0].bytes(), ":1\r\n");
  EXPECT_TRUE((*elements)[1].is_error());
  EXPECT_EQ((*elements)[2].bytes(), "*2\r\n$1\r\na\r\n_\r\n");
  EXPECT_FALSE(elements_of(wire::own("*1\r\n:1\r\n"), 2));
}

TEST(BlockRetryClass, is_that_of_its_most_dangerous_command) {
  EXPECT_EQ(block_retry_class(Commands({cmd::get("a"), cmd::get("b")}).views), RetryClass::read_only);
  EXPECT_EQ(block_retry_class(Commands({cmd::set("a", "1"), cmd::set("b", "1")}).views), RetryClass::idempotent);
  // A second run would read what the first one has written.
  EXPECT_EQ(block_retry_class(Commands({cmd::get("a"), cmd::set("a", "1")}).views), RetryClass::never);
  EXPECT_EQ(block_retry_class(Commands({cmd::set("a", "1"), cmd::incr("a")}).views), RetryClass::never);
  // Each of these may run twice, but not both: the second copy would take the new value.
  EXPECT_EQ(block_retry_class(Commands({cmd::sinterstore("b", {"a"}), cmd::set("a", "1")}).views), RetryClass::never);
}

TEST(CheckInBlock, refuses_what_belongs_to_the_connection_or_to_several_nodes) {
  EXPECT_TRUE(check_in_block(cmd::get("a")));
  EXPECT_TRUE(check_in_block(cmd::ping()));
  EXPECT_TRUE(check_in_block(cmd::blpop({"a"}, std::chrono::seconds(0))));
  for (const EncodedCommand& command : {EncodedCommand(cmd::multi()), EncodedCommand(cmd::watch({"a"})), EncodedCommand(cmd::flushall()), EncodedCommand(cmd::dbsize())}) {
    const auto checked = check_in_block(command);
    ASSERT_FALSE(checked) << command.facts().name;
    EXPECT_EQ(checked.error().code, Errc::not_allowed);
  }
}

}  // namespace
}  // namespace rediscluster::routing
