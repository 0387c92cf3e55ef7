/// Who the client says it is, when it says so, and what it does when a server says no.
#include "pubsub_play.hpp"

#include <atomic>
#include <stdexcept>

namespace {

using namespace play;
using rediscluster::AuthenticationError;
using rediscluster::Credentials;
using rediscluster::Options;

constexpr const char* wrong_password = "WRONGPASS invalid username-password pair or user is disabled.";

Options with_provider(const ScriptedCluster& cluster, rediscluster::CredentialsProvider provider) {
  Options options{.startup_nodes = cluster.seeds()};
  options.credentials = std::move(provider);
  return options;
}

TEST(Credentials, are_asked_for_on_each_connect) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  std::atomic<int> asked{0};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"ann", "secret-" + std::to_string(++asked)}; }));
  EXPECT_EQ(client.get("k"), "k");
  for (int i = 0; i < 3; ++i) {
    cluster[0].drop_connections();
    EXPECT_EQ(client.get("k"), "k");
  }
  EXPECT_GE(asked, 4);
  EXPECT_EQ(cluster[0].connections(), asked);
  for (int i = 1; i <= asked; ++i) {
    EXPECT_EQ(cluster[0].received(CommandWords{"HELLO", "3", "AUTH", "ann", "secret-" + std::to_string(i)}), 1);
  }
}

TEST(Credentials, a_provider_that_fails_fails_the_call_and_nothing_is_said) {
  ScriptedCluster cluster(1);
  const auto refuses = [&]() -> Result<Credentials> { return rediscluster::fail(Errc::no_auth, "the vault is closed"); };
  const auto throws = []() -> Result<Credentials> { throw std::runtime_error("the vault burns"); };
  EXPECT_TRUE(contains(message_of<RedisError>([&] { RedisCluster client(with_provider(cluster, refuses)); }), "the vault is closed"));
  EXPECT_TRUE(contains(message_of<RedisError>([&] { RedisCluster client(with_provider(cluster, throws)); }), "options.credentials threw an exception: the vault burns"));
  EXPECT_THROW(RedisCluster client(with_provider(cluster, throws)), AuthenticationError);
  EXPECT_EQ(cluster[0].received("HELLO"), 0);
}

TEST(Credentials, a_password_and_a_provider_are_one_too_many) {
  Options options{.startup_nodes = {{"127.0.0.1", 1}}, .password = "canary"};
  options.credentials = [] { return Credentials{}; };
  const std::string message = message_of<RedisError>([&] { RedisCluster client(options); });
  EXPECT_TRUE(contains(message, "give one of them")) << message;
  EXPECT_FALSE(contains(message, "canary")) << message;
}

// S08
TEST(Credentials, a_wrong_password_is_said_once_a_second_however_many_ask) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .password = "old"});
  ASSERT_EQ(client.get("k"), "k");
  cluster[0].always(starts_with({"HELLO"})).answer_error(wrong_password);
  const int before = cluster[0].received("HELLO");
  cluster[0].drop_connections();
  const auto begin = Clock::now();
  std::atomic<int> refused{0};
  {
    Crowd crowd(8, [&](int) {
      while (Clock::now() - begin < 2300ms) {
        const auto result = client.nothrow().get("k");
        if (!result && result.error().code == Errc::wrong_password) ++refused;
        std::this_thread::sleep_for(1ms);
      }
    });
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count();
  const int said = cluster[0].received("HELLO") - before;
  EXPECT_GE(said, 2) << "later the password may have become right";
  EXPECT_LE(said, 1 + seconds);
  EXPECT_GT(refused, 8) << "each caller is told";
}

TEST(Credentials, after_a_refusal_the_provider_is_asked_again) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  std::atomic<bool> rotated{false};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"", rotated ? "new" : "old"}; }));
  cluster[0].always(starts_with({"HELLO", "3", "AUTH", "default", "old"})).answer_error(wrong_password);
  cluster[0].drop_connections();
  const Error error = error_of(client.nothrow().get("k"));
  EXPECT_EQ(error.code, Errc::wrong_password);
  rotated = true;
  EXPECT_TRUE(wait_until([&] { return client.nothrow().get("k").has_value(); }, 10s));
}

TEST(Credentials, that_change_between_being_asked_for_and_said_cost_nothing) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  cluster[0].always(starts_with({"HELLO", "3", "AUTH", "ann", "old"})).answer_error(wrong_password);
  std::atomic<int> asked{0};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"ann", ++asked == 1 ? "old" : "new"}; }));
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster[0].connections(), 1);
  EXPECT_EQ(cluster[0].received(CommandWords{"HELLO", "3", "AUTH", "ann", "new"}), 1);
}

TEST(Credentials, that_are_refused_again_are_not_said_a_third_time) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"HELLO"})).answer_error(wrong_password);
  std::atomic<int> asked{0};
  Options options = with_provider(cluster, [&] { return Credentials{"ann", "wrong-" + std::to_string(++asked)}; });
  options.init_slot_cache = false;
  options.command_timeout = 200ms;
  RedisCluster client(options);
  EXPECT_EQ(error_of(client.nothrow().get("k")).code, Errc::wrong_password);
  EXPECT_EQ(cluster[0].received("HELLO"), 2);
}

// S09
TEST(Credentials, refreshed_ones_are_said_on_open_connections_while_traffic_goes_on) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  for (int i = 0; i < 2; ++i) cluster[i].always(starts_with({"AUTH"})).answer_status("OK");
  std::atomic<bool> rotated{false};
  Options options = with_provider(cluster, [&] { return Credentials{"ann", rotated ? "new" : "old"}; });
  options.lanes_per_node = 1;  // so that a further connection would be one made anew
  RedisCluster client(options);
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  Crowd crowd(6, [&](int thread) {
    while (!stop) {
      const std::string key = std::to_string(thread) + ":" + std::to_string(answered);
      const auto result = client.nothrow().get(key);
      EXPECT_EQ(result.value_or("an error"), key);
      ++answered;
    }
  });
  ASSERT_TRUE(wait_until([&] { return answered > 100; }, 10s));
  ASSERT_EQ(cluster[0].connections() + cluster[1].connections(), 2);
  rotated = true;
  client.refresh_credentials();
  const int before = answered;
  EXPECT_TRUE(wait_until([&] { return answered > before + 100; }, 10s));
  stop = true;
  crowd.join();
  for (int i = 0; i < 2; ++i) EXPECT_GE(cluster[i].received(CommandWords{"AUTH", "ann", "new"}), 1);
  EXPECT_EQ(cluster[0].connections() + cluster[1].connections(), 2) << "no connection was given up for it";
}

TEST(Credentials, a_refused_refresh_says_where_and_shows_no_secret) {
  ScriptedCluster cluster(1);
  std::atomic<bool> rotated{false};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"ann", rotated ? "canary" : "old"}; }));
  cluster[0].always(starts_with({"AUTH"})).answer_error("WRONGPASS what is 'canary'?");
  rotated = true;
  const auto result = client.nothrow().refresh_credentials();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::wrong_password);
  EXPECT_EQ(result.error().node, cluster[0].address());
  EXPECT_TRUE(contains(result.error().message, "AUTH was refused: ")) << result.error().message;
  EXPECT_FALSE(contains(result.error().message, "canary")) << result.error().message;
  EXPECT_EQ(cluster[0].received("AUTH"), 1);
}

TEST(Credentials, refreshed_over_a_connection_that_the_server_has_closed_are_said_on_the_next_one) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  std::atomic<bool> rotated{false};
  Options options = with_provider(cluster, [&] { return Credentials{"ann", rotated ? "new" : "old"}; });
  options.lanes_per_node = 1;
  RedisCluster client(options);
  EXPECT_EQ(client.get("k"), "k");
  cluster[0].drop_connections();
  ASSERT_TRUE(wait_until([&] { return cluster[0].open_connections() == 0; }, 5s));
  rotated = true;
  EXPECT_TRUE(client.nothrow().refresh_credentials().has_value()) << "a connection that is gone is no refusal";
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster[0].received(CommandWords{"HELLO", "3", "AUTH", "ann", "new"}), 1);
  EXPECT_EQ(cluster[0].received(CommandWords{"AUTH"}), 0);
  EXPECT_EQ(cluster.complaints(), "");
}

/// Where a subscription is, and what is said on its connection.
int connection_of(const ScriptedNode& node, const CommandWords& words) {
  int connection = 0;
  for (const ScriptedLogEntry& entry : node.log()) connection = entry.words == words ? entry.connection : connection;
  return connection;
}

TEST(Credentials, refreshed_ones_are_said_on_subscriptions_without_a_gap) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  std::atomic<bool> rotated{false};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"ann", rotated ? "new" : "old"}; }));
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  const int home = connection_of(cluster[0], {"SUBSCRIBE", "news"});
  const int connections = cluster[0].connections();
  rotated = true;
  client.refresh_credentials();
  EXPECT_TRUE(wait_until([&] { return connection_of(cluster[0], {"AUTH", "ann", "new"}) == home; }, 5s));
  pubsub.psubscribe("n*");  // its answer comes behind that of AUTH
  publish(cluster[0], "news", "still here");
  EXPECT_EQ(text(next(pubsub)), "message news still here");
  EXPECT_EQ(connection_of(cluster[0], {"PSUBSCRIBE", "n*"}), home);
  EXPECT_EQ(cluster[0].connections(), connections);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Credentials, subscriptions_that_take_none_are_made_anew_and_the_gap_is_told) {
  for (const char* refusal : {"ERR Can't execute 'auth': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
                              "WRONGPASS what is 'new'?"}) {
    ScriptedCluster cluster(1);
    confirm_subscriptions(cluster);
    std::atomic<bool> rotated{false};
    Options options = with_provider(cluster, [&] { return Credentials{"ann", rotated ? "new" : "old"}; });
    options.lanes_per_node = 1;
    RedisCluster client(options);
    PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
    pubsub.subscribe("news");
    cluster[0].expect("AUTH", "ann", "new").answer_status("OK");  // the connection of commands
    cluster[0].expect("AUTH", "ann", "new").answer_error(refusal);
    rotated = true;
    client.refresh_credentials();
    const Message gap = next(pubsub);
    EXPECT_EQ(text(gap), "gap news connection_lost");
    EXPECT_TRUE(contains(gap.data, "new credentials") || contains(gap.data, "new connection")) << gap.data;
    EXPECT_EQ(cluster[0].received(CommandWords{"HELLO", "3", "AUTH", "ann", "new"}), 1);
    publish(cluster[0], "news", "again");
    EXPECT_EQ(text(next(pubsub)), "message news again");
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(Credentials, that_some_node_refuses_are_not_said_on_subscriptions) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  std::atomic<bool> rotated{false};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"ann", rotated ? "wrong" : "old"}; }));
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  cluster[0].always(starts_with({"AUTH"})).answer_error(wrong_password);
  rotated = true;
  EXPECT_FALSE(client.nothrow().refresh_credentials().has_value());
  EXPECT_FALSE(wait_until([&] { return cluster[0].received("AUTH") > 1; }, a_while));
  publish(cluster[0], "news", "still here");
  EXPECT_EQ(text(next(pubsub)), "message news still here");
}

TEST(Credentials, a_server_that_has_forgotten_us_is_told_again_once) {
  ScriptedCluster cluster(1);
  std::atomic<int> asked{0};
  RedisCluster client(with_provider(cluster, [&] { return Credentials{"", "secret-" + std::to_string(++asked)}; }));
  // once: nobody notices
  cluster[0].expect("GET", "k").answer_error("NOAUTH Authentication required.");
  cluster[0].expect("GET", "k").answer_bulk("v");
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_EQ(asked, 2);
  // twice: it is an error
  cluster[0].expect("GET", "k").answer_error("NOAUTH Authentication required.").times(2);
  const Error error = error_of(client.nothrow().get("k"));
  EXPECT_EQ(error.code, Errc::no_auth);
  EXPECT_EQ(error.attempts, 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Credentials, without_any_a_server_that_wants_some_is_not_asked_twice) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].expect("GET", "k").answer_error("NOAUTH Authentication required.");
  EXPECT_EQ(error_of(client.nothrow().get("k")).attempts, 1);
  EXPECT_EQ(cluster.complaints(), "");
}

// S10, S11
TEST(Acl, a_command_that_is_forbidden_is_told_at_once_and_asked_once) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const int questions = topology_questions(cluster);
  cluster[1].expect("GET", "foo").answer_error("NOPERM this user has no permissions to run the 'get' command");
  const Error error = error_of(client.nothrow().get("foo"));
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_EQ(error.attempts, 1);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(topology_questions(cluster), questions) << "the topology is not to blame";
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Acl, a_user_who_may_not_ask_for_the_topology_is_told_what_he_needs) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) {
    cluster[i].always(starts_with({"CLUSTER", "SLOTS"})).answer_error("NOPERM this user has no permissions to run the 'cluster|slots' command");
  }
  try {
    RedisCluster client({.startup_nodes = cluster.seeds()});
    FAIL() << "there is no topology to work with";
  } catch (const RedisError& error) {
    EXPECT_EQ(error.error().code, Errc::no_permission);
    EXPECT_TRUE(contains(error.what(), "+cluster|slots")) << error.what();
  }
}

TEST(Acl, what_only_serves_convenience_may_be_forbidden) {
  ScriptedCluster cluster(1);
  echo_gets(cluster[0]);
  cluster[0].always(starts_with({"CLIENT"})).answer_error("NOPERM this user has no permissions to run the 'client|setinfo' command");
  cluster[0].always(starts_with({"READONLY"})).answer_error("NOPERM this user has no permissions to run the 'readonly' command");
  RedisCluster client({.startup_nodes = cluster.seeds(), .read_from_replicas = true, .client_name = "shop"});
  EXPECT_EQ(client.get("k"), "k");
}

TEST(Acl, a_forbidden_hello_is_done_without) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"HELLO"})).answer_error("NOPERM this user has no permissions to run the 'hello' command");
  cluster[0].always(starts_with({"AUTH"})).answer_status("OK");
  cluster[0].expect("GET", "k").answer_nil();
  RedisCluster client({.startup_nodes = cluster.seeds(), .username = "ann", .password = "secret"});
  EXPECT_EQ(client.get("k"), std::nullopt);
  EXPECT_EQ(cluster[0].received(CommandWords{"AUTH", "ann", "secret"}), 1);
}

}  // namespace
