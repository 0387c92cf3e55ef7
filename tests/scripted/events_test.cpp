/// on_event, on_log and stats(): what a client tells of itself, and that a hook cannot hurt it.
#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "async_play.hpp"

namespace {

using namespace play;
using rediscluster::Event;
using rediscluster::Log;
using rediscluster::LogLevel;
using rediscluster::Options;

/// Keeps what it hears. Any thread.
class Listener {
 public:
  auto hook() {
    return [this](const Event& event) {
      std::lock_guard lock{mutex_};
      events_.push_back(event);
    };
  }
  std::vector<Event> of(Event::Kind kind) const {
    std::lock_guard lock{mutex_};
    std::vector<Event> found;
    std::copy_if(events_.begin(), events_.end(), std::back_inserter(found), [&](const Event& each) { return each.kind == kind; });
    return found;
  }
  /// The first event of a kind, when there is one within two seconds.
  std::optional<Event> first(Event::Kind kind) const {
    const bool came = wait_until([&] { return !of(kind).empty(); }, 2s);
    return came ? std::optional(of(kind).front()) : std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

Options options_for(const ScriptedCluster& cluster, rediscluster::EventHook hook) {
  Options options{.startup_nodes = cluster.seeds()};
  options.on_event = std::move(hook);
  return options;
}

TEST(Events, a_connection_and_the_first_topology_are_told) {
  ScriptedCluster cluster(2);
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  const auto connected = listener.of(Event::Kind::connected);
  ASSERT_EQ(connected.size(), 1u);
  EXPECT_EQ(connected[0].node, cluster[0].address());
  EXPECT_GT(connected[0].duration.count(), 0);
  const auto refreshed = listener.of(Event::Kind::refreshed);
  ASSERT_EQ(refreshed.size(), 1u);
  EXPECT_EQ(refreshed[0].count, 16384);
  EXPECT_TRUE(listener.of(Event::Kind::failover_seen).empty()) << "the first topology is no failover";
}

TEST(Events, moved_names_both_nodes_and_the_slot) {
  ScriptedCluster cluster(2);
  cluster[1].expect("GET", "foo").answer_error(moved_to(cluster[0]));
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  EXPECT_EQ(client.get("foo"), "bar");
  const auto moved = listener.of(Event::Kind::moved);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].node, cluster[1].address());
  EXPECT_EQ(moved[0].other, cluster[0].address());
  EXPECT_EQ(moved[0].slot, slot_of_foo);
  EXPECT_EQ(client.stats().moved, 1u);
}

TEST(Events, ask_is_told_as_such) {
  ScriptedCluster cluster(2);
  cluster[1].expect("GET", "foo").answer_error(ask_at(cluster[0]));
  cluster[0].expect("ASKING").answer_status("OK");
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  EXPECT_EQ(client.get("foo"), "bar");
  ASSERT_EQ(listener.of(Event::Kind::ask).size(), 1u);
  EXPECT_EQ(listener.of(Event::Kind::ask)[0].other, cluster[0].address());
  EXPECT_TRUE(listener.of(Event::Kind::moved).empty());
  EXPECT_EQ(client.stats().asked, 1u);
}

TEST(Events, a_redirect_to_nowhere_is_told) {
  ScriptedCluster cluster(1);
  cluster[0].expect("GET", "foo").answer_error("MOVED 12182 ?:7001");
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  EXPECT_EQ(client.get("foo"), "bar");
  ASSERT_EQ(listener.of(Event::Kind::bad_redirect).size(), 1u);
  EXPECT_EQ(listener.of(Event::Kind::bad_redirect)[0].node, cluster[0].address());
}

TEST(Events, a_retry_tells_its_cause_and_is_counted_by_it) {
  ScriptedCluster cluster(1);
  cluster[0].expect("INCR", "n").answer_error("LOADING Redis is loading the dataset in memory");
  cluster[0].expect("INCR", "n").answer_integer(1);
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  EXPECT_EQ(client.incr("n"), 1);
  const auto retries = listener.of(Event::Kind::retry);
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].code, Errc::loading);
  EXPECT_EQ(retries[0].node, cluster[0].address());
  EXPECT_EQ(retries[0].attempts, 1);
  EXPECT_GT(retries[0].duration.count(), 0);
  EXPECT_EQ(client.stats().retries.at(Errc::loading), 1u);
  EXPECT_TRUE(client.stats().errors.empty());
}

TEST(Events, a_lost_connection_and_the_error_it_caused_are_told_without_the_arguments) {
  ScriptedCluster cluster(1);
  cluster[0].expect("RPUSH", "canary-key", "canary-value").close();
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  EXPECT_FALSE(client.nothrow().rpush("canary-key", {"canary-value"}).has_value());
  const auto lost = listener.first(Event::Kind::lost);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->node, cluster[0].address());
  EXPECT_EQ(lost->code, Errc::connection_lost);
  const auto failed = listener.first(Event::Kind::command_failed);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, Errc::connection_lost);
  EXPECT_EQ(failed->attempts, 1);
  EXPECT_TRUE(contains(failed->message, "RPUSH")) << failed->message;
  for (const Event& event : {*lost, *failed}) EXPECT_FALSE(contains(to_string(event), "canary")) << to_string(event);
  EXPECT_EQ(client.stats().connections_lost, 1u);
  EXPECT_EQ(client.stats().errors.at(Errc::connection_lost), 1u);
}

TEST(Events, a_connection_that_the_client_ends_is_not_lost) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  EXPECT_EQ(client.get("foo"), "foo");
  client.close();
  EXPECT_TRUE(listener.of(Event::Kind::lost).empty());
  EXPECT_EQ(client.stats().connections_lost, 0u);
}

TEST(Events, a_refused_connection_is_told_with_its_reason) {
  ScriptedCluster cluster(2);
  Listener listener;
  Options options = options_for(cluster, listener.hook());
  options.command_timeout = 200ms;
  RedisCluster client(options);
  cluster[1].refuse_new(true);
  EXPECT_EQ(error_of(client.nothrow().incr("foo")).code, Errc::connect_failed);
  const auto failed = listener.first(Event::Kind::connect_failed);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->node, cluster[1].address());
  EXPECT_FALSE(failed->message.empty());
}

TEST(Events, a_replica_that_took_over_is_told_as_a_failover_with_what_changed) {
  ScriptedCluster cluster(2, 1);  // node 3 is the replica of node 1
  cluster[1].always(starts_with({"INCR"})).answer_error("CLUSTERDOWN The cluster is down");
  cluster[3].always(starts_with({"INCR"})).answer_integer(1);
  Listener listener;
  RedisCluster client(options_for(cluster, listener.hook()));
  auto ranges = cluster.ranges();
  ranges[1] = {ranges[1].first, ranges[1].last, cluster[3], {cluster[1]}};
  cluster.serve_slots(ranges);
  EXPECT_EQ(client.incr("foo"), 1);
  const auto seen = listener.first(Event::Kind::failover_seen);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->node, cluster[3].address());
  EXPECT_EQ(seen->other, cluster[1].address());
  EXPECT_EQ(seen->count, 8192);
  const auto refreshed = listener.of(Event::Kind::refreshed);
  const auto changed = std::find_if(refreshed.begin() + 1, refreshed.end(), [](const Event& each) { return each.count > 0; });
  ASSERT_NE(changed, refreshed.end());
  EXPECT_EQ(changed->message, "8192 slots: " + cluster[1].address_text() + " -> " + cluster[3].address_text());
  EXPECT_EQ(client.stats().failovers, 1u);
}

TEST(Events, a_round_of_questions_without_an_answer_is_told) {
  ScriptedCluster cluster(1);
  Listener listener;
  Options options = options_for(cluster, listener.hook());
  options.topology_refresh_period = 20ms;
  RedisCluster client(options);
  cluster[0].always("CLUSTER", "SLOTS").answer_error("NOPERM this user has no permissions to run the 'cluster|slots' command");
  const auto failed = listener.first(Event::Kind::refresh_failed);
  ASSERT_TRUE(failed);
  EXPECT_TRUE(contains(failed->message, "NOPERM")) << failed->message;
}

TEST(Events, log_lines_come_from_their_level_on) {
  ScriptedCluster cluster(2);
  cluster[1].expect("GET", "foo").answer_error(moved_to(cluster[0]));
  cluster[0].expect("GET", "foo").close();
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  for (const LogLevel least : {LogLevel::trace, LogLevel::warning}) {
    std::vector<std::string> lines;
    std::mutex mutex;
    Options options{.startup_nodes = cluster.seeds()};
    options.log_level = least;
    options.on_log = [&](const Log& line) {
      std::lock_guard lock{mutex};
      EXPECT_GE(line.level, least);
      EXPECT_TRUE(rediscluster::testing::starts_with({line.what})({line.text.substr(0, line.text.find(' '))})) << line.text;
      lines.emplace_back(line.what);
    };
    RedisCluster client(options);
    if (least == LogLevel::trace) {
      EXPECT_EQ(client.get("foo"), "bar");
    } else {
      cluster[0].expect("GET", "bar").close();
      cluster[0].expect("GET", "bar").answer_bulk("bar");
      EXPECT_EQ(client.get("bar"), "bar");
    }
    client.close();
    std::lock_guard lock{mutex};
    const auto has = [&](const char* what) { return std::find(lines.begin(), lines.end(), what) != lines.end(); };
    EXPECT_TRUE(has("lost"));
    EXPECT_EQ(has("moved"), least == LogLevel::trace);
    EXPECT_EQ(has("retry"), least == LogLevel::trace);
  }
}

TEST(Events, hooks_that_throw_break_nothing) {
  ScriptedCluster cluster(2);
  std::atomic<int> called{0};
  Options options = options_for(cluster, [&](const Event&) {
    ++called;
    throw std::runtime_error("a fault of the user's");
  });
  options.log_level = LogLevel::trace;
  options.on_log = [](const Log&) { throw 1; };
  RedisCluster client(options);
  cluster[1].expect("GET", "foo").answer_error(moved_to(cluster[0]));
  cluster[0].expect("GET", "foo").close();
  cluster[0].expect("GET", "foo").answer_bulk("bar");
  EXPECT_EQ(client.get("foo"), "bar");
  EXPECT_GE(called, 4);  // connected twice, moved, lost, retry
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Events, a_command_inside_a_hook_is_refused_at_once_and_stats_are_given) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  std::atomic<RedisCluster*> inner{nullptr};  // taken by the first loss, on whatever thread that is told
  std::optional<Error> refusal;
  std::uint64_t made = 0;
  std::atomic<bool> asked{false};
  Options options = options_for(cluster, [&](const Event& event) {
    if (event.kind != Event::Kind::lost) return;
    RedisCluster* const client = inner.exchange(nullptr);
    if (client == nullptr) return;
    refusal = error_of(client->nothrow().get("inside"));
    made = client->stats().connections_made;
    asked = true;
  });
  RedisCluster client(options);
  inner = &client;
  cluster[0].expect("GET", "foo").close();
  EXPECT_EQ(client.get("foo"), "foo");
  ASSERT_TRUE(wait_until([&] { return asked.load(); }, 2s)) << "the hook was not called";
  EXPECT_EQ(refusal->code, Errc::not_allowed);
  EXPECT_TRUE(contains(refusal->message, "on_event")) << refusal->message;
  EXPECT_EQ(made, 1u);
}

TEST(Events, a_hook_may_close_the_client_on_whatever_thread_it_runs) {
  for (const Event::Kind when : {Event::Kind::lost, Event::Kind::refreshed, Event::Kind::connected, Event::Kind::retry}) {
    ScriptedCluster cluster(2);
    std::atomic<RedisCluster*> victim{nullptr};
    std::atomic<bool> closed{false};
    Options options = options_for(cluster, [&](const Event& event) {
      RedisCluster* client = victim.load();
      if (client == nullptr || event.kind != when) return;
      client->close();
      closed = true;
    });
    options.topology_refresh_period = 30ms;
    cluster[1].always("GET", "foo").close();
    RedisCluster client(options);
    victim = &client;
    EXPECT_LT(time_of([&] { EXPECT_FALSE(client.nothrow().get("foo").has_value()); }), 3s);
    EXPECT_TRUE(wait_until([&] { return closed.load(); }, 3s)) << to_string(when);
    EXPECT_EQ(error_of(client.nothrow().get("foo")).code, Errc::client_closed);
    victim = nullptr;
  }
}

TEST(Stats, late_replies_pushes_and_what_is_under_way_are_counted) {
  ScriptedCluster cluster(1);
  Gate gate;
  echo_gets(cluster);
  cluster[0].always("INCR", "slow").after(gate).answer_integer(1);
  cluster[0].always("INCR", "late").after_delay(60ms).answer_integer(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 5s, .lanes_per_node = 1});
  auto hasty = RedisCluster({.startup_nodes = cluster.seeds(), .command_timeout = 30ms, .lanes_per_node = 1});
  Crowd caller(1, [&](int) { EXPECT_EQ(client.incr("slow"), 1); });
  EXPECT_TRUE(wait_until([&] { return client.stats().in_flight == 1; }, 2s));
  gate.open();
  caller.join();
  EXPECT_TRUE(wait_until([&] { return client.stats().in_flight == 0; }, 2s));
  const auto both_came = [&] {
    cluster[0].send_unasked(">2\r\n+news\r\n+none\r\n");
    (void)hasty.nothrow().incr("late");
    const auto stats = hasty.stats();
    return stats.replies_discarded > 0 && stats.pushes_dropped > 0;
  };
  EXPECT_TRUE(wait_until(both_came, 5s));
  EXPECT_GE(hasty.stats().errors.at(Errc::timed_out), 1u);
}

// The thread that looks after silent nodes looks at their connections, and may find one lost.
TEST(Events, a_hook_may_ask_for_the_counters_and_close_whoever_calls_it) {
  for (const bool closes : {false, true}) {
    ScriptedCluster cluster(2);
    cluster[0].always("GET", "bar").after_delay(1500ms).answer_bulk("late");
    cluster[1].always("INCR", "foo").after_delay(700ms).close();
    std::atomic<RedisCluster*> client_in_hook{nullptr};
    std::atomic<int> asked{0};
    RedisCluster client(options_for(cluster, [&](const Event& event) {
      RedisCluster* hooked = client_in_hook;
      if (event.kind != Event::Kind::lost || hooked == nullptr) return;
      static_cast<void>(hooked->stats());
      if (closes) hooked->close();
      ++asked;
    }));
    client_in_hook = &client;
    // The caller waits for the first node; the end of the other connection is seen by the thread that looks after both.
    auto pipeline = client.nothrow().pipeline();
    const auto slow = pipeline.get("bar");
    const auto lost = pipeline.incr("foo");
    auto done = std::async(std::launch::async, [&] { static_cast<void>(pipeline.execute()); });
    ASSERT_EQ(done.wait_for(10s), std::future_status::ready) << "hook, health watch and caller wait for each other";
    EXPECT_TRUE(wait_until([&] { return asked >= 1; }, 5s));
    if (closes) {
      EXPECT_EQ(error_of(slow.result()).code, Errc::client_closed);
    } else {
      EXPECT_EQ(slow.result().value(), "late");
    }
  }
}

TEST(Events, tell_that_a_completion_has_kept_a_reactor) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  Listener listener;
  Options options{.startup_nodes = cluster.seeds()};
  options.on_event = listener.hook();
  const rediscluster::AsyncRedisCluster client(options, {.block_warning = 30ms});
  client.get("k").then([](const auto& /*result*/) { std::this_thread::sleep_for(60ms); });
  std::promise<void> told;  // of another turn: the event comes at the end of the one that was held up
  client.get("k").then([&](const auto& /*result*/) { client.get("k").then([&](const auto& /*another*/) { told.set_value(); }); });
  told.get_future().wait();
  const std::optional<Event> event = listener.first(Event::Kind::reactor_blocked);
  ASSERT_TRUE(event);
  EXPECT_GE(event->duration, 60ms);
  EXPECT_TRUE(contains(to_string(*event), "reactor_blocked")) << to_string(*event);
  EXPECT_GE(client.stats().reactor_blocks, 1u);
}

TEST(Events, tell_of_no_reactor_that_was_kept_when_nobody_wants_to_know) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  const rediscluster::AsyncRedisCluster client({.startup_nodes = cluster.seeds()}, {.block_warning = 0ms});
  std::promise<void> told;
  client.get("k").then([&](const auto& /*result*/) {
    std::this_thread::sleep_for(60ms);
    told.set_value();
  });
  told.get_future().wait();
  std::promise<void> next;
  client.get("k").then([&](const auto& /*result*/) { next.set_value(); });
  next.get_future().wait();
  EXPECT_EQ(client.stats().reactor_blocks, 0u);
}

}  // namespace
