/// Finding the cluster for the first time: startup nodes that refuse, hang or are slow, and callers who wait for somebody else's
/// first connection.
#include "play.hpp"

#include <poll.h>

#include <atomic>
#include <fstream>
#include <stop_token>

#include "support/listener.hpp"

namespace {

using namespace play;
using rediscluster::Options;
namespace cmd = rediscluster::cmd;

using Trouble = std::function<void(ScriptedNode&)>;

void answer_no_hello(ScriptedNode& node) { node.always(starts_with({"HELLO"})).silence(); }
void answer_no_question(ScriptedNode& node) { node.always("CLUSTER", "SLOTS").silence(); }

struct Refusing {
  const char* name;
  Trouble trouble;
  Errc code;
};

std::vector<Refusing> refusing_seeds() {
  return {
      {"another password", [](ScriptedNode& node) { node.always(starts_with({"HELLO"})).answer_error("WRONGPASS invalid username-password pair or user is disabled."); }, Errc::wrong_password},
      {"a password where we have none", [](ScriptedNode& node) { node.on_hello(ScriptedHello::no_auth); }, Errc::no_auth},
      {"a stranger that refuses questions", [](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").answer_error("NOAUTH Authentication required."); }, Errc::no_auth},
      {"no right to ask", [](ScriptedNode& node) { node.always("CLUSTER", "SLOTS").answer_error("NOPERM User app has no permissions to run the 'cluster|slots' command"); }, Errc::no_permission},
  };
}

Options for_refusing(const Refusing& refusing, const ScriptedCluster& cluster) {
  Options options{.startup_nodes = cluster.seeds()};
  if (refusing.code == Errc::wrong_password) options.password = canary;
  return options;
}

TEST(Seeds, one_that_refuses_us_does_not_speak_for_the_others) {
  for (const Refusing& each : refusing_seeds()) {
    for (const bool at_once : {true, false}) {
      SCOPED_TRACE(each.name);
      ScriptedCluster cluster(3);
      echo_gets(cluster);
      each.trouble(cluster[0]);
      Options options = for_refusing(each, cluster);
      options.init_slot_cache = at_once;
      RedisCluster client(options);
      EXPECT_EQ(client.get("foo"), "foo");
      EXPECT_LT(time_of([&] { EXPECT_EQ(client.get("foo"), "foo"); }), soon);
    }
  }
}

TEST(Seeds, that_all_refuse_us_are_named_and_the_first_gives_the_error) {
  for (const Refusing& each : refusing_seeds()) {
    SCOPED_TRACE(each.name);
    ScriptedCluster cluster(3);
    each.trouble(cluster[0]);
    cluster[1].refuse_new(true);
    refusing_seeds()[3].trouble(cluster[2]);
    try {
      RedisCluster client(for_refusing(each, cluster));
      ADD_FAILURE() << "all have refused";
    } catch (const RedisError& error) {
      EXPECT_EQ(error.error().code, each.code) << error.what();
      EXPECT_EQ(error.error().node, cluster[0].address());
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(contains(error.what(), cluster[i].address_text())) << error.what();
    }
  }
}

TEST(Seeds, that_hang_keep_nobody_from_the_others_however_short_the_time) {
  for (const Trouble& trouble : {Trouble(answer_no_hello), Trouble(answer_no_question)}) {
    for (const int hanging : {1, 3}) {
      for (const milliseconds timeout : {400ms, 1000ms}) {
        for (const char* password : {"", canary}) {
          SCOPED_TRACE(std::to_string(hanging) + " hang, " + std::to_string(timeout.count()) + " ms");
          ScriptedCluster cluster(hanging + 1);
          for (int i = 0; i < hanging; ++i) trouble(cluster[i]);
          RedisCluster client({.startup_nodes = cluster.seeds(), .password = password, .command_timeout = timeout});
          EXPECT_EQ(topology_questions(cluster, hanging), 1);
        }
      }
    }
  }
}

TEST(Seeds, that_hang_keep_nobody_from_the_others_below_a_bound_on_connections) {
  for (const Trouble& trouble : {Trouble(answer_no_hello), Trouble(answer_no_question)}) {
    for (const int bound : {1, 2}) {
      SCOPED_TRACE(bound);
      ScriptedCluster cluster(3);
      for (int i = 0; i < 2; ++i) trouble(cluster[i]);
      RedisCluster client({.startup_nodes = cluster.seeds(), .max_connections = bound, .command_timeout = 1s});
      EXPECT_EQ(topology_questions(cluster, 2), 1);
    }
  }
}

// The first one is done with before anybody could help: who is held up by the second must not be alone.
TEST(Seeds, that_hang_behind_one_that_fails_keep_nobody_from_the_others) {
  for (const Trouble& trouble : {Trouble(answer_no_hello), Trouble(answer_no_question)}) {
    ScriptedCluster cluster(3);
    cluster[0].refuse_new(true);
    trouble(cluster[1]);
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 800ms});
    EXPECT_EQ(topology_questions(cluster, 2), 1);
  }
}

/// A host that answers no SYN: its queue of new connections is full.
class DeafHost {
 public:
  DeafHost() {
    const sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(listener_.address().port)), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    for (const auto& each : queued_) ::connect(each.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  NodeAddress address() const { return listener_.address(); }
  bool is_deaf() const {
    pollfd last{queued_[3].get(), POLLOUT, 0};
    return ::poll(&last, 1, 50) == 0;
  }

 private:
  static int made() { return ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); }
  const test_support::Listener listener_{0};
  const test_support::Fd queued_[4] = {test_support::Fd(made()), test_support::Fd(made()), test_support::Fd(made()), test_support::Fd(made())};
};

TEST(Seeds, that_let_nobody_connect_keep_nobody_from_the_others) {
  const DeafHost deaf;
  ASSERT_TRUE(deaf.is_deaf());
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = {deaf.address(), cluster[0].address()}, .command_timeout = 800ms});
  EXPECT_EQ(topology_questions(cluster), 1);
}

TEST(Seeds, are_asked_beside_one_that_hangs_one_more_at_a_time) {
  for (int i = 0; i < 4; ++i) {
    ScriptedCluster cluster(6);
    answer_no_hello(cluster[0]);
    cluster[1].always("CLUSTER", "SLOTS").after_delay(50ms).answer(slots_answer(cluster.ranges()));
    RedisCluster client({.startup_nodes = cluster.seeds()});
    for (int other = 2; other < 6; ++other) EXPECT_EQ(cluster[other].connections(), 0);
  }
}

TEST(Seeds, that_are_slow_are_waited_for_when_the_others_hang) {
  ScriptedCluster cluster(2);
  cluster[0].always("CLUSTER", "SLOTS").after_delay(500ms).answer(slots_answer({{0, 8191, cluster[0]}, {8192, 16383, cluster[1]}}));
  answer_no_hello(cluster[1]);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 800ms + worst_overrun});
  EXPECT_EQ(cluster[0].connections(), 1) << "it was not asked twice";
}

TEST(Seeds, that_answer_at_once_are_asked_alone) {
  ScriptedCluster cluster(3);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(cluster[0].connections(), 1);
  EXPECT_EQ(cluster[1].connections() + cluster[2].connections(), 0);
}

TEST(Seeds, that_lose_to_another_leave_no_trace) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  Gate gate;
  cluster[0].expect("HELLO", "3").after(gate).answer_raw("%0\r\n");
  std::atomic<int> failures{0};
  Options options{.startup_nodes = cluster.seeds()};
  options.on_event = [&](const rediscluster::Event& event) { failures += event.kind == rediscluster::Event::Kind::connect_failed ? 1 : 0; };
  RedisCluster client(options);
  gate.open();
  EXPECT_EQ(client.get("bar"), "bar") << "the node is as good as any";
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(failures, 0);
}

TEST(Seeds, that_all_hang_are_an_error_in_time_that_names_all) {
  ScriptedCluster cluster(3);
  for (int i = 0; i < 3; ++i) answer_no_hello(cluster[i]);
  std::string text;
  const milliseconds took = time_of([&] {
    text = message_of<RedisError>([&] { RedisCluster client({.startup_nodes = cluster.seeds(), .socket_connect_timeout = 8s, .command_timeout = 300ms}); });
  });
  EXPECT_LT(took, 300ms + worst_overrun);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(contains(text, cluster[i].address_text())) << text;
    EXPECT_EQ(cluster[i].connections(), 1);
  }
}

// The first connection of a lazy client, made by whoever comes first.

Options lazy(const ScriptedCluster& cluster) {
  return {.startup_nodes = cluster.seeds(), .init_slot_cache = false, .socket_connect_timeout = 8s, .command_timeout = 8s};
}

/// A caller with all the time of the world, who is connecting.
class PatientCaller {
 public:
  PatientCaller(RedisCluster& client, const ScriptedNode& seed) {
    const int before = seed.received("HELLO");
    thread_ = std::thread([&] { result_ = client.nothrow().get("k"); });
    EXPECT_TRUE(wait_until([&] { return seed.received("HELLO") > before; }, 5s));
  }
  ~PatientCaller() { join(); }
  Result<std::optional<std::string>>& result() {
    join();
    return result_;
  }

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  Result<std::optional<std::string>> result_;
  std::thread thread_;
};

TEST(FirstConnection, of_another_is_waited_for_no_longer_than_one_may) {
  ScriptedCluster cluster(1);
  answer_no_hello(cluster[0]);
  RedisCluster client(lazy(cluster));
  PatientCaller patient(client, cluster[0]);
  for (int i = 0; i < 3; ++i) {
    Error error;
    EXPECT_LT(time_of([&] { error = error_of(client.nothrow().run(cmd::get("k"), {.timeout = 100ms})); }), 100ms + worst_overrun);
    EXPECT_EQ(error.code, Errc::timed_out) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
  }
  client.close();
}

TEST(FirstConnection, ends_by_the_stop_token_of_who_waits_and_of_who_makes_it) {
  for (const bool somebody_else_connects : {true, false}) {
    ScriptedCluster cluster(1);
    answer_no_hello(cluster[0]);
    RedisCluster client(lazy(cluster));
    std::optional<PatientCaller> patient;
    if (somebody_else_connects) patient.emplace(client, cluster[0]);
    std::stop_source source;
    Error error;
    milliseconds took{};
    std::thread waiting([&] { took = time_of([&] { error = error_of(client.nothrow().run(cmd::blpop("q", 0s), {.stop = source.get_token()})); }); });
    EXPECT_TRUE(wait_until([&] { return cluster[0].received("HELLO") > 0; }, 5s));
    std::this_thread::sleep_for(50ms);
    source.request_stop();
    waiting.join();
    EXPECT_LT(took, 50ms + 5 * worst_overrun);
    EXPECT_EQ(error.code, Errc::cancelled) << to_string(error);
    EXPECT_EQ(error.execution, Execution::not_executed);
    client.close();
  }
}

TEST(FirstConnection, that_is_stopped_is_made_by_the_next_who_waits) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  cluster[0].expect("HELLO", "3").silence();
  RedisCluster client(lazy(cluster));
  std::stop_source source;
  std::thread stopped([&] { EXPECT_EQ(error_of(client.nothrow().run(cmd::get("k"), {.stop = source.get_token()})).code, Errc::cancelled); });
  EXPECT_TRUE(wait_until([&] { return cluster[0].received("HELLO") > 0; }, 5s));
  std::thread waiting([&] { EXPECT_EQ(client.nothrow().get("k").value_or("an error"), "k"); });
  std::this_thread::sleep_for(20ms);
  source.request_stop();
  stopped.join();
  waiting.join();
}

TEST(FirstConnection, ends_for_all_when_the_client_is_closed) {
  ScriptedCluster cluster(1);
  answer_no_hello(cluster[0]);
  RedisCluster client(lazy(cluster));
  PatientCaller patient(client, cluster[0]);
  Error error;
  std::thread waiting([&] { error = error_of(client.nothrow().get("k")); });
  std::this_thread::sleep_for(20ms);
  EXPECT_LT(time_of([&] { client.close(); }), soon);
  waiting.join();
  EXPECT_EQ(error.code, Errc::client_closed) << to_string(error);
  EXPECT_EQ(error_of(patient.result()).code, Errc::client_closed);
}

TEST(FirstConnection, that_fails_fails_all_who_waited_for_it) {
  ScriptedCluster cluster(1);
  Gate gate;
  cluster[0].always(starts_with({"HELLO"})).after(gate).answer_error("WRONGPASS invalid username-password pair or user is disabled.");
  Options options = lazy(cluster);
  options.password = canary;
  RedisCluster client(options);
  PatientCaller patient(client, cluster[0]);
  std::atomic<int> refused{0};
  Crowd crowd(8, [&](int) {
    const auto got = client.nothrow().get("k");
    refused += !got && got.error().code == Errc::wrong_password ? 1 : 0;
  });
  std::this_thread::sleep_for(50ms);
  gate.open();
  crowd.join();
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(error_of(patient.result()).code, Errc::wrong_password);
  EXPECT_EQ(cluster[0].connections(), 1) << "one failure served all";
}

TEST(FirstConnection, of_a_caller_in_a_hurry_says_nothing_to_those_with_time) {
  ScriptedCluster cluster(1);
  echo_gets(cluster);
  cluster[0].expect("HELLO", "3").silence();
  RedisCluster client(lazy(cluster));
  std::thread hasty([&] { EXPECT_EQ(error_of(client.nothrow().run(cmd::get("k"), {.timeout = 200ms})).execution, Execution::not_executed); });
  EXPECT_TRUE(wait_until([&] { return cluster[0].received("HELLO") > 0; }, 5s));
  EXPECT_EQ(client.nothrow().get("k").value_or("an error"), "k");
  hasty.join();
}

// The stack of a thread that has ended stays mapped until somebody joins it.
int mappings() {
  std::ifstream file("/proc/self/maps");
  int lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines;
}

TEST(FirstConnection, that_fails_again_and_again_leaves_no_threads_behind) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) answer_no_hello(cluster[i]);
  RedisCluster client(lazy(cluster));
  const auto fail_often = [&](int times) {
    for (int i = 0; i < times; ++i) EXPECT_FALSE(client.nothrow().run(cmd::get("k"), {.timeout = 60ms}));
  };
  fail_often(5);
  const int before = mappings();
  fail_often(30);
  EXPECT_GT(cluster[1].connections(), 20) << "it was asked by helpers";
  EXPECT_LT(mappings(), before + 20);
}

// Later ones, too.
TEST(Connecting, for_a_call_that_waits_ends_by_its_stop_token) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = {cluster[0].address()}, .socket_connect_timeout = 8s});
  answer_no_hello(cluster[1]);
  std::stop_source source;
  Error error;
  std::thread waiting([&] { error = error_of(client.nothrow().run(cmd::blpop("foo", 0s), {.stop = source.get_token()})); });
  EXPECT_TRUE(wait_until([&] { return cluster[1].received("HELLO") > 0; }, 5s));
  EXPECT_LT(time_of([&] {
              source.request_stop();
              waiting.join();
            }),
            5 * worst_overrun);
  EXPECT_EQ(error.code, Errc::cancelled) << to_string(error);
  EXPECT_EQ(error.execution, Execution::not_executed);
}

}  // namespace
