#include "simulation/nemesis.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace rediscluster::simulation {
namespace {

using Kind = Fault::Kind;

struct Row {
  Kind kind;
  std::string_view name;
  unsigned weight;  ///< How often, beside the others.
  int longest;      ///< Milliseconds.
};

constexpr std::array<Row, 20> rows{{
    {Kind::kill, "kill", 6, 5000},
    {Kind::hang, "hang", 6, 5000},
    {Kind::isolate, "isolate", 4, 5000},
    {Kind::move, "move", 2, 2000},
    {Kind::load, "load", 3, 1000},
    {Kind::memory, "memory", 2, 500},
    {Kind::busy, "busy", 2, 500},
    {Kind::read_only, "read_only", 2, 500},
    {Kind::partial, "partial", 3, 2000},
    {Kind::outdate, "outdate", 3, 2000},
    {Kind::unname, "unname", 2, 2000},
    {Kind::clog, "clog", 6, 1500},
    {Kind::slow, "slow", 6, 100},
    {Kind::lose, "lose", 4, 1000},
    {Kind::refuse, "refuse", 4, 1500},
    {Kind::silent, "silent", 4, 1500},
    {Kind::cut, "cut", 12, 1},
    {Kind::tear, "tear", 12, 1},
    {Kind::fail_over, "fail_over", 6, 1},
    {Kind::migrate, "migrate", 14, 1},
}};

const Row& row_of(Kind kind) { return rows[static_cast<std::size_t>(kind)]; }

const Row& draw_row(base::Random& random) {
  unsigned all = 0;
  for (const Row& each : rows) all += each.weight;
  auto drawn = static_cast<unsigned>(random.below(all));
  for (const Row& each : rows) {
    if (drawn < each.weight) return each;
    drawn -= each.weight;
  }
  return rows.front();
}

bool is_of_node(Kind kind) { return kind != Kind::fail_over && kind != Kind::migrate && kind != Kind::unname; }

const Row& draw_row_of_node(base::Random& random) {
  for (;;) {
    if (const Row& row = draw_row(random); is_of_node(row.kind)) return row;
  }
}

void befall(const Fault& fault, SimCluster& cluster) {
  World& world = cluster.world();
  const base::Duration span = std::chrono::milliseconds(fault.span);
  const auto until = world.now() + span;
  const int number = fault.where % cluster.size();
  SimNode& node = cluster.node(number);
  const auto shard = static_cast<int>(static_cast<std::size_t>(fault.where) % cluster.shape().shards.size());
  world.note(row_of(fault.kind).name, static_cast<std::uint64_t>(fault.where), static_cast<std::uint64_t>(fault.span));
  if (is_of_node(fault.kind)) cluster.trouble(number, span);
  switch (fault.kind) {
    case Kind::kill:
      cluster.kill(number);
      return world.after(span, [&cluster, number] { cluster.restart(number); });
    case Kind::move:
      cluster.kill(number);
      return world.after(span, [&cluster, number] {
        cluster.change_address(number);
        cluster.restart(number);
      });
    case Kind::hang: return cluster.hang(number, span);
    case Kind::isolate: return cluster.isolate(number, span);
    case Kind::load: return cluster.load(number, span);
    case Kind::memory: node.out_of_memory_until = until; return;
    case Kind::busy: node.busy_until = until; return;
    case Kind::read_only: node.read_only_until = until; return;
    case Kind::partial: return cluster.mislead(number, &SimNode::partial_until, span);
    case Kind::outdate: return cluster.mislead(number, &SimNode::outdated_until, span);
    case Kind::unname: return cluster.network().unname(span);
    case Kind::clog: node.road.clogged_until = until; return;
    case Kind::slow:
      node.road.spread = std::max<base::Duration>(span, Road().spread);
      return world.after(std::chrono::seconds(1), [&node] { node.road.spread = Road().spread; });
    case Kind::lose: node.road.lost_until = until; return;
    case Kind::refuse: node.road.refusing_until = until; return;
    case Kind::silent: node.road.silent_until = until; return;
    case Kind::cut: return cluster.network().cut_all(node, Network::Cut::behind_all);
    case Kind::tear: return cluster.network().cut_all(node, Network::Cut::at_any_byte);
    case Kind::fail_over: return cluster.fail_over(shard);
    case Kind::migrate: return cluster.migrate(fault.where % slot_count, static_cast<int>(static_cast<std::size_t>(fault.span) % cluster.shape().shards.size()), std::chrono::milliseconds(1));
  }
}

}  // namespace

std::string Fault::text() const {
  return std::to_string(at) + " " + std::string(row_of(kind).name) + " " + std::to_string(where) + " " + std::to_string(span);
}

Result<Fault> Fault::parse(std::string_view line) {
  std::istringstream words{std::string(line)};
  Fault fault;
  std::string name;
  std::string more;
  const bool is_read = static_cast<bool>(words >> fault.at >> name >> fault.where >> fault.span) && !(words >> more);
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.name == name; });
  if (!is_read || row == rows.end() || fault.at < 0 || fault.where < 0 || fault.span < 0) {
    return fail(Errc::bad_option, "'" + std::string(line) + "' is no fault: say when (ms), what, where and how long, as in '120 kill 3 900'");
  }
  fault.kind = row->kind;
  return fault;
}

Schedule draw_schedule(base::Random random, const ClusterPlan& plan, const std::vector<int>& slots, int count, int milliseconds) {
  Schedule schedule;
  const int nodes = plan.shards * (1 + plan.replicas);
  for (int i = 0; i < count; ++i) {
    const Row& row = plan.is_focused ? draw_row_of_node(random) : draw_row(random);
    Fault fault{.at = static_cast<int>(random.below(static_cast<std::uint64_t>(milliseconds))), .kind = row.kind};
    const bool is_migration = row.kind == Kind::migrate;
    const int nodes_to_hit = plan.is_focused ? 1 : nodes;
    fault.where = is_migration ? slots[static_cast<std::size_t>(random.below(slots.size()))] : static_cast<int>(random.below(static_cast<std::uint64_t>(nodes_to_hit)));
    fault.span = is_migration ? static_cast<int>(random.below(static_cast<std::uint64_t>(plan.shards))) : 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(row.longest)));
    schedule.push_back(fault);
  }
  std::stable_sort(schedule.begin(), schedule.end(), [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return schedule;
}

void unleash(const Schedule& schedule, SimCluster& cluster) {
  for (const Fault& each : schedule) {
    cluster.world().after(std::chrono::milliseconds(each.at), [each, &cluster] { befall(each, cluster); });
  }
}

}  // namespace rediscluster::simulation
