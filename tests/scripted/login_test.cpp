/// Users without a password, passwords that a server has not got yet, and which of several startup nodes is believed.
#include "pubsub_play.hpp"

#include <atomic>

namespace {

using namespace play;
using rediscluster::AuthenticationError;
using rediscluster::Credentials;
using rediscluster::Event;
using rediscluster::Options;

// ACL SETUSER app on nopass ...: the user is one all the same.

Options as_app(const ScriptedCluster& cluster, int protocol, bool by_provider) {
  Options options{.startup_nodes = cluster.seeds()};
  options.protocol = protocol;
  if (by_provider) {
    options.credentials = [] { return Credentials{"app", ""}; };
  } else {
    options.username = "app";
  }
  return options;
}

CommandWords login_of_app(int protocol) {
  return protocol == 3 ? CommandWords{"HELLO", "3", "AUTH", "app", ""} : CommandWords{"AUTH", "app", ""};
}

TEST(UserWithoutPassword, is_said_on_every_connection_of_every_kind) {
  for (const int protocol : {2, 3}) {
    for (const bool by_provider : {false, true}) {
      SCOPED_TRACE("protocol " + std::to_string(protocol) + (by_provider ? ", provider" : ""));
      ScriptedCluster cluster(1);
      echo_gets(cluster);
      confirm_subscriptions(cluster);
      cluster[0].always(starts_with({"BLPOP"})).answer_nil();
      RedisCluster client(as_app(cluster, protocol, by_provider));
      EXPECT_EQ(client.get("k"), "k");
      EXPECT_EQ(client.blpop("q", 1s), std::nullopt);
      PubSub pubsub = client.pubsub();
      pubsub.subscribe("news");
      EXPECT_GE(cluster[0].connections(), 3);
      EXPECT_EQ(cluster[0].received(login_of_app(protocol)), cluster[0].connections());
      EXPECT_EQ(cluster.complaints(), "");
    }
  }
}

TEST(UserWithoutPassword, is_said_by_auth_where_hello_is_unknown) {
  ScriptedCluster cluster(1, 0, {.hello = ScriptedHello::unknown_command});
  echo_gets(cluster);
  RedisCluster client(as_app(cluster, 3, false));
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(cluster[0].received(CommandWords{"AUTH", "app", ""}), cluster[0].connections());
}

TEST(UserWithoutPassword, stands_in_a_url) {
  ScriptedCluster cluster(1);
  for (const char* user : {"app", "app:"}) {
    const int before = cluster[0].received(login_of_app(3));
    RedisCluster client = RedisCluster::from_url("redis://" + std::string(user) + "@" + cluster[0].address_text());
    EXPECT_EQ(cluster[0].received(login_of_app(3)), before + 1);
  }
}

TEST(UserWithoutPassword, is_said_again_by_refresh_credentials_on_commands_and_subscriptions) {
  ScriptedCluster cluster(1);
  confirm_subscriptions(cluster);
  RedisCluster client(as_app(cluster, 3, true));
  PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  client.refresh_credentials();
  EXPECT_TRUE(wait_until([&] { return cluster[0].received(CommandWords{"AUTH", "app", ""}) >= 2; }, 5s));
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(UserWithoutPassword, that_the_server_has_forgotten_is_said_again) {
  ScriptedCluster cluster(1);
  RedisCluster client(as_app(cluster, 3, false));
  cluster[0].expect("GET", "k").answer_error("NOAUTH Authentication required.");
  cluster[0].expect("GET", "k").answer_bulk("v");
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(UserWithoutPassword, that_is_refused_is_an_authentication_error) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"HELLO"})).answer_error("WRONGPASS invalid username-password pair or user is disabled.");
  EXPECT_THROW(RedisCluster(as_app(cluster, 3, false)), AuthenticationError);
}

// A password that the servers get later.

constexpr const char* unset_texts[] = {
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    "ERR Client sent AUTH, but no password is set"};

Options counting_unused(const ScriptedCluster& cluster, std::atomic<int>& unused) {
  Options options{.startup_nodes = cluster.seeds(), .password = canary};
  options.on_event = [&unused](const Event& event) { unused += event.kind == Event::Kind::unused_password ? 1 : 0; };
  return options;
}

TEST(UnusedPassword, is_no_reason_to_stay_away_and_is_told_once_a_node) {
  for (const char* text : unset_texts) {
    for (const int protocol : {2, 3}) {
      ScriptedCluster cluster(1, 0, {.hello = ScriptedHello::unknown_command});
      cluster[0].always(starts_with({"AUTH"})).answer_error(text);
      echo_gets(cluster);
      std::atomic<int> unused{0};
      Options options = counting_unused(cluster, unused);
      options.protocol = protocol;
      RedisCluster client(options);
      EXPECT_EQ(client.get("k"), "k");
      cluster[0].drop_connections();
      EXPECT_EQ(client.get("k"), "k");
      EXPECT_GE(cluster[0].received(CommandWords{"AUTH", canary}), 2);
      EXPECT_EQ(unused, 1);
      EXPECT_EQ(cluster.complaints(), "");
    }
  }
}

TEST(UnusedPassword, of_a_refresh_is_no_error_and_costs_no_subscription) {
  for (const char* text : unset_texts) {
    for (const int protocol : {2, 3}) {
      ScriptedCluster cluster(1);
      confirm_subscriptions(cluster);
      cluster[0].always(starts_with({"AUTH"})).answer_error(text);
      std::atomic<int> unused{0};
      Options options = counting_unused(cluster, unused);
      options.protocol = protocol;
      RedisCluster client(options);
      PubSub pubsub = client.pubsub({.ignore_subscribe_messages = true});
      pubsub.subscribe("news");
      const int connections = cluster[0].connections();
      const int before = cluster[0].received("AUTH");
      EXPECT_TRUE(client.nothrow().refresh_credentials().has_value());
      EXPECT_TRUE(wait_until([&] { return cluster[0].received("AUTH") >= before + 2; }, 5s));
      pubsub.psubscribe("n*");  // its answer comes behind that of AUTH
      const std::string message = "still here";
      say(cluster[0], push({"message", "news", message}), protocol);
      EXPECT_EQ(play::text(next(pubsub)), "message news still here");
      EXPECT_EQ(cluster[0].connections(), connections);
      EXPECT_EQ(unused, 1);
    }
  }
}

TEST(UnusedPassword, leaves_no_connection_to_a_user_of_before) {
  ScriptedCluster cluster(1);
  std::atomic<bool> rotated{false};
  Options options{.startup_nodes = cluster.seeds()};
  options.credentials = [&] { return rotated ? Credentials{"", canary} : Credentials{"ann", "old"}; };
  RedisCluster client(options);
  cluster[0].always(starts_with({"AUTH"})).answer_with([](const CommandWords& words) {
    return words.size() == 2 ? RawReply::error(unset_texts[0]) : RawReply::status("OK");
  });
  rotated = true;
  client.refresh_credentials();
  EXPECT_EQ(cluster[0].received(CommandWords{"AUTH", "default", ""}), 1);
}

TEST(UnusedPassword, of_a_user_with_a_name_is_a_refusal) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"AUTH"})).answer_error(unset_texts[1]);
  const std::string text = message_of<RedisError>([&] {
    RedisCluster client({.startup_nodes = cluster.seeds(), .username = "app", .password = canary, .protocol = 2});
  });
  EXPECT_TRUE(contains(text, unset_texts[1])) << text;
}

}  // namespace
