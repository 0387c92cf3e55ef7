/// Asking one node for its view of the cluster, on a connection that others use, too.
#include "cluster/topology/topology_source.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <rediscluster/testing/raw_connection.hpp>
#include <rediscluster/testing/scripted_node.hpp>

#include "cluster/nodes/node_table.hpp"

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;
using testing::Gate;
using testing::ScriptedNode;

base::Deadline in(base::Duration time) { return base::Deadline::after(base::Clock::now(), time); }

Config with_one_lane() {
  Config config;
  config.options.lanes_per_node = 1;
  return config;
}

TEST(ViewQuestion, that_nobody_wants_any_more_leaves_those_who_wait_on_the_connection_alone) {
  ScriptedNode server;
  Gate gate;
  server.always("GET", "k").after(gate).answer_bulk("v");
  const Config config = with_one_lane();
  NodeTable nodes{config, 1};
  Node& node = nodes.at(server.address());
  const std::string get = testing::encode_command({"GET", "k"});
  drive::LaneTicket ticket;
  const LanePool::Use use = node.lanes().shared(base::Clock::now());
  use.lane().start(get, ticket, in(5s), base::Clock::now());
  const std::atomic<bool> given_up{true};

  const base::TimePoint begin = base::Clock::now();
  EXPECT_FALSE(ask_for_view(node, in(5s), drive::Wishes{nullptr, &given_up}));
  EXPECT_LT(base::Clock::now() - begin, 2s) << "nobody waits for its answer";

  gate.open();
  use.lane().finish(ticket, in(5s));
  EXPECT_EQ(ticket.state(), link::Ticket::State::done) << ticket.failure().message;
}

}  // namespace
}  // namespace rediscluster::cluster
