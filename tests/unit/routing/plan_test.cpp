/// Where commands go.
#include "routing/plan.hpp"

#include <gtest/gtest.h>

#include "unit/routing/command_play.hpp"

namespace rediscluster::routing {
namespace {

using Words = std::vector<std::string>;

Errc refusal(const Words& words, CrossSlot cross_slot = CrossSlot::split) {
  const Result<Plan> planned = plan(command(words), cross_slot);
  return planned ? Errc{} : planned.error().code;
}

TEST(Plan, sends_a_command_with_keys_to_their_slot) {
  for (const Words& words : {Words{"GET", "foo"}, Words{"SET", "foo", "v"}, Words{"MGET", "foo", "{foo}2"},
                             Words{"EVAL", "s", "1", "foo", "a"}, Words{"SPUBLISH", "foo", "m"},
                             Words{"XREAD", "COUNT", "1", "STREAMS", "foo", "0"}, Words{"OBJECT", "ENCODING", "foo"}}) {
    const Result<Plan> planned = plan(command(words), CrossSlot::refuse);
    ASSERT_TRUE(planned) << words[0] << ": " << planned.error().message;
    EXPECT_EQ(planned->kind, Plan::Kind::slot) << words[0];
    EXPECT_EQ(planned->slot, 12182) << words[0];
  }
}

TEST(Plan, splits_what_can_be_split) {
  for (const Words& words : {Words{"MGET", "a", "b"}, Words{"MSET", "a", "1", "b", "2"}, Words{"DEL", "a", "b"},
                             Words{"UNLINK", "a", "b"}, Words{"EXISTS", "a", "b"}, Words{"TOUCH", "a", "b"}}) {
    const Result<Plan> planned = plan(command(words), CrossSlot::split);
    ASSERT_TRUE(planned) << words[0];
    EXPECT_EQ(planned->kind, Plan::Kind::split) << words[0];
  }
}

TEST(Plan, refuses_to_split_when_the_option_says_so) {
  EXPECT_EQ(refusal({"MGET", "a", "b"}, CrossSlot::refuse), Errc::cross_slot_refused);
}

TEST(Plan, refuses_several_slots_for_commands_that_need_one) {
  for (const Words& words : {Words{"SUNION", "a", "b"}, Words{"RENAME", "a", "b"}, Words{"EVAL", "s", "2", "a", "b"},
                             Words{"MSETNX", "a", "1", "b", "2"}, Words{"BITOP", "AND", "a", "b"}}) {
    EXPECT_EQ(refusal(words), Errc::cross_slot) << words[0];
  }
}

TEST(Plan, refuses_to_go_on_with_a_scan_at_any_node) {
  for (const char* cursor : {"5", "00017", "18446744073709551615"}) {
    EXPECT_EQ(refusal({"SCAN", cursor}), Errc::not_allowed) << cursor;
    EXPECT_EQ(refusal({"SCAN", cursor, "MATCH", "*", "COUNT", "10"}), Errc::not_allowed) << cursor;
    EXPECT_FALSE(check_everywhere(command({"SCAN", cursor}))) << cursor;
  }
  EXPECT_EQ(refusal({"SCAN", "0"}), Errc{});
  EXPECT_EQ(refusal({"SCAN", "not-a-number"}), Errc{}) << "that is for the server to say";
  EXPECT_TRUE(check_everywhere(command({"SCAN", "0"})));
  const std::string message = plan(command({"SCAN", "5"}), CrossSlot::split).error().message;
  for (const char* part : {"on(node)", "scan_iter()"}) EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Plan, names_keys_slots_and_the_cure_when_slots_differ) {
  const std::string message = plan(command({"SUNION", "a", "b"}), CrossSlot::split).error().message;
  for (const char* part : {"SUNION", "\"a\" is in slot 15495", "\"b\" is in slot 3300", "hash tag"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Plan, sends_commands_without_keys_by_their_policy) {
  const std::vector<std::pair<Words, Plan::Kind>> rows{
      {{"DBSIZE"}, Plan::Kind::all_shards},          {{"KEYS", "*"}, Plan::Kind::all_shards},
      {{"FLUSHALL"}, Plan::Kind::all_shards},        {{"SCRIPT", "LOAD", "s"}, Plan::Kind::all_nodes},
      {{"PUBLISH", "c", "m"}, Plan::Kind::channel}, {{"EVAL", "s", "0"}, Plan::Kind::any_node}};
  for (const auto& [words, kind] : rows) {
    const Result<Plan> planned = plan(command(words), CrossSlot::split);
    ASSERT_TRUE(planned) << words[0] << ": " << planned.error().message;
    const bool as_told = planned->kind == kind || (kind == Plan::Kind::all_shards && planned->kind == Plan::Kind::all_nodes);
    EXPECT_TRUE(as_told) << words[0] << " goes to kind " << static_cast<int>(planned->kind);
  }
}

TEST(Plan, sends_a_command_that_names_a_slot_to_that_slot) {
  const Result<Plan> planned = plan(command({"CLUSTER", "COUNTKEYSINSLOT", "77"}), CrossSlot::split);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_EQ(planned->kind, Plan::Kind::slot);
  EXPECT_EQ(planned->slot, 77);
}

TEST(Plan, refuses_slot_numbers_that_are_none) {
  for (const char* slot : {"16384", "-1", "x", "", "1.5", "99999999999999999999"})
    EXPECT_EQ(refusal({"CLUSTER", "COUNTKEYSINSLOT", slot}), Errc::bad_option) << slot;
  EXPECT_EQ(refusal({"CLUSTER", "COUNTKEYSINSLOT"}), Errc::wrong_arity);
}

TEST(Plan, asks_for_a_node_where_only_the_caller_can_know_it) {
  EXPECT_EQ(refusal({"CLUSTER", "FAILOVER"}), Errc::unknown_node);
}

TEST(Plan, needs_a_key_for_commands_over_keys) { EXPECT_EQ(refusal({"MGET"}), Errc::missing_key); }

// Connections are shared: a subscription has no reply in RESP3, SELECT and MULTI would change other callers' commands.
TEST(Plan, refuses_every_command_that_changes_its_connection) {
  for (const Words& words : std::vector<Words>{{"SELECT", "1"},
                                               {"MULTI"},
                                               {"EXEC"},
                                               {"DISCARD"},
                                               {"WATCH", "k"},
                                               {"UNWATCH"},
                                               {"SUBSCRIBE", "c"},
                                               {"PSUBSCRIBE", "p"},
                                               {"SSUBSCRIBE", "c"},
                                               {"UNSUBSCRIBE"},
                                               {"PUNSUBSCRIBE"},
                                               {"SUNSUBSCRIBE"},
                                               {"SUNSUBSCRIBE", "c"},
                                               {"MONITOR"},
                                               {"AUTH", "p"},
                                               {"HELLO", "2"},
                                               {"RESET"},
                                               {"QUIT"},
                                               {"READONLY"},
                                               {"READWRITE"},
                                               {"ASKING"},
                                               {"CLIENT", "REPLY", "OFF"},
                                               {"CLIENT", "TRACKING", "ON"},
                                               {"SYNC"},
                                               {"PSYNC", "?", "-1"}}) {
    EXPECT_EQ(refusal(words), Errc::not_allowed) << words[0] << (words.size() > 1 ? " " + words[1] : "");
  }
}

TEST(ListKeys, shows_at_most_eight_keys_and_makes_them_printable) {
  Words words{"MGET", std::string(1000, 'x'), "a\r\nb"};
  for (int i = 0; i < 20; ++i) words.push_back("key" + std::to_string(i));
  const std::string text = list_keys(command(words));
  EXPECT_LT(text.size(), 500u);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("..."), std::string::npos);
  EXPECT_NE(text.find("key5"), std::string::npos);
  EXPECT_EQ(text.find("key6"), std::string::npos);
}

TEST(Plan, sends_the_messages_of_a_channel_one_way) {
  for (const char* text : {"1", "2"}) {
    const Result<Plan> planned = plan(command({"PUBLISH", "foo", text}), CrossSlot::refuse);
    ASSERT_TRUE(planned);
    EXPECT_EQ(planned->kind, Plan::Kind::channel);
    EXPECT_EQ(planned->slot, 12182);
  }
}

}  // namespace
}  // namespace rediscluster::routing
