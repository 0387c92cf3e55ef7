/// What a node says of itself, and sets of slots as text.
#include "slots/own_view.hpp"
#include "slots/parse_cluster_nodes.hpp"

#include <gtest/gtest.h>

#include "unit/slots/asked_node.hpp"

namespace rediscluster::slots {
namespace {

const std::string info_reply = "# Server\r\nredis_version:7.0.15\r\nprocess_id:42\r\nrun_id:abc\r\n";

Result<OwnView> read(const std::string& nodes, const std::string& info_text = info_reply) {
  return read_own_view(nodes, info_text, asked);
}

TEST(OwnView, is_the_line_that_says_myself) {
  const auto view = read(
      "other 10.0.0.1:1@2 master - 0 1 9 connected 100-200 [5->-me]\n"
      "me 10.0.0.9:7009@2 myself,master - 0 1 7 connected 0-5 8 [5->-other] [77-<-third]\n");
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->node_id, "me");
  EXPECT_EQ(view->process, "abc");
  EXPECT_TRUE(view->is_primary);
  EXPECT_EQ(view->config_epoch, 7);
  EXPECT_EQ(to_text(view->owned), "0-5, 8");
  EXPECT_EQ(view->leaving, (std::map<int, std::string>{{5, "other"}}));
  EXPECT_EQ(view->arriving, (std::map<int, std::string>{{77, "third"}}));
  EXPECT_TRUE(view->owns(5));
  EXPECT_FALSE(view->has_whole(5));
  EXPECT_TRUE(view->has_whole(8));
  EXPECT_FALSE(view->owns(77));
}

TEST(OwnView, of_a_replica_owns_nothing) {
  const auto view = read("me 10.0.0.9:7009@2 myself,slave other 0 1 7 connected 0-5\n");
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->is_primary);
  EXPECT_FALSE(view->owns(3));
}

TEST(OwnView, without_a_run_id_goes_by_the_process_id) {
  const auto view = read("me 10.0.0.9:7009@2 myself,master - 0 1 7 connected\n", "process_id:42\n");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->process, "42");
}

TEST(OwnView, that_could_not_tell_a_restart_is_refused) {
  const auto view = read("me 10.0.0.9:7009@2 myself,master - 0 1 7 connected\n", "run_id:\r\n");
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::unexpected_reply);
  EXPECT_EQ(view.error().node, asked);
}

TEST(OwnView, without_a_line_myself_is_refused) {
  const auto view = read("me 10.0.0.9:7009@2 master - 0 1 7 connected\n");
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::unexpected_reply);
}

TEST(OwnView, is_contradicted_by_who_has_its_slots_with_a_higher_epoch) {
  const std::string text =
      "old 10.0.0.1:7001@2 master - 0 1 7 connected 0-99\n"
      "new 10.0.0.2:7002@2 myself,master - 0 1 9 connected 5-7 9\n"
      "low 10.0.0.3:7003@2 master - 0 1 6 connected 20-30\n"
      "rep 10.0.0.4:7004@2 slave new 0 1 9 connected\n";
  const auto known = parse_cluster_nodes(text, asked);
  ASSERT_TRUE(known);
  OwnView replaced{"old", "run", true, 7, {}};
  EXPECT_EQ(to_text(rival_claims(*known, replaced)), "5-7, 9");
  OwnView newest{"new", "run", true, 9, {}};
  EXPECT_EQ(to_text(rival_claims(*known, newest)), "");
}

TEST(SlotSet, is_written_as_runs_and_read_back) {
  SlotSet set;
  for (const int slot : {0, 1, 2, 9, 16382, 16383}) set.add(slot);
  EXPECT_EQ(to_text(set), "0-2, 9, 16382-16383");
  EXPECT_EQ(slot_set_from_text(to_text(set, ",")), set);
  EXPECT_EQ(slot_set_from_text(""), SlotSet{});
  EXPECT_EQ(slot_set_from_text("0-16383"), SlotSet::all());
  EXPECT_EQ(to_text(~set & SlotSet::all()).substr(0, 9), "3-8, 10-1");
}

TEST(SlotSet, is_not_read_from_anything_else) {
  for (const char* text : {"a", "1-", "-1", "5-4", "16384", "0-16384", "1,,2", "1, 2", "1-2-3"}) {
    EXPECT_FALSE(slot_set_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace rediscluster::slots
