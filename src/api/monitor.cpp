// The range behind monitor().
#include "api/client.hpp"
#include "cluster/listen/monitor_feed.hpp"
#include "cluster/nodes/node_directory.hpp"
#include "cluster/run/caller_limits.hpp"

#include <rediscluster/monitor.hpp>
#include <rediscluster/target.hpp>

namespace rediscluster::detail {

struct MonitorState : base::LeftAlone, Begun {
  explicit MonitorState(Client& its_client) : Begun(share(its_client)), feed(its_client.cluster()) {}

  cluster::MonitorFeed feed;
};

// In a child after fork() it is the parent's.
void DeleteMonitor::operator()(MonitorState* state) const {
  if (state->is_inherited()) return base::LeftAlone::leave(*state);
  delete state;
}

namespace {

Result<cluster::Node*> find_one(cluster::Cluster& cluster, const OneTarget& target) {
  if (!target.node.empty()) return cluster::find_target(cluster, target.node);
  if (target.slot < 0 || target.slot >= slot_count) return fail(Errc::bad_option, std::to_string(target.slot) + " is no slot: 0 to 16383");
  const cluster::Shard* shard = cluster.topology().shard_of(target.slot);
  if (shard == nullptr) return fail(Errc::slot_not_covered, "Slot " + std::to_string(target.slot) + " is not covered by the cluster");
  return shard->primary;
}

}  // namespace

Result<MonitorPointer> start_monitor(Client& client, const OneTarget* target) {
  cluster::Cluster& cluster = client.cluster();
  if (Result<void> connected = cluster.connect(); !connected) return fail(std::move(connected.error()));
  if (cluster.is_closed()) return fail(Errc::client_closed, "the client was closed");
  std::vector<cluster::Node*> nodes;
  if (target == nullptr) {
    nodes = cluster.topology().all_nodes();
  } else {
    Result<cluster::Node*> found = find_one(cluster, *target);
    if (!found) return fail(std::move(found.error()));
    nodes.push_back(*found);
  }
  MonitorPointer state(new MonitorState(client));
  const base::Deadline deadline =
      cluster::CallerLimits::deadline(base::Clock::now(), std::nullopt, cluster.config().options.command_timeout);
  if (Result<void> opened = state->feed.open(nodes, deadline); !opened) return fail(std::move(opened.error()));
  return state;
}

Result<std::optional<MonitorLine>> next_line(MonitorState& monitor, std::optional<std::chrono::milliseconds> timeout) {
  if (monitor.is_inherited()) return begun_by_parent("the monitor");
  return monitor.feed.next(timeout ? base::Deadline::after(base::Clock::now(), base::bounded(*timeout)) : base::Deadline::never());
}

void close_monitor(MonitorState& monitor) {
  if (!monitor.is_inherited()) monitor.feed.close();
}

}  // namespace rediscluster::detail
