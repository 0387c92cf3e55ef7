/// The stage of plays about transactions: two nodes, and blocks as the first of them sees them. Tests only.
#pragma once

#include "scripted/play.hpp"

namespace play {

inline void expect_block(ScriptedNode& node, const std::vector<CommandWords>& commands, RawReply exec) {
  node.expect("MULTI").answer_status("OK");
  for (const CommandWords& words : commands) node.expect(words).answer_status("QUEUED");
  node.expect("EXEC").answer(std::move(exec));
}
inline RawReply ran(std::vector<RawReply> replies) { return RawReply::array(std::move(replies)); }

/// Two nodes; the slot of "foo" is at home on the second.
class Transactions : public ::testing::Test {
 protected:
  ~Transactions() override { EXPECT_EQ(cluster_.complaints(), ""); }

  ScriptedCluster cluster_{2};
  ScriptedNode& other_ = cluster_[0];
  ScriptedNode& home_ = cluster_[1];
  RedisCluster client_{{.startup_nodes = cluster_.seeds()}};
};

}  // namespace play
