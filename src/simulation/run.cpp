#include "simulation/run.hpp"

#include "simulation/loop.hpp"

#include <algorithm>

namespace rediscluster::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_steps = 3'000'000;  // of one run; beyond, something goes round in circles
constexpr base::Duration longest_rest = 60s;     // without faults, until everybody has ended

class Stage {
 public:
  explicit Stage(const RunPlan& plan)
      : plan_(plan), world_(plan.seed), time_(world_), network_(world_), roads_(network_), cluster_(world_, network_, plan.cluster), loop_(world_, network_), oracle_(world_, cluster_.ledger()) {
    if (plan.prints_trace) world_.print_trace_until(plan.trace_until);
    Options options{.startup_nodes = seeds()};
    if (!plan.is_patient) options.socket_timeout = TimeSpan(1s);
    if (plan.resends_everything) options.resend = Resend::everything;
    if (plan.is_resp2) options.protocol = 2;
    AsyncOptions async{.block_warning = {}};
    if (plan.is_narrow) {
      async.max_in_flight_per_node = 3;
      async.max_in_flight = 8;
      options.max_connections = static_cast<int>(most_connections());
    }
    if (plan.cluster.reads_replicas) options.read_from = ReadFrom::any;
    if (!plan.is_narrow && !plan.is_patient && !plan.cluster.reads_replicas) {
      // The first connection to the cluster may be tried where it cannot be had.
      oracle_.is_calm = [this, connected = world_.now() + 1s](const std::string& key, base::TimePoint since) { return since > connected && cluster_.is_calm(key, since); };
    }
    client_.emplace(options, async, loop_.handle());
    listener_.emplace(world_, oracle_, cluster_.ledger(), *client_);
    workload_.emplace(world_, oracle_, *client_, *listener_, plan.workload);
  }

  Outcome play() {
    const Schedule schedule = plan_.schedule ? *plan_.schedule : draw_schedule(world_.chance(Chance::nemesis), plan_.cluster, slots_in_use(), plan_.faults, plan_.milliseconds);
    unleash(schedule, cluster_);
    listener_->begin();
    workload_->begin();
    const base::TimePoint end = world_.now() + std::chrono::milliseconds(plan_.milliseconds);
    drive([&] { return workload_->is_over() && world_.now() >= end; }, end + longest_rest);
    cluster_.heal();
    rest(2 * plan_.cluster.node_timeout + 2s);
    last_round();
    rest(2s);
    const std::uint64_t moves = cluster_.moves();
    last_round();
    // A question of the client's own may be on its way just now.
    for (int looks = 0; looks < 3 && client_->stats().in_flight != 0; ++looks) rest(50ms);
    if (client_->stats().in_flight != 0) oracle_.violate("I9", std::to_string(client_->stats().in_flight) + " commands are under way, and nobody waits");
    judge_connections();
    if (cluster_.moves() != moves) oracle_.violate("I17", "the client does not know who serves what, long after all is well");
    close();
    oracle_.judge_all();
    return {world_.trace_hash(), oracle_.violations(), schedule, oracle_.calls(), cluster_.commands(), oracle_.failed(), oracle_.in_doubt(), world_.age()};
  }

 private:
  std::vector<int> slots_in_use() const {
    std::vector<int> slots;
    for (int i = 0; i < plan_.workload.keys; ++i) {
      for (const char* kind : {"t", "l", "h"}) slots.push_back(keyslot(Workload::key(i) + kind));
    }
    for (int tag = 0; tag < Workload::tags; ++tag) slots.push_back(keyslot(Workload::tag(tag) + "l"));
    return slots;
  }

  // What is to be done now, or what is to happen next. False: nothing ever.
  bool step(base::TimePoint latest) {
    for (const int descriptor : network_.take_news()) loop_.look_at(descriptor);
    if (loop_.turn()) {
      network_.collect();
      return true;
    }
    const base::TimePoint next = std::min(world_.next(), loop_.next_turn());
    if (next > latest) return false;
    world_.go_to(next);
    return true;
  }

  template <class Predicate>
  void drive(Predicate is_over, base::TimePoint latest) {
    while (!is_over()) {
      if (++steps_ > most_steps) return oracle_.violate("I2", "the world goes round in circles");
      if (!step(latest)) return;
    }
  }

  void last_round() {
    workload_->begin_last_round();
    drive([&] { return workload_->is_over(); }, world_.now() + longest_rest);
  }

  // Now and then a name that stands for all of them.
  std::vector<NodeAddress> seeds() {
    std::vector<NodeAddress> addresses = cluster_.seeds();
    if (!plan_.has_name) return addresses;
    std::vector<std::string> hosts;
    for (const NodeAddress& each : addresses) hosts.push_back(each.host);
    network_.name("redis.example", hosts);
    return {{"redis.example", addresses.front().port}};
  }

  void rest(base::Duration span) {
    const base::TimePoint until = world_.now() + span;
    drive([] { return false; }, until);
    world_.rest_until(until);
  }

  // What it was told to hold at most, and how often it may try again where nobody answers.
  void judge_connections() {
    constexpr std::size_t most_refused = 60;
    constexpr std::size_t most_asked = 45;  // the client's least interval between two rounds of questions is 25 ms, and in a round it asks each node once
    const auto open = network_.most_open();
    if (plan_.is_narrow && open > most_connections()) oracle_.violate("I10", std::to_string(open) + " connections at once, " + std::to_string(most_connections()) + " are allowed");
    if (network_.most_asked() > most_asked) oracle_.violate("I18", "a node was asked who serves what " + std::to_string(network_.most_asked()) + " times within a second");
    if (network_.most_refused() > most_refused) oracle_.violate("I19", std::to_string(network_.most_refused()) + " times within a second an address was tried that refuses");
  }

  std::size_t most_connections() const { return static_cast<std::size_t>(2 * cluster_.size()); }

  void close() {
    const base::TimePoint begun = world_.now();
    listener_->judge();
    client_->close();
    if (world_.now() > begun + 100ms) oracle_.violate("I2", "close() took " + std::to_string((world_.now() - begun) / 1ms) + " ms");
    client_.reset();
    network_.forbid();
    network_.collect();
    rest(5s);
    if (!listener_->is_over()) oracle_.violate("I1", "a subscriber waits for messages behind close()");
    if (network_.trespasses() != 0) oracle_.violate("I20", std::to_string(network_.trespasses()) + " times something was sent behind close()");
    if (network_.held() != 0) oracle_.violate("I25", std::to_string(network_.held()) + " connections are open behind close()");
  }

  const RunPlan& plan_;
  World world_;
  base::StandIn<base::World> time_;
  Network network_;
  base::StandIn<net::Connector> roads_;
  SimCluster cluster_;
  SimLoop loop_;
  Oracle oracle_;
  std::optional<AsyncRedisCluster> client_;
  std::optional<Listener> listener_;
  std::optional<Workload> workload_;
  std::uint64_t steps_ = 0;
};

}  // namespace

RunPlan varied(RunPlan plan, std::uint64_t seed) {
  plan.seed = seed;
  plan.cluster.reads_replicas = seed % 4 == 3;
  plan.workload.reads_primaries = !plan.cluster.reads_replicas;
  plan.has_name = seed % 5 == 4;
  plan.is_narrow = seed % 8 == 2;
  plan.is_patient = seed % 8 == 5;
  plan.is_resp2 = seed % 9 == 7;
  plan.cluster.is_focused = seed % 10 < 3;
  plan.cluster.shards = 3 + static_cast<int>(seed % 3);
  if (seed % 6 == 5) plan.cluster.replicas = 2;
  if (seed % 7 == 6) plan.cluster.replicas = 0;
  return plan;
}

Outcome run(const RunPlan& plan) { return Stage(plan).play(); }

}  // namespace rediscluster::simulation
