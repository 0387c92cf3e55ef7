/// What a view keeps of a command in its 24 bytes.
#include "commands/command_view.hpp"

#include <gtest/gtest.h>

#include <rediscluster/commands/all.hpp>

namespace rediscluster {
namespace {

TEST(CommandView, says_the_same_as_its_command) {
  std::vector<EncodedCommand> commands{cmd::get("foo"), cmd::ping(), cmd::mget({"foo", "bar"}), cmd::blpop({"foo"}, std::chrono::seconds(1)),
                                       cmd::set(std::string(5, 'k'), std::string(1'000'000, 'v'))};
  for (int i = 0; i < 12; ++i) commands.back().arg("more");
  for (const EncodedCommand& command : commands) {
    const CommandView view = command;
    EXPECT_EQ(&view.facts(), &command.facts());
    EXPECT_EQ(view.bytes(), command.bytes());
    EXPECT_EQ(view.slot(), command.slot());
    EXPECT_EQ(view.blocks(), command.block_for().has_value());
    EXPECT_EQ(view.argument_count(), command.argument_count());
  }
}

TEST(CommandView, holds_every_slot) {
  for (int slot = EncodedCommand::several_slots; slot < 16384; ++slot) {
    ASSERT_EQ(CommandView(cmd::get("k").facts(), "*0\r\n", slot).slot(), slot);
  }
}

}  // namespace
}  // namespace rediscluster
