/// The bounds on harm (docs/reliability.md): how often one call is sent, how many connections it makes, and how many calls of others
/// it puts in doubt, whatever the peer does. One test a kind of end, which goes through all kinds of commands; while each call runs,
/// neighbours use the same connection.
#include <atomic>
#include <functional>

#include "scripted/play.hpp"

namespace {

using namespace play;

constexpr int neighbours = 2;
constexpr milliseconds patience{150};

/// What an end may cost.
struct Bound {
  int sends = 1;           ///< Of a command that may be sent again when it is in doubt.
  int sends_in_doubt = 1;  ///< Of one that may not.
  int connections = 4;     ///< Made to the node while the call lasts, by all callers together.
  int neighbours_in_doubt = neighbours;  ///< Each of them once.
};

struct KindOfCommand {
  const char* name;
  CommandWords words;  ///< The first ones, by which the node knows it.
  bool may_repeat;
  Resend resend;
  RawReply good_reply;
  std::function<Result<void>(RedisCluster&)> run;
};

template <class T>
Result<void> bare(const Result<T>& result) {
  if (!result) return rediscluster::fail(result.error());
  return {};
}

Result<void> piped(RedisCluster& client, const std::function<void(rediscluster::Pipeline&)>& queue) {
  auto pipeline = client.pipeline();
  queue(pipeline);
  if (const auto error = pipeline.execute({.raise_on_error = false}).error(0)) return rediscluster::fail(*error);
  return {};
}

std::vector<KindOfCommand> kinds_of_command() {
  const RawReply text = RawReply::bulk("v"), ok = RawReply::status("OK"), one = RawReply::number(1);
  const auto get = [](RedisCluster& c) { return bare(c.nothrow().get("bar")); };
  const auto set = [](RedisCluster& c) { return bare(c.nothrow().set("bar", "v")); };
  const auto transaction = [](RedisCluster& c) {
    auto tx = c.nothrow().transaction();
    tx.set("bar", "v");
    return bare(tx.execute());
  };
  return {
      {"a read", {"GET"}, true, Resend::reads, text, get},
      {"a read in words", {"GET"}, true, Resend::reads, text, [](RedisCluster& c) { return bare(c.nothrow().execute_command("GET", "bar")); }},
      {"a read in a pipeline", {"GET"}, true, Resend::reads, text, [](RedisCluster& c) { return piped(c, [](auto& p) { p.get("bar"); }); }},
      {"a write", {"SET"}, false, Resend::reads, ok, set},
      {"a write that may be repeated", {"SET"}, true, Resend::idempotent_writes, ok, set},
      {"a counting write", {"INCRBY"}, false, Resend::idempotent_writes, one, [](RedisCluster& c) { return bare(c.nothrow().incrby("bar", 2)); }},
      {"a counting write that may be repeated", {"INCRBY"}, true, Resend::everything, one,
       [](RedisCluster& c) { return piped(c, [](auto& p) { p.incrby("bar", 2); }); }},
      {"a command that ends others", {"CLIENT", "KILL"}, false, Resend::everything, one,
       [](RedisCluster& c) { return bare(c.nothrow().on_slot(slot_of_bar).run(rediscluster::cmd::client_kill_filter({.id = 1}))); }},
      {"a script", {"EVAL"}, false, Resend::reads, one, [](RedisCluster& c) { return bare(c.nothrow().eval("return 1", {"bar"})); }},
      {"a waiting call", {"BLPOP"}, false, Resend::reads, RawReply::array({RawReply::bulk("bar"), text}),
       [](RedisCluster& c) { return bare(c.nothrow().blpop("bar", 100ms)); }},
      {"a transaction", {"EXEC"}, false, Resend::reads, RawReply::array({ok}), transaction},
      {"a transaction that may be repeated", {"EXEC"}, true, Resend::idempotent_writes, RawReply::array({ok}), transaction},
  };
}

rediscluster::testing::CommandPredicate knows(const CommandWords& first) {
  return [first](const CommandWords& words) {
    return words.size() >= first.size() && std::equal(first.begin(), first.end(), words.begin());
  };
}

/// What the node does with the bad command, and what that may cost.
struct KindOfEnd {
  const char* name;
  std::function<void(ScriptedCluster&, const KindOfCommand&)> prepare;
  Bound bound;
  std::vector<Errc> ends;        ///< What the call may end in; none: it succeeds.
  bool server_is_down = false;   ///< Then neighbours have nothing to hope for either.
};

void PrintTo(const KindOfEnd& kind, std::ostream* out) { *out << kind.name; }

using Prepare = std::function<void(ScriptedCluster&, const KindOfCommand&)>;

Prepare answers_raw(std::string bytes) {
  return [bytes](ScriptedCluster& cluster, const KindOfCommand& kind) { cluster[0].always(knows(kind.words)).answer_raw(bytes).close(); };
}
Prepare answers_error(std::string text) {
  return [text](ScriptedCluster& cluster, const KindOfCommand& kind) {
    if (kind.words != CommandWords{"EXEC"}) return (void)cluster[0].always(knows(kind.words)).answer_error(text);
    cluster[0].always(starts_with({"SET"})).answer_error(text);  // as servers do: what is queued is refused, and EXEC says that
    cluster[0].always("EXEC").answer_error("EXECABORT Transaction discarded because of previous errors.");
  };
}
// A connection that has rested for a while is looked at before it is used.
void drop_and_let_it_be_seen(ScriptedNode& node) {
  node.drop_connections();
  const auto since = Clock::now();
  wait_until([&] { return Clock::now() - since > 20ms; }, 1s);
}
void sends_in_circles(ScriptedCluster& cluster, const KindOfCommand& kind) {
  for (int i = 0; i < 2; ++i) {
    const std::string there = cluster[1 - i].address_text();
    const std::string slot = std::to_string(slot_of_bar);
    cluster[i].always(knows(kind.words)).answer_error("MOVED " + slot + " " + there);
  }
}

constexpr Bound once_and_no_harm{.connections = 0, .neighbours_in_doubt = 0};
constexpr Bound a_few_times{.sends = 4};
// Refusals cost nobody anything; they are repeated until the deadline, with pauses.
constexpr Bound until_the_deadline{.sends = 40, .sends_in_doubt = 40, .connections = 0, .neighbours_in_doubt = 0};

std::string nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
  return bytes;
}

std::vector<KindOfEnd> kinds_of_end() {
  std::vector<KindOfEnd> kinds{
      {"closed_after_the_command", [](auto& cluster, auto& kind) { cluster[0].always(knows(kind.words)).close(); }, a_few_times, {Errc::connection_lost}},
      {"reset_after_the_command", [](auto& cluster, auto& kind) { cluster[0].always(knows(kind.words)).close_with_reset(); }, a_few_times,
       {Errc::connection_lost}},
      {"closed_within_the_reply", answers_raw("$100\r\nhalf"), a_few_times, {Errc::connection_lost}},
      {"garbage", answers_raw("what?\r\n"), a_few_times, {Errc::protocol_error}},
      {"a_string_that_is_too_long", answers_raw("$99999999999\r\n"), {}, {Errc::protocol_error}},
      {"too_many_elements", answers_raw("*99999999999\r\n"), {}, {Errc::protocol_error}},
      {"too_deep", answers_raw(nested(200)), {}, {Errc::protocol_error}},
      {"silence", [](auto& cluster, auto& kind) { cluster[0].always(knows(kind.words)).silence(); }, {.neighbours_in_doubt = 2 * neighbours},
       {Errc::timed_out}},
      {"slow", [](auto& cluster, auto& kind) { cluster[0].always(knows(kind.words)).after_delay(60ms).answer(kind.good_reply); }, once_and_no_harm, {}},
      {"redirect_in_circles", sends_in_circles, {.sends = 40, .sends_in_doubt = 40, .connections = 1, .neighbours_in_doubt = 0},
       {Errc::too_many_redirects, Errc::moved}},
      {"redirect_without_a_host", answers_error("MOVED " + std::to_string(slot_of_bar) + " ?:7000"), until_the_deadline, {Errc::moved}},
      {"refused_connections",
       [](auto& cluster, auto&) {
         cluster[0].refuse_new(true);
         drop_and_let_it_be_seen(cluster[0]);
       },
       {.sends = 0, .sends_in_doubt = 0, .connections = 0}, {Errc::connect_failed, Errc::timed_out}, true},
      {"half_a_handshake",
       [](auto& cluster, auto&) {
         cluster[0].always(starts_with({"HELLO"})).close();
         cluster[0].always(starts_with({"CLIENT", "SETINFO"})).close();
         drop_and_let_it_be_seen(cluster[0]);
       },
       {.sends = 0, .sends_in_doubt = 0, .connections = 40}, {Errc::connection_lost, Errc::timed_out}, true},
  };
  struct Refusal {
    const char* name;
    const char* text;
    Errc code;
  };
  for (const Refusal& each : std::initializer_list<Refusal>{
           {"busy", "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", Errc::busy},
           {"try_again", "TRYAGAIN Multiple keys request during rehashing of slot", Errc::try_again},
           {"cluster_down", "CLUSTERDOWN Hash slot not served", Errc::cluster_down},
           {"loading", "LOADING Redis is loading the dataset in memory", Errc::loading},
           {"master_down", "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", Errc::master_down},
           {"read_only", "READONLY You can't write against a read only replica.", Errc::read_only},
           {"no_replicas", "NOREPLICAS Not enough good replicas to write.", Errc::no_replicas}}) {
    kinds.push_back({each.name, answers_error(each.text), until_the_deadline, {each.code}});
  }
  kinds.push_back({"wrong_type", answers_error("WRONGTYPE Operation against a key holding the wrong kind of value"), once_and_no_harm, {Errc::wrong_type, Errc::exec_abort}});
  kinds.push_back({"out_of_memory", answers_error("OOM command not allowed when used memory > 'maxmemory'."), once_and_no_harm, {Errc::out_of_memory, Errc::exec_abort}});
  kinds.push_back({"no_permission", answers_error("NOPERM User default has no permissions to run the 'x' command"), once_and_no_harm,
                   {Errc::no_permission, Errc::exec_abort}});
  kinds.push_back({"an_error", answers_error("ERR no"), once_and_no_harm, {Errc::response_error, Errc::exec_abort}});
  return kinds;
}

/// Callers who do nothing wrong, on the connection that the bad call uses, too.
class Neighbours {
 public:
  Neighbours(RedisCluster& client, ScriptedNode& node)
      : crowd_(neighbours, [this, &client](int) {
          while (!is_over_) {
            const auto reply = client.nothrow().incr("{bar}good");
            if (!reply && reply.error().execution != Execution::not_executed) ++in_doubt_;
          }
        }) {
    EXPECT_TRUE(wait_until([&] { return node.received("INCR") > 4 * neighbours; }, 2s));
  }
  ~Neighbours() { is_over_ = true; }
  int in_doubt() const { return in_doubt_; }

 private:
  std::atomic<bool> is_over_{false};
  std::atomic<int> in_doubt_{0};
  Crowd crowd_;
};

class Harm : public ::testing::TestWithParam<KindOfEnd> {
 protected:
  static void play(const KindOfEnd& end, const KindOfCommand& kind) {
    ScriptedCluster cluster(2);
    ScriptedNode& node = cluster[0];
    for (int i = 0; i < 2; ++i) {
      cluster[i].always("INCR", "{bar}good").answer_integer(1);
      cluster[i].always("MULTI").answer_status("OK");
      if (kind.words != CommandWords{"SET"}) cluster[i].always(starts_with({"SET"})).answer_status("QUEUED");
    }
    RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = patience, .resend = kind.resend, .lanes_per_node = 1});
    std::unique_ptr<Neighbours> others;
    if (!end.server_is_down) others = std::make_unique<Neighbours>(client, node);
    end.prepare(cluster, kind);
    const int connections_before = node.connections();
    const Result<void> result = kind.run(client);
    const int connections = node.connections() - connections_before;
    const int sends = node.received(kind.words);
    check(end, kind, result, sends, connections);
    EXPECT_LE(others ? others->in_doubt() : 0, end.bound.neighbours_in_doubt);
  }

 private:
  static bool is_repeated(const KindOfEnd& end) { return end.bound.sends == until_the_deadline.sends; }
  static void check(const KindOfEnd& end, const KindOfCommand& kind, const Result<void>& result, int sends, int connections) {
    EXPECT_EQ(result.has_value(), end.ends.empty());
    if (!result) {
      const bool is_expected = std::find(end.ends.begin(), end.ends.end(), result.error().code) != end.ends.end();
      // What is repeated until the deadline may be cut off by it, on a busy machine with its last repeat still unanswered.
      const bool was_cut_off = result.error().code == Errc::timed_out && (result.error().execution == Execution::not_executed || is_repeated(end));
      EXPECT_TRUE(is_expected || was_cut_off) << to_string(result.error());
    }
    EXPECT_LE(sends, kind.may_repeat ? end.bound.sends : end.bound.sends_in_doubt);
    const bool waits = kind.words == CommandWords{"BLPOP"};  // on a connection of its own
    EXPECT_LE(connections, end.bound.connections + (waits ? 1 : 0));
  }
};

TEST_P(Harm, is_bounded_for_every_kind_of_command) {
  for (const KindOfCommand& kind : kinds_of_command()) {
    SCOPED_TRACE(kind.name);
    play(GetParam(), kind);
  }
}

INSTANTIATE_TEST_SUITE_P(of, Harm, ::testing::ValuesIn(kinds_of_end()), [](const auto& info) { return std::string(info.param.name); });

}  // namespace
