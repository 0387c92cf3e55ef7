/// What is said on a fresh connection, and what becomes of it when the server refuses, is old, or says nothing.
#include <atomic>
#include <thread>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;

/// The words that came on a connection, joined, up to the first that is no handshake.
std::vector<std::string> said_on(const ScriptedNode& node, int connection) {
  std::vector<std::string> said;
  for (const ScriptedLogEntry& entry : node.log()) {
    if (entry.connection != connection) continue;
    std::string text;
    for (const std::string& word : entry.words) text += (text.empty() ? "" : " ") + word;
    said.push_back(text);
  }
  return said;
}

TEST(Handshake, says_hello_its_names_and_nothing_more) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .client_name = "shop"});
  const std::vector<std::string> said = said_on(cluster[0], 1);
  ASSERT_GE(said.size(), 5u);
  EXPECT_EQ(said[0], "HELLO 3");
  EXPECT_EQ(said[1], "CLIENT SETNAME shop");
  EXPECT_EQ(said[2], "CLIENT SETINFO LIB-NAME rediscluster");
  EXPECT_TRUE(said[3].starts_with("CLIENT SETINFO LIB-VER ")) << said[3];
  EXPECT_EQ(said[4], "CLUSTER SLOTS");
}

TEST(Handshake, the_client_name_is_set_again_on_every_connection) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .client_name = "shop"});
  cluster[0].drop_connections();
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster[0].received(CommandWords{"CLIENT", "SETNAME", "shop"}), cluster[0].connections());
}

TEST(Handshake, an_old_server_that_does_not_know_hello_is_spoken_to_in_resp2) {
  for (const ScriptedHello hello : {ScriptedHello::unknown_command, ScriptedHello::no_proto}) {
    ScriptedCluster cluster(1, 0, {.hello = hello});
    cluster[0].expect("GET", "k").answer_nil();  // "$-1" in RESP2
    RedisCluster client({.startup_nodes = cluster.seeds(), .client_name = "shop"});
    EXPECT_EQ(client.get("k"), std::nullopt);
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(Handshake, an_old_server_gets_the_password_by_auth) {
  ScriptedCluster cluster(1, 0, {.hello = ScriptedHello::unknown_command});
  cluster[0].expect("GET", "k").answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds(), .password = canary});
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_EQ(cluster[0].received(CommandWords{"AUTH", canary}), 1);
}

TEST(Handshake, protocol_2_never_says_hello) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .username = "app", .password = canary, .protocol = 2});
  EXPECT_EQ(client.get("k"), std::nullopt);
  EXPECT_EQ(cluster[0].received("HELLO"), 0);
  EXPECT_EQ(cluster[0].received(CommandWords{"AUTH", "app", canary}), 1);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Handshake, user_and_password_ride_in_hello) {
  ScriptedCluster cluster(1, 0, {.hello = ScriptedHello::no_auth});
  RedisCluster client({.startup_nodes = cluster.seeds(), .username = "app", .password = canary});
  EXPECT_EQ(cluster[0].received(CommandWords{"HELLO", "3", "AUTH", "app", canary}), 1);
}

TEST(Handshake, a_missing_password_is_an_authentication_error_at_once) {
  ScriptedCluster cluster(1, 0, {.hello = ScriptedHello::no_auth});
  std::string text;
  EXPECT_LT(time_of([&] {
              text = message_of<rediscluster::AuthenticationError>(
                  [&] { RedisCluster client({.startup_nodes = cluster.seeds()}); });
            }),
            soon);
  EXPECT_TRUE(contains(text, "NOAUTH")) << text;
}

TEST(Handshake, a_wrong_password_is_an_authentication_error_that_does_not_show_it) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) {
    cluster[i]
        .always(starts_with({"HELLO"}))
        .answer_error("WRONGPASS invalid username-password pair or user is disabled.");
    cluster[i].always(starts_with({"CLIENT"})).answer_error("NOAUTH Authentication required.");
  }
  const std::string text = message_of<rediscluster::AuthenticationError>(
      [&] { RedisCluster client({.startup_nodes = cluster.seeds(), .password = canary}); });
  EXPECT_TRUE(contains(text, "WRONGPASS")) << text;
  EXPECT_FALSE(contains(text, canary)) << text;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cluster[i].received("HELLO"), 1) << "each startup node is asked once";
}

TEST(Handshake, reads_may_go_out_with_it_and_writes_wait_for_its_answer) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].on_hello(ScriptedHello::no_auth);
  cluster[0].drop_connections();
  std::this_thread::sleep_for(20ms);  // an idle connection is looked at before it is used, one just used is not
  const Error write = error_of(client.nothrow().set("k", "v"));
  EXPECT_EQ(write.code, Errc::no_auth) << write.message;
  EXPECT_EQ(write.execution, Execution::not_executed);
  EXPECT_EQ(cluster[0].received("SET"), 0);
  std::this_thread::sleep_for(1100ms);  // a node that refused is not asked again at once
  const Error read = error_of(client.nothrow().get("k"));
  EXPECT_EQ(read.code, Errc::no_auth) << read.message;
  EXPECT_EQ(read.execution, Execution::maybe_executed);
}

TEST(Handshake, refused_names_are_no_reason_to_refuse_service) {
  ScriptedCluster cluster(1);
  cluster[0]
      .always(starts_with({"CLIENT", "SETINFO"}))
      .answer_error("ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.");
  cluster[0]
      .always(starts_with({"CLIENT", "SETNAME"}))
      .answer_error("NOPERM this user has no permissions to run the 'client|setname' command");
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .client_name = "shop"});
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster.complaints(), "");
}

// A refusal counts in the server's errorstats, and one by an ACL in its ACL log.
TEST(Handshake, a_name_that_was_refused_is_not_said_again_until_the_server_is_another_version) {
  ScriptedCluster cluster(1);
  std::atomic<int> minor{0};
  cluster[0].always(starts_with({"HELLO"})).answer_with([&](const CommandWords&) {
    return RawReply::map({RawReply::bulk("server"), RawReply::bulk("redis"), RawReply::bulk("version"), RawReply::bulk("7." + std::to_string(minor))});
  });
  cluster[0].always(starts_with({"CLIENT", "SETINFO"})).answer_error("ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.");
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto times_said = [&] { return cluster[0].received(CommandWords{"CLIENT", "SETINFO"}); };
  const auto said_on_a_new_connection = [&] {
    const int before = times_said();
    cluster[0].drop_connections();
    std::this_thread::sleep_for(20ms);  // an idle connection is looked at before it is used: one new one, and no refresh beside
    EXPECT_EQ(client.get("k"), "k");
    return times_said() - before;
  };
  EXPECT_EQ(times_said(), 2);
  EXPECT_EQ(said_on_a_new_connection(), 0);
  minor = 2;
  EXPECT_EQ(said_on_a_new_connection(), 0) << "the new version is heard of";
  EXPECT_GE(said_on_a_new_connection(), 2);
}

TEST(Handshake, a_readonly_refused_by_a_server_that_is_no_cluster_is_a_clear_error) {
  ScriptedCluster cluster(1);
  cluster[0].always("READONLY").answer_error("ERR This instance has cluster support disabled");
  const std::string text = message_of<RedisError>(
      [&] { RedisCluster client({.startup_nodes = cluster.seeds(), .read_from_replicas = true}); });
  EXPECT_TRUE(contains(text, "READONLY was refused")) << text;
  EXPECT_TRUE(contains(text, cluster[0].address_text())) << text;
}

TEST(Handshake, a_refused_cluster_slots_says_so) {
  ScriptedCluster cluster(1);
  cluster[0]
      .always("CLUSTER", "SLOTS")
      .answer_error("NOPERM this user has no permissions to run the 'cluster|slots' command");
  const std::string text = message_of<RedisError>([&] { RedisCluster client({.startup_nodes = cluster.seeds()}); });
  EXPECT_TRUE(contains(text, "CLUSTER SLOTS was refused")) << text;
  EXPECT_TRUE(contains(text, "NOPERM")) << text;
}

TEST(Handshake, a_server_without_cluster_support_says_so) {
  ScriptedCluster cluster(1);
  cluster[0].always("CLUSTER", "SLOTS").answer_error("ERR This instance has cluster support disabled");
  const std::string text =
      message_of<rediscluster::RedisClusterException>([&] { RedisCluster client({.startup_nodes = cluster.seeds()}); });
  EXPECT_TRUE(contains(text, "not_cluster_mode")) << text;
  EXPECT_TRUE(contains(text, "cluster-enabled yes")) << text;
}

// A step that is never answered: the connection is closed, not kept for a late answer.

struct Step {
  const char* name;
  CommandWords words;
};

TEST(Handshake, a_silent_step_costs_one_connection_and_nothing_else) {
  const std::vector<Step> steps{
      {"hello", {"HELLO", "3", "AUTH", "default", canary}},
      {"name", {"CLIENT", "SETNAME", "shop"}},
      {"library", {"CLIENT", "SETINFO", "LIB-NAME", "rediscluster"}},
      {"readonly", {"READONLY"}},
  };
  for (const Step& step : steps) {
    SCOPED_TRACE(step.name);
    ScriptedCluster cluster(1);
    echo_gets(cluster[0]);
    RedisCluster client({.startup_nodes = cluster.seeds(),
                         .read_from_replicas = true,
                         .password = canary,
                         .client_name = "shop",
                         .socket_connect_timeout = 100ms,
                         .lanes_per_node = 1});
    cluster[0].drop_connections();
    Gate gate;
    cluster[0].expect(step.words).after(gate).answer_bulk("late, and shaped like the reply of a GET");
    EXPECT_EQ(client.get("k"), "k");
    EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 1s)) << "the silent connection was kept";
    gate.open();
    EXPECT_EQ(client.get("k"), "k");
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(Handshake, a_silent_auth_costs_one_connection_and_nothing_else) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(),
                       .password = canary,
                       .socket_connect_timeout = 100ms,
                       .protocol = 2,
                       .lanes_per_node = 1});
  cluster[0].drop_connections();
  cluster[0].expect("AUTH", canary).silence();
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 1; }, 1s));
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Handshake, a_step_cut_anywhere_is_said_again_on_a_new_connection) {
  const std::string hello = "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n";
  for (std::size_t cut = 0; cut <= hello.size(); cut += 4) {
    SCOPED_TRACE(cut);
    ScriptedCluster cluster(1);
    echo_gets(cluster[0]);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    cluster[0].drop_connections();
    cluster[0].expect("HELLO", "3").answer_raw(hello.substr(0, cut)).close();
    EXPECT_EQ(client.get("k"), "k");
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(Handshake, a_reply_too_many_in_the_handshake_ends_the_connection) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].drop_connections();
  cluster[0].expect("HELLO", "3").answer_raw("+OK\r\n+OK\r\n+OK\r\n$5\r\nwrong\r\n$5\r\nwrong\r\n$5\r\nwrong\r\n");
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(client.get("l"), "l");
}

TEST(Handshake, that_never_ends_ends_at_the_deadline_and_says_how) {
  std::string pushes;
  for (int i = 0; i < 500; ++i) pushes += ">2\r\n+news\r\n+none\r\n";
  std::string hello = "%1\r\n$6\r\nserver\r\n$100\r\n" + std::string(99, '.');  // one byte short, for ever
  const std::vector<std::pair<std::function<void(ScriptedNode&)>, const char*>> plays{
      {[](ScriptedNode& node) { node.always(starts_with({"HELLO"})).silence(); }, "no answer to the handshake in time"},
      {[&](ScriptedNode& node) { node.always(starts_with({"HELLO"})).answer_drip(pushes, 1ms).silence(); }, "in time"},  // it may fall silent just then
      {[&](ScriptedNode& node) { node.always(starts_with({"HELLO"})).answer_raw(hello).silence(); }, "no answer to the handshake in time"},
  };
  for (const auto& [play, words] : plays) {
    SCOPED_TRACE(words);
    ScriptedCluster cluster(1);
    play(cluster[0]);
    std::string error;
    const milliseconds took = time_of([&] {
      error = message_of<RedisError>([&] { RedisCluster client({.startup_nodes = cluster.seeds(), .socket_connect_timeout = 150ms, .command_timeout = 10s}); });
    });
    EXPECT_GE(took, 140ms);
    EXPECT_LT(took, 150ms + worst_overrun);
    EXPECT_TRUE(contains(error, words)) << error;
    EXPECT_TRUE(wait_until([&] { return cluster[0].open_connections() == 0; }, 5s)) << "the connection was kept";
  }
}

}  // namespace
