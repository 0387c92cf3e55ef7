/// What is sent again and what is not: the retry table, played against nodes that count.
#include <atomic>
#include <functional>

#include "play.hpp"

namespace {

using namespace play;

// A write that was received and whose answer is lost.

TEST(Retries, an_increment_whose_connection_is_lost_is_sent_once_and_in_doubt) {
  for (const Cut how : {Cut::fin, Cut::reset}) {
    ScriptedCluster cluster(1);
    if (how == Cut::fin) {
      cluster[0].always("INCR", "n").close();
    } else {
      cluster[0].always("INCR", "n").close_with_reset();
    }
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const Error error = error_of(client.nothrow().incr("n"));
    EXPECT_EQ(error.code, Errc::connection_lost);
    EXPECT_EQ(error.execution, Execution::maybe_executed);
    EXPECT_EQ(error.node, cluster[0].address());
    EXPECT_EQ(error.attempts, 1);
    EXPECT_TRUE(contains(error.message, "INCR")) << error.message;
    EXPECT_EQ(cluster[0].received("INCR"), 1);
  }
}

TEST(Retries, a_write_in_doubt_throws_a_connection_error_that_says_so) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const std::string text = message_of<rediscluster::ConnectionError>([&] { client.incr("n"); });
  EXPECT_TRUE(contains(text, "maybe_executed")) << text;
}

TEST(Retries, a_read_is_sent_again) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "k").close();
  cluster[0].expect("GET", "k").close_with_reset();
  cluster[0].expect("GET", "k").answer_bulk("v");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Retries, a_set_is_in_doubt_by_default) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"SET"})).close();
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(error_of(client.nothrow().set("k", "v")).execution, Execution::maybe_executed);
  EXPECT_EQ(cluster[0].received("SET"), 1);
}

TEST(Retries, a_set_is_sent_again_when_idempotent_writes_may_be) {
  ScriptedCluster cluster(1);
  cluster[0].expect("SET", "k", "v").close();
  cluster[0].expect("SET", "k", "v").answer_status("OK");
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
  EXPECT_TRUE(client.set("k", "v"));
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Retries, writes_that_change_their_meaning_are_not_sent_again_as_idempotent_ones) {
  struct Case {
    const char* name;
    std::function<Error(rediscluster::NothrowRedisCluster)> run;
  };
  const std::vector<Case> cases{
      {"SET", [](auto c) { return error_of(c.set("k", "v", {.only_if = rediscluster::Exists::no})); }},
      {"INCR", [](auto c) { return error_of(c.incr("k")); }},
      {"APPEND", [](auto c) { return error_of(c.append("k", "v")); }},
      {"RPUSH", [](auto c) { return error_of(c.rpush("k", "v")); }},
      {"GETDEL", [](auto c) { return error_of(c.getdel("k")); }},
      {"SPOP", [](auto c) { return error_of(c.spop("k")); }},
      {"HINCRBY", [](auto c) { return error_of(c.hincrby("k", "f", 1)); }},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({each.name})).close();
    RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
    EXPECT_EQ(each.run(client.nothrow()).execution, Execution::maybe_executed);
    EXPECT_EQ(cluster[0].received(each.name), 1);
  }
}

TEST(Retries, everything_is_sent_again_for_those_who_ask_for_it) {
  ScriptedCluster cluster(1);
  cluster[0].expect("INCR", "n").close();
  cluster[0].expect("INCR", "n").answer_integer(2);
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::everything});
  EXPECT_EQ(client.incr("n"), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Retries, a_resent_write_that_fails_in_the_end_stays_in_doubt) {
  ScriptedCluster cluster(1);
  cluster[0].expect("SET", "k", "v").close();
  cluster[0].expect("SET", "k", "v").answer_error("OOM command not allowed when used memory > 'maxmemory'.");
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::idempotent_writes});
  const Error error = error_of(client.nothrow().set("k", "v"));
  EXPECT_EQ(error.code, Errc::out_of_memory);
  EXPECT_EQ(error.execution, Execution::maybe_executed) << "the first attempt may have run";
  EXPECT_EQ(error.attempts, 2);
}

TEST(Retries, a_write_that_found_a_closed_connection_is_sent_on_a_new_one) {
  ScriptedCluster cluster(1);
  cluster[0].expect("INCR", "n").answer_integer(1);
  cluster[0].expect("INCR", "n").answer_integer(2);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.incr("n"), 1);
  cluster[0].drop_connections();  // as a server does with idle clients
  const auto idle_since = Clock::now();
  ASSERT_TRUE(wait_until([&] { return Clock::now() - idle_since > 20ms; }, 1s));
  EXPECT_EQ(client.incr("n"), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

// Refusals that pass.

struct Passing {
  const char* reply;
  Errc code;
};
constexpr Passing passing_refusals[] = {
    {"CLUSTERDOWN The cluster is down", Errc::cluster_down},
    {"CLUSTERDOWN The cluster is down and only accepts read commands", Errc::cluster_down},
    {"CLUSTERDOWN Hash slot not served", Errc::cluster_down},
    {"TRYAGAIN Multiple keys request during rehashing of slot", Errc::try_again},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", Errc::master_down},
    {"READONLY You can't write against a read only replica.", Errc::read_only},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", Errc::busy},
    {"LOADING Redis is loading the dataset in memory", Errc::loading},
    {"NOREPLICAS Not enough good replicas to write.", Errc::no_replicas},
};

TEST(Retries, refusals_that_pass_are_absorbed) {
  for (const Passing& refusal : passing_refusals) {
    SCOPED_TRACE(refusal.reply);
    ScriptedCluster cluster(1);
    cluster[0].expect("INCR", "n").answer_error(refusal.reply).times(3);
    cluster[0].expect("INCR", "n").answer_integer(1);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    EXPECT_EQ(client.incr("n"), 1);
    EXPECT_EQ(cluster.complaints(), "");
  }
}

TEST(Retries, refusals_that_last_surface_by_the_deadline_as_what_they_are) {
  for (const Passing& refusal : passing_refusals) {
    SCOPED_TRACE(refusal.reply);
    ScriptedCluster cluster(1);
    cluster[0].always("INCR", "n").answer_error(refusal.reply);
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 120ms});
    Error error;
    const milliseconds took = time_of([&] { error = error_of(client.nothrow().incr("n")); });
    EXPECT_EQ(error.code, refusal.code);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_EQ(error.attempts, cluster[0].received("INCR"));
    EXPECT_TRUE(contains(error.message, refusal.reply)) << error.message;
    EXPECT_TRUE(contains(error.message, "deadline")) << error.message;
    EXPECT_GE(took, 110ms) << "gave up too early";
    EXPECT_LT(took, 120ms + worst_overrun);
    EXPECT_LE(cluster[0].received("INCR"), 16) << "no pause between the attempts";
  }
}

TEST(Retries, each_refusal_throws_its_own_class) {
  const auto throws_after = [](const char* reply, const std::function<void(RedisCluster&)>& check) {
    ScriptedCluster cluster(1);
    cluster[0].always("INCR", "n").answer_error(reply);
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
    check(client);
  };
  using namespace rediscluster;
  throws_after("CLUSTERDOWN The cluster is down", [](auto& c) { EXPECT_THROW(c.incr("n"), ClusterDownError); });
  throws_after("TRYAGAIN Multiple keys", [](auto& c) { EXPECT_THROW(c.incr("n"), TryAgainError); });
  throws_after("MASTERDOWN Link with MASTER is down", [](auto& c) { EXPECT_THROW(c.incr("n"), MasterDownError); });
  throws_after("READONLY You can't write", [](auto& c) { EXPECT_THROW(c.incr("n"), ReadOnlyError); });
  throws_after("LOADING Redis is loading", [](auto& c) { EXPECT_THROW(c.incr("n"), BusyLoadingError); });
  throws_after("NOPERM this user has no permissions", [](auto& c) { EXPECT_THROW(c.incr("n"), NoPermissionError); });
  throws_after("NOAUTH Authentication required.", [](auto& c) { EXPECT_THROW(c.incr("n"), AuthenticationError); });
  throws_after("ERR value is not an integer", [](auto& c) { EXPECT_THROW(c.incr("n"), ResponseError); });
}

TEST(Retries, refusals_that_do_not_pass_surface_at_once) {
  const Passing lasting_refusals[] = {
      {"NOPERM this user has no permissions to run the 'incr' command", Errc::no_permission},
      {"WRONGTYPE Operation against a key holding the wrong kind of value", Errc::wrong_type},
      {"OOM command not allowed when used memory > 'maxmemory'.", Errc::out_of_memory},
      {"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
       Errc::misconfigured},
      {"NOAUTH Authentication required.", Errc::no_auth},
      {"CROSSSLOT Keys in request don't hash to the same slot", Errc::cross_slot},
      {"ERR value is not an integer or out of range", Errc::response_error},
      {"SOMETHING nobody has heard of", Errc::response_error},
  };
  for (const Passing& refusal : lasting_refusals) {
    SCOPED_TRACE(refusal.reply);
    ScriptedCluster cluster(1);
    cluster[0].always("INCR", "n").answer_error(refusal.reply);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    Error error;
    EXPECT_LT(time_of([&] { error = error_of(client.nothrow().incr("n")); }), soon);
    EXPECT_EQ(error.code, refusal.code);
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_EQ(cluster[0].received("INCR"), 1);
    EXPECT_TRUE(contains(error.message, refusal.reply)) << error.message;
  }
}

TEST(Retries, a_no_permission_is_no_reason_to_ask_for_the_topology) {
  ScriptedCluster cluster(1);
  cluster[0].always("INCR", "n").answer_error("NOPERM this user has no permissions to run the 'incr' command");
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const int before = topology_questions(cluster);
  for (int i = 0; i < 20; ++i) error_of(client.nothrow().incr("n"));
  EXPECT_FALSE(wait_until([&] { return topology_questions(cluster) > before; }, 200ms));
}

TEST(Retries, a_node_that_loads_for_a_while_is_waited_for_with_few_questions) {
  ScriptedCluster cluster(1);
  const auto loaded_at = Clock::now() + 700ms;
  cluster[0].always("GET", "k").answer_with([=](const CommandWords&) {
    return Clock::now() < loaded_at ? RawReply::error("LOADING Redis is loading the dataset in memory")
                                    : RawReply::bulk("v");
  });
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("k"), "v");
  EXPECT_LE(cluster[0].received("GET"), 20);
}

TEST(Retries, an_endless_unblocked_does_not_spin) {
  ScriptedCluster cluster(1);
  cluster[0]
      .always(starts_with({"BLPOP"}))
      .answer_error("UNBLOCKED force unblock from blocking operation, instance state changed");
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 200ms});
  const Error error = error_of(client.nothrow().blpop("k", 100ms));
  // By whether the time ran out between two attempts or within the last one.
  EXPECT_TRUE(error.code == Errc::unblocked || error.code == Errc::timed_out) << to_string(error);
  EXPECT_LE(cluster[0].received("BLPOP"), 40);
}

// Nodes that cannot be reached.

TEST(Retries, a_refused_connection_is_tried_again_until_the_node_is_back) {
  ScriptedCluster cluster(2);
  cluster[1].always("INCR", "foo").answer_integer(1);
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  cluster[1].refuse_new(true);
  Crowd healer(1, [&](int) {
    const auto begin = Clock::now();
    wait_until([&] { return Clock::now() - begin > 150ms; }, 1s);
    cluster[1].refuse_new(false);
  });
  EXPECT_EQ(client.incr("foo"), 1);
  EXPECT_EQ(cluster[1].received("INCR"), 1);
}

TEST(Retries, a_node_that_refuses_for_long_ends_in_an_error_that_names_it_and_why) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 150ms});
  cluster[1].refuse_new(true);
  const Error error = error_of(client.nothrow().incr("foo"));
  EXPECT_EQ(error.code, Errc::connect_failed) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(error.node, cluster[1].address());
  EXPECT_TRUE(contains(error.message, "refused")) << error.message;
  EXPECT_TRUE(contains(error.message, cluster[1].address_text())) << error.message;
}

int attempts_to_connect_within(milliseconds span, int callers) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = span});
  cluster[1].always(starts_with({})).close();  // lets us count: every attempt is accepted and then fails
  Crowd(callers, [&](int) {
    EXPECT_EQ(error_of(client.nothrow().incr("foo")).execution, Execution::not_executed);
  }).join();
  return cluster[1].connections();
}

TEST(Retries, one_caller_connects_no_more_often_than_the_backoff_allows) {
  // Pauses of at least 2, 4, 8, 16, 32, 64, 125, 125 ... ms: ten fit into 700 ms, the first attempt comes on top.
  EXPECT_LE(attempts_to_connect_within(700ms, 1), 12);
}

TEST(Retries, many_callers_together_connect_no_more_often_than_the_backoff_allows) {
  // Connections to one node that find the pause over at the same moment may all try: one for each lane.
  EXPECT_LE(attempts_to_connect_within(700ms, 32), 4 * 12);
}

TEST(Retries, a_full_server_is_waited_for_without_a_command_or_a_password_being_sent) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .command_timeout = 400ms});
  cluster[1].always(starts_with({"HELLO"})).answer_error("ERR max number of clients reached").close();
  const Error error = error_of(client.nothrow().incr("foo"));
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(cluster[1].received("INCR"), 0);
  EXPECT_LE(cluster[1].connections(), 12);
  EXPECT_TRUE(contains(error.message, "max number of clients")) << error.message;
}

TEST(Retries, a_server_that_is_full_for_a_moment_is_not_noticed) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}});
  const auto room_at = Clock::now() + 200ms;
  cluster[1].always("INCR", "foo").answer_integer(1);
  for (int i = 0; i < 3; ++i) cluster[1].expect("HELLO", "3").answer_error("ERR max number of clients reached").close();
  EXPECT_EQ(client.incr("foo"), 1);
  EXPECT_LT(Clock::now(), room_at + 2s);
}

}  // namespace
