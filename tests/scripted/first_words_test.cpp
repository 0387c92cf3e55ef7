/// Servers and proxies that do not bear the first words on a connection, in whatever way they say so.
#include <algorithm>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;

/// Refuses HELLO with this text, and what is refused when nobody has said AUTH yet.
void refuse_hello(ScriptedCluster& cluster, const std::string& text) {
  for (int i = 0; i < cluster.size(); ++i) cluster[i].always(starts_with({"HELLO"})).answer_error(text);
}

/// One connection more, on a node that has just lost all.
void connect_anew(ScriptedCluster& cluster, RedisCluster& client) {
  cluster[0].drop_connections();
  std::this_thread::sleep_for(20ms);  // an idle connection is looked at before it is used
  EXPECT_EQ(client.get("k"), "k");
}

TEST(FirstWords, hello_refused_in_whatever_words_leads_to_auth_and_is_not_said_again_at_once) {
  for (const char* text : {"ERR Unknown command 'HELLO'", "ERR unknown command `HELLO`, with args beginning with: `3`, ", "ERR unsupported command",
                           "ERR Protocol version 3 not supported", "NOPROTO unsupported protocol version", "ERR syntax error", "ERR wrong number of arguments for 'hello' command",
                           "NOAUTH Authentication required.", "NOPERM this user has no permissions to run the 'hello' command", "WHATEVER it is", "ERR"}) {
    SCOPED_TRACE(text);
    ScriptedCluster cluster(1);
    refuse_hello(cluster, text);
    echo_gets(cluster);
    RedisCluster client({.startup_nodes = cluster.seeds(), .username = "app", .password = canary, .client_name = "shop"});
    EXPECT_EQ(client.get("k"), "k");
    EXPECT_EQ(cluster[0].received("HELLO"), 1);
    connect_anew(cluster, client);
    EXPECT_EQ(cluster[0].received("HELLO"), 1) << "the node has refused it";
    EXPECT_EQ(cluster[0].received(CommandWords{"AUTH", "app", canary}), cluster[0].connections());
    EXPECT_EQ(cluster[0].received(CommandWords{"CLIENT", "SETNAME", "shop"}), cluster[0].connections() + 1);
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(FirstWords, hello_refused_to_nobody_in_particular_leads_to_resp2) {
  for (const char* text : {"ERR Unknown command 'HELLO'", "ERR unsupported command", "ERR syntax error"}) {
    ScriptedCluster cluster(1);
    refuse_hello(cluster, text);
    echo_gets(cluster);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    EXPECT_EQ(client.get("k"), "k");
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(FirstWords, a_refusal_of_us_or_of_everybody_is_an_error) {
  const std::vector<std::pair<std::string, Errc>> refusals{{"WRONGPASS invalid username-password pair or user is disabled.", Errc::wrong_password},
                                                           {"ERR invalid password", Errc::wrong_password},
                                                           {"ERR max number of clients reached", Errc::no_reachable_node},
                                                           {"DENIED Redis is running in protected mode", Errc::no_reachable_node},
                                                           {"LOADING Redis is loading the dataset in memory", Errc::no_reachable_node}};
  for (const auto& [text, code] : refusals) {
    for (const bool closes : {false, true}) {
      SCOPED_TRACE(text + (closes ? ", closed" : ""));
      ScriptedCluster cluster(1);
      auto rule = [&] { return cluster[0].always(starts_with({"HELLO"})); };
      if (closes) {
        rule().answer_error(text).close();
      } else {
        rule().answer_error(text);
      }
      try {
        RedisCluster client({.startup_nodes = cluster.seeds(), .password = canary});
        ADD_FAILURE() << "we were refused";
      } catch (const RedisError& error) {
        EXPECT_EQ(error.error().code, code) << error.what();
        EXPECT_TRUE(contains(error.what(), text)) << error.what();
      }
      EXPECT_EQ(cluster[0].received("AUTH"), 0) << "a second word would be a second refusal";
    }
  }
}

struct Unbearable {
  const char* name;
  rediscluster::testing::CommandPredicate words;
  std::string first_answer;  // before the end
};

std::vector<Unbearable> unbearable_words() {
  return {
      {"HELLO", starts_with({"HELLO"}), ""},
      {"HELLO, refused first", starts_with({"HELLO"}), "-ERR unknown command\r\n"},
      {"names", starts_with({"CLIENT"}), ""},
      {"the library's name", starts_with({"CLIENT", "SETINFO"}), ""},
      {"READONLY", starts_with({"READONLY"}), ""},
  };
}

Options with_all_words(const ScriptedCluster& cluster) {
  return {.startup_nodes = cluster.seeds(), .read_from_replicas = true, .username = "app", .password = canary, .client_name = "shop"};
}

TEST(FirstWords, answered_by_the_end_of_the_connection_are_left_out_once_and_remembered) {
  for (const Unbearable& each : unbearable_words()) {
    for (const bool resets : {false, true}) {
      SCOPED_TRACE(std::string(each.name) + (resets ? ", reset" : ""));
      ScriptedCluster cluster(1);
      if (resets) {
        cluster[0].always(each.words).answer_raw(each.first_answer).close_with_reset();
      } else {
        cluster[0].always(each.words).answer_raw(each.first_answer).close();
      }
      echo_gets(cluster);
      RedisCluster client(with_all_words(cluster));
      EXPECT_EQ(client.get("k"), "k");
      EXPECT_LE(cluster[0].connections(), 3);
      const int before = cluster[0].connections();
      connect_anew(cluster, client);
      EXPECT_LE(cluster[0].connections(), before + 2) << "one for the command, one for the topology";
      EXPECT_EQ(cluster.complaints(), "");
    }
  }
}

TEST(FirstWords, answered_by_the_end_leave_a_client_without_password_in_resp2) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"HELLO"})).close();
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  EXPECT_EQ(client.get("bar"), "bar");
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(cluster.complaints(), "");
}

// A proxy whose server is away takes connections, too. A write on one would be in doubt.
TEST(FirstWords, a_peer_that_takes_connections_and_no_words_is_sent_no_command) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 300ms});
  cluster[1].always([](const CommandWords&) { return true; }).close();
  const Error error = error_of(client.nothrow().set("foo", "v"));
  EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
  EXPECT_EQ(cluster[1].received("SET"), 0);
}

TEST(FirstWords, that_a_node_has_taken_before_are_not_to_blame_for_an_end) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  RedisCluster client({.startup_nodes = cluster.seeds(), .client_name = "shop"});
  cluster[0].drop_connections();
  cluster[0].expect("HELLO", "3").close();
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster[0].received("HELLO"), cluster[0].connections());
  EXPECT_EQ(cluster.complaints(), "");
}

}  // namespace
