// Users, passwords and rights of real servers: wrong ones, rotated ones, missing ones, users that vanish.
#include "support/messages.hpp"
#include "support/write_load.hpp"

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/wait_until.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::Credentials;
using rediscluster::Errc;
using rediscluster::Error;
using rediscluster::Options;
using rediscluster::RedisCluster;
using rediscluster::Resend;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::wait_until;

LocalCluster& acl_cluster() {
  static LocalCluster cluster;
  return cluster;
}

/// A user on all nodes, from nothing.
void set_user(const std::string& name, const std::vector<std::string>& rules) {
  LocalCluster& cluster = acl_cluster();
  std::vector<std::string> words{"ACL", "SETUSER", name};
  words.insert(words.end(), rules.begin(), rules.end());
  for (int i = 0; i < cluster.size(); ++i) {
    const auto reply = cluster.call(i, words);
    ASSERT_FALSE(reply.is_error()) << reply.text;
  }
}

void new_user(const std::string& name, std::vector<std::string> rules) {
  rules.insert(rules.begin(), {"reset", "on"});
  set_user(name, rules);
}

void drop_clients() {
  LocalCluster& cluster = acl_cluster();
  for (int i = 0; i < cluster.size(); ++i) cluster.call(i, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
}

/// "calls=3" of a command's line in INFO commandstats; 0 when there is none.
int count_in_stats(int node, const std::string& command, const std::string& field) {
  const std::string stats = acl_cluster().call(node, {"INFO", "commandstats"}).text;
  const std::size_t line = stats.find("cmdstat_" + command + ":");
  const std::size_t at = line == std::string::npos ? line : stats.find(field + "=", line);
  return at == std::string::npos ? 0 : std::stoi(stats.substr(at + field.size() + 1));
}

Error error_of(const Options& options) {
  try {
    RedisCluster client(options);
  } catch (const rediscluster::RedisError& error) {
    return error.error();
  }
  ADD_FAILURE() << "the client should have been refused";
  return {};
}

Options as(const std::string& user, const std::string& password) {
  return {.startup_nodes = acl_cluster().seeds(), .username = user, .password = password};
}

// S08
TEST(Acl, a_wrong_password_is_an_authentication_error_at_once) {
  new_user("app", {">right", "~*", "+@all"});
  const Error error = error_of(as("app", "canary"));
  EXPECT_EQ(error.code, Errc::wrong_password);
  EXPECT_FALSE(contains(to_string(error), "canary")) << to_string(error);
  EXPECT_THROW(RedisCluster client(as("app", "wrong")), rediscluster::AuthenticationError);
  EXPECT_TRUE(RedisCluster(as("app", "right")).set("acl:k", "v"));
}

TEST(Acl, a_user_without_a_password_is_somebody_on_every_connection) {
  new_user("app", {"nopass", "~*", "&*", "+@all"});
  for (const int protocol : {2, 3}) {
    Options options = as("app", "");
    options.protocol = protocol;
    options.client_name = "nopass";
    RedisCluster client(options);
    auto pubsub = client.pubsub();
    pubsub.subscribe("news");
    EXPECT_EQ(client.blpop("acl:empty", 10ms), std::nullopt);
    client.refresh_credentials();
    int connections = 0;
    for (const auto& node : client.on_all_nodes().client_list()) {
      for (const auto& each : node.value()) {
        if (each.name != options.client_name) continue;
        EXPECT_EQ(each.user, "app") << each.flags;
        ++connections;
      }
    }
    EXPECT_GE(connections, 4) << "the subscription and one to each node";
  }
}

TEST(Acl, a_password_for_servers_without_one_is_no_reason_to_stay_away) {
  for (const int protocol : {2, 3}) {
    Options options = as("", "not yet");
    options.protocol = protocol;
    RedisCluster client(options);
    client.refresh_credentials();
    EXPECT_TRUE(client.set("acl:k", "v"));
  }
}

TEST(Acl, a_password_that_became_wrong_is_tried_once_a_second_and_node) {
  LocalCluster& cluster = acl_cluster();
  new_user("app", {">first", "~*", "+@all"});
  Options options = as("app", "first");
  options.command_timeout = 1s;
  RedisCluster client(options);
  ASSERT_TRUE(client.set("acl:k", "v"));
  set_user("app", {"resetpass", ">second"});
  for (int i = 0; i < cluster.size(); ++i) cluster.call(i, {"CONFIG", "RESETSTAT"});
  drop_clients();
  std::atomic<int> refused{0};
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; Clock::now() - begin < 2500ms; ++i) {
        const auto result = client.nothrow().get("acl:" + std::to_string(t) + ":" + std::to_string(i));
        if (!result && result.error().code == Errc::wrong_password) ++refused;
        std::this_thread::sleep_for(1ms);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count();
  int said = 0;
  for (int i = 0; i < cluster.size(); ++i) {
    const int here = count_in_stats(i, "hello", "failed_calls");
    EXPECT_LE(here, 1 + seconds) << "node " << i;
    said += here;
  }
  EXPECT_GT(said, 0) << "the servers count nothing: the play shows nothing";
  EXPECT_GT(refused, 0);
  set_user("app", {">first"});  // right again: the client comes back by itself
  EXPECT_TRUE(wait_until([&] { return client.nothrow().get("acl:k").has_value(); }, 10s));
}

/// Users of the connections that have subscriptions, by what CLIENT LIST says of all nodes.
std::multiset<std::string> subscribed_users() {
  LocalCluster& cluster = acl_cluster();
  std::multiset<std::string> users;
  for (int i = 0; i < cluster.size(); ++i) {
    std::istringstream lines(cluster.call(i, {"CLIENT", "LIST", "TYPE", "pubsub"}).text);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t at = line.find(" user=");
      if (at != std::string::npos) users.insert(line.substr(at + 6, line.find(' ', at + 6) - at - 6));
    }
  }
  return users;
}

// S09
TEST(Acl, subscriptions_become_another_user_in_place_or_where_the_protocol_does_not_allow_it_with_a_gap) {
  new_user("before", {">password", "~*", "&*", "+@all"});
  new_user("after", {">password", "~*", "&*", "+@all"});
  for (const int protocol : {3, 2}) {
    SCOPED_TRACE(protocol);
    std::atomic<bool> rotated{false};
    Options options{.startup_nodes = acl_cluster().seeds(), .protocol = protocol};
    options.credentials = [&] { return Credentials{rotated ? "after" : "before", "password"}; };
    RedisCluster client(options);
    auto pubsub = client.pubsub({.ignore_subscribe_messages = true});
    pubsub.subscribe("acl:news");
    pubsub.ssubscribe("acl:shard");
    ASSERT_TRUE(wait_until([&] { return subscribed_users().count("after") == 0; }, 10s));
    rotated = true;
    client.refresh_credentials();
    EXPECT_TRUE(wait_until([&] { return subscribed_users().count("after") > 0 && subscribed_users().count("before") == 0; }, 10s));
    if (protocol == 2) {
      for (int i = 0; i < 2; ++i) EXPECT_EQ(pubsub.get_message(10s).value().type, rediscluster::Message::Type::gap);
    }
    client.publish("acl:news", "1");
    EXPECT_EQ(pubsub.get_message(10s).value().data, "1") << "and nothing before it";
    client.spublish("acl:shard", "2");
    EXPECT_EQ(pubsub.get_message(10s).value().data, "2");
  }
}

// S09
TEST(Acl, a_password_is_rotated_under_load_without_an_error) {
  new_user("app", {">password-0", "~*", "+@all"});
  std::mutex mutex;
  std::string password = "password-0";
  Options options{.startup_nodes = acl_cluster().seeds(), .resend = Resend::idempotent_writes};
  options.credentials = [&] {
    std::lock_guard lock{mutex};
    return Credentials{"app", password};
  };
  RedisCluster client(options);
  WriteLoad load(client, 4, [](int thread, int number) { return "rotate:" + std::to_string(thread) + ":" + std::to_string(number); });
  for (int round = 1; round <= 4; ++round) {
    const std::string next = "password-" + std::to_string(round);
    set_user("app", {">" + next});
    std::string old;
    {
      std::lock_guard lock{mutex};
      old = std::exchange(password, next);
    }
    client.refresh_credentials();
    set_user("app", {"<" + old});
    if (round % 2 == 0) drop_clients();
    std::this_thread::sleep_for(50ms);
  }
  load.stop();
  load.for_each([](const Written& written) {
    if (!written.acknowledged) ADD_FAILURE() << to_string(written.error);
  });
  EXPECT_GT(load.count([](const Written&) { return true; }), 200);
}

TEST(Acl, refreshed_credentials_change_the_user_of_open_connections) {
  LocalCluster& cluster = acl_cluster();
  new_user("ann", {">secret", "~*", "+@all"});
  new_user("ben", {">secret", "~*", "+@all"});
  std::atomic<bool> is_ben{false};
  Options options{.startup_nodes = cluster.seeds(), .client_name = "changing"};
  options.credentials = [&] { return Credentials{is_ben ? "ben" : "ann", "secret"}; };
  RedisCluster client(options);
  for (int i = 0; i < 20; ++i) client.set("acl:" + std::to_string(i), "1");
  client.rpush("acl:list", {"x"});
  EXPECT_EQ(client.blpop({"acl:list"}, 1s)->second, "x");  // a dedicated connection
  const auto users = [&](const std::string& name) {
    int count = 0;
    for (int node = 0; node < cluster.size(); ++node) {
      const std::string clients = cluster.call(node, {"CLIENT", "LIST"}).text;
      for (std::size_t at = clients.find("name=changing "); at != std::string::npos; at = clients.find("name=changing ", at + 1)) {
        const std::string line = clients.substr(at, clients.find('\n', at) - at);
        if (line.find("user=" + name + " ") != std::string::npos) ++count;
      }
    }
    return count;
  };
  EXPECT_GE(users("ann"), 3);
  is_ben = true;
  client.refresh_credentials();
  EXPECT_TRUE(wait_until([&] { return users("ann") == 0; }, 5s)) << "a connection that blocks is ended when idle";
  EXPECT_GE(users("ben"), 3);
}

// S10
TEST(Acl, a_user_without_the_right_to_ask_for_the_topology_is_told_so) {
  new_user("blind", {">secret", "~*", "+@all", "-cluster"});
  const Error error = error_of(as("blind", "secret"));
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_TRUE(contains(error.message, "CLUSTER SLOTS was refused") && contains(error.message, "+cluster|slots")) << error.message;
}

TEST(Acl, a_user_with_the_least_rights_can_work) {
  new_user("least", {">secret", "~least:*", "+get", "+set", "+cluster|slots"});
  Options options = as("least", "secret");
  options.client_name = "least";
  options.read_from_replicas = true;
  RedisCluster client(options);
  EXPECT_TRUE(client.set("least:k", "v"));
  EXPECT_EQ(client.get("least:k"), "v");
}

// S11
TEST(Acl, a_right_taken_away_is_told_once_without_trying_again) {
  LocalCluster& cluster = acl_cluster();
  new_user("app", {">secret", "~*", "+@all"});
  RedisCluster client(as("app", "secret"));
  client.set("acl:k", "v");
  set_user("app", {"-get"});
  for (int i = 0; i < cluster.size(); ++i) cluster.call(i, {"CONFIG", "RESETSTAT"});
  const auto result = client.nothrow().get("acl:k");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::no_permission);
  EXPECT_EQ(result.error().attempts, 1);
  int rejected = 0;
  for (int i = 0; i < cluster.size(); ++i) rejected += count_in_stats(i, "get", "rejected_calls");
  EXPECT_EQ(rejected, 1);
  EXPECT_TRUE(client.set("acl:k", "w")) << "the connection is as good as before";
}

// S13
TEST(Acl, a_user_that_is_deleted_and_made_again_is_greeted_in_full) {
  LocalCluster& cluster = acl_cluster();
  new_user("app", {">secret", "~*", "+@all"});
  Options options = as("app", "secret");
  options.client_name = "back-again";
  options.read_from_replicas = true;
  RedisCluster client(options);
  client.set("acl:k", "v");
  for (int i = 0; i < cluster.size(); ++i) cluster.call(i, {"ACL", "DELUSER", "app"});
  new_user("app", {">secret", "~*", "+@all"});
  EXPECT_TRUE(wait_until([&] { return client.nothrow().set("acl:k", "w").has_value(); }, 10s));
  int greeted = 0;
  for (int node = 0; node < cluster.size(); ++node) {
    const std::string clients = cluster.call(node, {"CLIENT", "LIST"}).text;
    for (std::size_t at = clients.find("name=back-again "); at != std::string::npos; at = clients.find("name=back-again ", at + 1)) {
      const std::string line = clients.substr(at, clients.find('\n', at) - at);
      EXPECT_NE(line.find("user=app "), std::string::npos) << line;
      EXPECT_NE(line.find("resp=3"), std::string::npos) << line;
      EXPECT_NE(line.find("flags=r"), std::string::npos) << "READONLY was not said again: " << line;
      ++greeted;
    }
  }
  EXPECT_GE(greeted, 1);
}

// S11
TEST(Acl, a_right_that_is_missing_in_a_transaction_is_named_and_nothing_of_it_runs) {
  new_user("app", {">right", "~*", "+@all", "-incr"});
  RedisCluster client(as("app", "right"));
  client.del({"{acl}:a", "{acl}:n"});
  const auto refreshes = client.stats().refreshes;
  auto transaction = client.nothrow().transaction();
  transaction.set("{acl}:a", "1");
  const auto counted = transaction.incr("{acl}:n");
  const auto replies = transaction.execute();
  ASSERT_FALSE(replies);
  EXPECT_EQ(replies.error().execution, rediscluster::Execution::not_executed);
  EXPECT_EQ(replies.error().attempts, 1) << "tried again";
  EXPECT_TRUE(contains(replies.error().message, "INCR") && contains(replies.error().message, "no permissions")) << replies.error().message;
  EXPECT_FALSE(counted.result());
  EXPECT_FALSE(client.get("{acl}:a"));
  EXPECT_EQ(client.stats().refreshes, refreshes);
}

// Keys that have moved on are found by ASK, and ASKING wants a right of its own.
TEST(Acl, a_user_without_asking_is_told_so_while_a_slot_moves) {
  LocalCluster& cluster = acl_cluster();
  new_user("app", {">right", "~*", "+@all", "-asking"});
  RedisCluster client(as("app", "right"));
  const int slot = rediscluster::keyslot("acl:moving");
  const int from = cluster.primary_of_slot(slot);
  const std::vector<int> primaries = cluster.primaries();
  auto move = cluster.begin_move(slot, from, *std::find_if(primaries.begin(), primaries.end(), [&](int node) { return node != from; }));
  const auto result = client.nothrow().get("acl:moving");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::no_permission);
  EXPECT_TRUE(contains(result.error().message, "+asking")) << result.error().message;
  move.abandon();
  EXPECT_EQ(client.get("acl:moving"), std::nullopt);
}

// Redis before 7.2 does not know CLIENT SETINFO, and counts each try as an error; later ones count what an ACL refuses.
TEST(Acl, what_a_server_refused_of_the_handshake_is_not_said_again) {
  LocalCluster& cluster = acl_cluster();
  new_user("app", {">right", "~*", "+@all", "-client"});
  RedisCluster client(as("app", "right"));
  EXPECT_EQ(client.get("acl:k2"), std::nullopt);
  const auto errors = [&] {
    std::string all;
    for (int i = 0; i < cluster.size(); ++i) all += cluster.call(i, {"INFO", "errorstats"}).text;
    return all;
  };
  const std::string before = errors();
  drop_clients();
  EXPECT_EQ(client.get("acl:k2"), std::nullopt);
  EXPECT_EQ(errors(), before);
}

}  // namespace
