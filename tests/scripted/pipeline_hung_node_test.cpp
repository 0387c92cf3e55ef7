/// A node that does not answer, in one batch with others: what these say is acted on at once, and not when its time is up.
#include "play.hpp"

namespace {

using namespace play;

/// "bar" belongs to a node that never answers, "foo" to one that does; between them stands one without a part in it.
class HungNode : public ::testing::Test {
 protected:
  HungNode() { hung.always(starts_with({"INCR", "bar"})).silence(); }
  ~HungNode() override { EXPECT_EQ(cluster.complaints(), ""); }

  /// INCR of both; the node on which "foo" is counted answers with counts().
  void expect_foo_counted_early() {
    auto pipe = client.pipeline();
    const auto stuck = pipe.incr("bar");
    const auto fine = pipe.incr("foo");
    const auto begin = Clock::now();
    pipe.execute({.raise_on_error = false});
    EXPECT_FALSE(stuck.result());
    ASSERT_TRUE(fine.result()) << to_string(fine.result().error());
    EXPECT_EQ(fine.value(), 1);
    EXPECT_LT(counted_at - begin, 1s);
  }
  std::function<RawReply(const CommandWords&)> counts() {
    return [this](const CommandWords&) {
      counted_at = Clock::now();
      return RawReply::number(1);
    };
  }

  Clock::time_point counted_at{};
  ScriptedCluster cluster{3};
  ScriptedNode &hung = cluster[0], &third = cluster[1], &home = cluster[2];
  RedisCluster client{{.startup_nodes = cluster.seeds(), .command_timeout = 2s}};
};

TEST_F(HungNode, does_not_keep_a_redirect_of_another_from_being_followed) {
  home.expect("INCR", "foo").answer_error(moved_to(third));
  third.expect("INCR", "foo").answer_with(counts());
  expect_foo_counted_early();
}

TEST_F(HungNode, does_not_keep_a_command_from_being_sent_again_to_another) {
  home.expect("INCR", "foo").answer_error("LOADING Redis is loading the dataset in memory");
  home.expect("INCR", "foo").answer_with(counts());
  expect_foo_counted_early();
}

TEST_F(HungNode, does_not_keep_those_behind_a_redirected_one_of_their_slot_from_following_it) {
  home.expect("INCR", "foo").answer_error(ask_at(third));
  home.expect("APPEND", "foo", "x").answer_error(ask_at(third));
  third.expect("ASKING").answer_status("OK");
  third.expect("INCR", "foo").answer_integer(1);
  third.expect("ASKING").answer_status("OK");
  third.expect("APPEND", "foo", "x").answer_with(counts());
  auto pipe = client.pipeline();
  const auto stuck = pipe.incr("bar");
  const auto first = pipe.incr("foo");
  const auto second = pipe.append("foo", "x");
  const auto begin = Clock::now();
  pipe.execute({.raise_on_error = false});
  EXPECT_FALSE(stuck.result());
  EXPECT_EQ(first.value(), 1);
  EXPECT_EQ(second.value(), 1);
  EXPECT_LT(counted_at - begin, 1s);
}

TEST_F(HungNode, holds_back_what_follows_in_its_own_slot_until_its_time_is_up) {
  auto pipe = client.pipeline();
  const auto stuck = pipe.incr("bar");
  const auto behind = pipe.incr("bar");
  home.expect("INCR", "foo").answer_error(moved_to(third));
  third.expect("INCR", "foo").answer_with(counts());
  const auto fine = pipe.incr("foo");
  pipe.execute({.raise_on_error = false});
  EXPECT_EQ(fine.value(), 1);
  for (const auto* each : {&stuck, &behind}) {
    ASSERT_FALSE(each->result());
    EXPECT_EQ(each->result().error().code, Errc::timed_out);
    EXPECT_EQ(each->result().error().execution, Execution::maybe_executed);
  }
  EXPECT_EQ(hung.received("INCR"), 2) << "each was sent once";
}

}  // namespace
