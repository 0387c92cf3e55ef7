#include "simulation/cluster.hpp"

#include "wire/write_reply.hpp"

#include <algorithm>

namespace rediscluster::simulation {
namespace {

constexpr int port = 6379;

std::shared_ptr<Shape> changed(const Shape& shape) {
  auto next = std::make_shared<Shape>(shape);
  ++next->epoch;
  next->texts = {};
  return next;
}

}  // namespace

SimCluster::SimCluster(World& world, Network& network, const ClusterPlan& plan)
    : world_(world), network_(network), plan_(plan), random_(world.chance(Chance::cluster)) {
  auto shape = std::make_shared<Shape>();
  const int count = plan.shards * (1 + plan.replicas);
  for (int i = 0; i < count; ++i) {
    nodes_.emplace_back(*this, i, NodeAddress{"10.0.0." + std::to_string(i + 1), port});
    network.listen(nodes_.back().address(), nodes_.back(), nodes_.back().road);
  }
  isolated_until_.resize(nodes_.size());
  lives_.resize(nodes_.size());
  replicated_.resize(nodes_.size());
  for (int shard = 0; shard < plan.shards; ++shard) {
    shape->shards.push_back({shard, shape->epoch});
    for (int i = 0; i < plan.replicas; ++i) shape->shards.back().replicas.push_back(plan.shards + shard * plan.replicas + i);
  }
  for (int slot = 0; slot < slot_count; ++slot) shape->shard_of[static_cast<std::size_t>(slot)] = static_cast<std::uint16_t>(slot * plan.shards / slot_count);
  first_shape_ = shape_ = shape;
  for (SimNode& each : nodes_) each.view = shape_;
}

std::vector<NodeAddress> SimCluster::seeds() const {
  std::vector<NodeAddress> seeds;
  for (const SimNode& each : nodes_) seeds.push_back(each.address());
  return seeds;
}

bool SimCluster::is_calm(const std::string& key, base::TimePoint since) const {
  const int number = primary_of(shape_->shard_of[static_cast<std::size_t>(keyslot(key))]);
  return ledger_.is_calm(number, since) && nodes_[static_cast<std::size_t>(number)].road.last_loss + recovery < since;
}

bool SimCluster::is_believed(const SimNode& node) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const SimNode& each) { return &each != &node && each.view->is_primary(node.number()); });
}

const std::string& SimCluster::slots_reply(const Shape& shape, bool is_partial) const {
  std::string& reply = is_partial ? shape.texts.partial_reply : shape.texts.slots_reply;
  if (reply.empty()) reply = slots_reply_of(shape, is_partial ? static_cast<int>(shape.epoch % shape.shards.size()) : -1);
  return reply;
}

std::string SimCluster::slots_reply_of(const Shape& shape, int without_shard) const {
  const auto endpoint = [&](int number) {
    const SimNode& node = nodes_[static_cast<std::size_t>(number)];
    return "*4\r\n" + wire::bulk(node.address().host) + wire::header(':', node.address().port) + wire::bulk(node.id()) + "*0\r\n";
  };
  std::string entries;
  std::int64_t count = 0;
  for (int first = 0, last = 0; first < slot_count; first = last) {
    const std::uint16_t shard = shape.shard_of[static_cast<std::size_t>(first)];
    last = shape.end_of_run(first);
    if (shard == without_shard) continue;
    const Shape::Shard& serving = shape.shards[shard];
    entries += wire::header('*', static_cast<std::int64_t>(3 + serving.replicas.size())) + wire::header(':', first) + wire::header(':', last - 1) + endpoint(serving.primary);
    for (const int replica : serving.replicas) entries += endpoint(replica);
    ++count;
  }
  return wire::header('*', count) + entries;
}

// In order, and only as long as the one that says it lives and is heard.
void SimCluster::replicate(SimNode& primary, const std::string& key) {
  const int shard = shape_->shard_with(primary.number());
  if (shard < 0 || primary_of(shard) != primary.number() || !is_reachable(primary)) return;
  const std::shared_ptr<const Value> value = value_of(primary.store, key);
  for (const int number : shape_->shards[static_cast<std::size_t>(shard)].replicas) {
    base::TimePoint& arrival = replicated_[static_cast<std::size_t>(number)];
    arrival = std::max({arrival, world_.now() + at_most(plan_.replication_lag), node(number).hung_until});
    world_.at(arrival, [this, number, key, value, from = primary.number(), life = lives_[static_cast<std::size_t>(primary.number())]] {
      const int its_shard = shape_->shard_with(number);
      if (lives_[static_cast<std::size_t>(from)] != life || its_shard < 0 || primary_of(its_shard) != from || !is_reachable(node(number))) return;
      if (node(number).view->is_primary(number)) return;  // it does not know yet that it follows; then it takes all there is
      value == nullptr ? static_cast<void>(node(number).store.erase(key)) : static_cast<void>(node(number).store[key] = value);
    });
  }
}

void SimCluster::announce(std::shared_ptr<const Shape> shape) {
  shape_ = std::move(shape);
  world_.note("shape", shape_->epoch);
  for (SimNode& each : nodes_) {
    world_.after(at_most(plan_.gossip), [this, &each] {
      if (is_well(each)) hear(each, shape_);
    });
  }
}

void SimCluster::hear(SimNode& node, const std::shared_ptr<const Shape>& shape) {
  if (node.view->epoch >= shape->epoch) return;
  const bool was_primary = node.view->is_primary(node.number());
  node.view = shape;
  node.cluster_down_until = {};
  node.turn_away_blocked();
  node.drop_foreign_subscriptions();
  if (!shape->is_primary(node.number())) {
    if (was_primary) world_.note("demoted", static_cast<std::uint64_t>(node.number()));
    synchronise(node);
  }
}

// All at once: what its new primary does not have is lost.
void SimCluster::synchronise(SimNode& replica) {
  const int shard = shape_->shard_with(replica.number());
  if (shard < 0 || primary_of(shard) == replica.number()) return;
  const Store& store = node(primary_of(shard)).store;
  note_losses(replica.store, store);
  replica.store = store;
}

// What the one has, and the other has not, or otherwise.
void SimCluster::note_losses(const Store& of, const Store& beside) {
  for (const auto& [key, value] : of) {
    if (value_of(beside, key) != value) ledger_.lost(key, world_.now());
  }
}

void SimCluster::hear_after(base::Duration span, SimNode& node) {
  world_.after(span, [this, &node] {
    if (is_reachable(node)) hear(node, shape_);
  });
}

void SimCluster::kill(int number) {
  SimNode& dead = node(number);
  if (!dead.is_up) return;
  world_.note("killed", static_cast<std::uint64_t>(number));
  dead.is_up = false;
  ++lives_[static_cast<std::size_t>(number)];
  network_.close_at(dead.address());
  network_.cut_all(dead, Network::Cut::at_once);
  dead.forget_sessions();
  watch_over(number);
}

void SimCluster::restart(int number) {
  SimNode& born = node(number);
  if (born.is_up) return;
  world_.note("restarted", static_cast<std::uint64_t>(number));
  born.is_up = true;
  born.hung_until = {};
  network_.listen(born.address(), born, born.road);
  const base::Duration until_known = at_most(plan_.gossip);
  born.cluster_down_until = world_.now() + until_known;
  if (random_.below(2) == 0) born.loading_until = world_.now() + at_most(std::chrono::seconds(1));
  hear_after(until_known, born);
}

void SimCluster::hang(int number, base::Duration span) {
  SimNode& hung = node(number);
  if (!hung.is_up || span == base::Duration::zero()) return;
  world_.note("hangs", static_cast<std::uint64_t>(number));
  hung.hung_until = std::max(hung.hung_until, world_.now() + span);
  watch_over(number);
  world_.at(hung.hung_until, [this, &hung] {
    hung.wake_up();
    hear_after(at_most(plan_.gossip), hung);
  });
}

void SimCluster::change_address(int number) {
  SimNode& moved = node(number);
  // Half of them stay, so that a client that was cut off from all of it finds it again by the addresses it was told first.
  if (moved.is_up || 2 * addresses_ >= size()) return;
  moved.move_to({"10.0.1." + std::to_string(++addresses_), port});
  announce(changed(*shape_));
}

void SimCluster::load(int number, base::Duration span) { node(number).loading_until = world_.now() + span; }

// Two who say the same within a few seconds are believed, whatever slots they speak of.
void SimCluster::mislead(int number, base::TimePoint SimNode::* until, base::Duration span) {
  const base::TimePoint now = world_.now();
  const bool has_company = std::any_of(nodes_.begin(), nodes_.end(), [&](const SimNode& each) { return each.number() != number && each.*until + recovery > now; });
  node(number).*until = now + span;
  for (int each = 0; has_company && each < size(); ++each) trouble(each, span);
}

void SimCluster::isolate(int number, base::Duration span) {
  SimNode& alone = node(number);
  if (!alone.is_up) return;
  world_.note("isolated", static_cast<std::uint64_t>(number));
  const base::TimePoint until = world_.now() + span;
  isolated_until_[static_cast<std::size_t>(number)] = until;
  world_.after(plan_.node_timeout, [this, &alone, until] {
    if (!is_reachable(alone) && alone.is_up) alone.cluster_down_until = std::max(alone.cluster_down_until, until);
  });
  watch_over(number);
  world_.at(until, [this, &alone] { hear_after(at_most(plan_.gossip), alone); });
}

// The others agree that it has failed, and vote for one of its replicas. Meanwhile some of them say that the cluster is down.
void SimCluster::watch_over(int number) {
  const int shard = shape_->shard_with(number);
  if (shard < 0 || primary_of(shard) != number) return;
  const base::Duration vote = std::chrono::milliseconds(100) + at_most(std::chrono::milliseconds(500));
  const bool is_told = random_.below(2) == 0;
  world_.after(plan_.node_timeout, [this, number, vote, is_told] {
    if (is_well(node(number)) || !is_told) return;
    for (SimNode& each : nodes_) {
      each.cluster_down_until = std::max(each.cluster_down_until, world_.now() + vote);
      trouble(each.number(), vote);
    }
  });
  world_.after(plan_.node_timeout + vote, [this, shard, number] { promote_if_still_needed(shard, number); });
}

void SimCluster::promote_if_still_needed(int shard, int dead) {
  if (is_well(node(dead)) || primary_of(shard) != dead) return;
  for (const int replica : shape_->shards[static_cast<std::size_t>(shard)].replicas) {
    if (is_well(node(replica))) return promote(shard, replica);
  }
}

void SimCluster::promote(int shard, int replica) {
  const auto next = changed(*shape_);
  Shape::Shard& its = next->shards[static_cast<std::size_t>(shard)];
  for (const int number : {its.primary, replica}) trouble(number, plan_.gossip);
  note_losses(node(its.primary).store, node(replica).store);
  note_losses(node(replica).store, node(its.primary).store);
  std::replace(its.replicas.begin(), its.replicas.end(), replica, std::exchange(its.primary, replica));
  its.config_epoch = next->epoch;
  announce(next);
  hear(node(replica), shape_);
}

void SimCluster::fail_over(int shard) {
  const int old = primary_of(shard);
  if (!is_well(node(old))) return;
  for (const int replica : shape_->shards[static_cast<std::size_t>(shard)].replicas) {
    if (!is_well(node(replica))) continue;
    node(replica).store = node(old).store;
    promote(shard, replica);
    return hear(node(old), shape_);
  }
}

void SimCluster::migrate(int slot, int to_shard, base::Duration a_key) {
  const int from = shape_->shard_of[static_cast<std::size_t>(slot)];
  if (from == to_shard || migrations_.contains(slot)) return;
  world_.note("migrates", static_cast<std::uint64_t>(slot), static_cast<std::uint64_t>(to_shard));
  migrations_[slot] = {from, to_shard};
  trouble(migrations_[slot]);
  world_.after(a_key, [this, slot, a_key] { move_next_key(slot, a_key); });
}

void SimCluster::move_next_key(int slot, base::Duration a_key) {
  const Migration migration = migrations_.at(slot);
  SimNode& from = node(primary_of(migration.from));
  SimNode& to = node(primary_of(migration.to));
  const auto works = [this](const SimNode& each) { return is_well(each) && each.view->epoch == shape_->epoch; };
  if (works(from) && works(to)) {
    // The first by name: the order of a table is not the seed's.
    const std::string* first = nullptr;
    for (const auto& [key, value] : from.store) {
      if (keyslot(key) == slot && (first == nullptr || key < *first)) first = &key;
    }
    if (first == nullptr) return finish_migration(slot);
    const std::string key = *first;
    world_.note("moves " + key, static_cast<std::uint64_t>(from.number()), static_cast<std::uint64_t>(to.number()));
    to.store[key] = from.store[key];
    from.store.erase(key);
    replicate(to, key);
    replicate(from, key);
    trouble(migration);
  }
  world_.after(a_key, [this, slot, a_key] { move_next_key(slot, a_key); });
}

void SimCluster::finish_migration(int slot) {
  const Migration migration = migrations_.at(slot);
  migrations_.erase(slot);
  trouble(migration);
  const auto next = changed(*shape_);
  next->shard_of[static_cast<std::size_t>(slot)] = static_cast<std::uint16_t>(migration.to);
  next->shards[static_cast<std::size_t>(migration.to)].config_epoch = next->epoch;
  announce(next);
  hear(node(primary_of(migration.to)), shape_);
  hear(node(primary_of(migration.from)), shape_);
}

void SimCluster::heal() {
  world_.note("healed");
  network_.end_lost();
  for (SimNode& each : nodes_) {
    const base::TimePoint now = world_.now();
    each.road.clogged_until = each.road.lost_until = each.road.silent_until = each.road.refusing_until = now;
    each.road.spread = Road().spread;
    each.loading_until = each.out_of_memory_until = each.busy_until = each.partial_until = each.read_only_until = each.outdated_until = now;
    isolated_until_[static_cast<std::size_t>(each.number())] = now;
    if (!each.is_up) restart(each.number());
    each.loading_until = now;
    if (std::exchange(each.hung_until, now) > now) each.wake_up();
    world_.after(plan_.gossip, [this, &each] {
      hear(each, shape_);
      each.cluster_down_until = {};
    });
  }
}

}  // namespace rediscluster::simulation
