/// A cluster of simulated servers: what it has agreed upon, and how that becomes known; replication that lags; failover, resharding,
/// partitions.
#pragma once

#include "simulation/node.hpp"

#include <deque>
#include <map>
#include <set>

namespace rediscluster::simulation {

/// A slot on its way, key by key.
struct Migration {
  int from = 0;  ///< Shards.
  int to = 0;
};

/// A server that does not do what it says, to prove that the oracle sees it.
enum class Sabotage : std::uint8_t {
  none,
  runs_twice,      ///< Now and then a write is run once more.
  runs_nothing,    ///< Now and then a write is answered and not run.
  swaps_replies,   ///< Now and then two replies of a connection change places.
  loses_messages,  ///< Now and then a subscriber is not told.
  repeats_messages,  ///< Now and then he is told twice.
  swaps_messages,    ///< Now and then he is told behind the next one.
  hides_keys,      ///< Now and then a page of SCAN leaves out its keys.
  gives_locks_twice,  ///< SET with NX looks at nothing.
};

struct ClusterPlan {
  int shards = 3;
  int replicas = 1;
  base::Duration node_timeout = std::chrono::seconds(2);
  base::Duration gossip = std::chrono::milliseconds(300);         ///< At most so long until a node has heard of a change.
  base::Duration replication_lag = std::chrono::milliseconds(2);  ///< At most.
  Sabotage sabotage = Sabotage::none;
  bool reads_replicas = false;  ///< The client was told to.
  bool is_focused = false;      ///< What befalls nodes befalls one of them, and slots stay where they are.
};

class SimCluster {
 public:
  SimCluster(World& world, Network& network, const ClusterPlan& plan);
  SimCluster(const SimCluster&) = delete;
  SimCluster& operator=(const SimCluster&) = delete;

  World& world() { return world_; }
  Network& network() { return network_; }
  Ledger& ledger() { return ledger_; }
  const ClusterPlan& plan() const { return plan_; }
  SimNode& node(int number) { return nodes_[static_cast<std::size_t>(number)]; }
  int size() const { return static_cast<int>(nodes_.size()); }
  const Shape& shape() const { return *shape_; }
  int primary_of(int shard) const { return shape_->shards[static_cast<std::size_t>(shard)].primary; }
  std::vector<NodeAddress> seeds() const;

  // For nodes.
  const Migration* migration_of(int slot) const {
    const auto found = migrations_.find(slot);
    return found == migrations_.end() ? nullptr : &found->second;
  }
  /// A key has changed at a node: its replicas hear of it.
  void replicate(SimNode& primary, const std::string& key);
  /// A message: to who has subscribed here, and at the others.
  void publish(SimNode& at, bool is_sharded, const std::string& channel, const std::string& text);
  /// To CLUSTER SLOTS; a partial one leaves out a shard.
  const std::string& slots_reply(const Shape& shape, bool is_partial) const;
  /// " [93->-id]": slots on their way from or to a shard.
  std::string migrations_text(int shard);
  const Shape& first_shape() const { return *first_shape_; }
  /// How often it has been killed.
  std::uint64_t life_of(int number) const { return lives_[static_cast<std::size_t>(number)]; }
  /// Whether it is the primary of its shard, by what the cluster has agreed.
  bool serves(const SimNode& node) const { return shape_->is_primary(node.number()); }
  /// Whether another node takes it for a primary, rightly or because it has not heard either.
  bool is_believed(const SimNode& node) const;
  void note_command() { ++commands_; }
  /// Run by its servers so far, parts of transactions and pipelines counted one by one.
  std::uint64_t commands() const { return commands_; }
  void note_moved() { ++moves_; }
  /// MOVED from where the slot is not, so far.
  std::uint64_t moves() const { return moves_; }
  /// Once in a while, when the plan says so.
  bool commits(Sabotage sabotage) { return plan_.sabotage == sabotage && random_.below(50) == 0; }

  /// A node is not itself for so long; then it takes a while until clients have got over it.
  void trouble(int number, base::Duration span) { ledger_.note_trouble(number, world_.now() + span + recovery); }
  /// Nothing has befallen the primary that serves the key since a while before `since`, so that calls take no longer than they must.
  bool is_calm(const std::string& key, base::TimePoint since) const;

  // What befalls it.
  void kill(int number);
  void restart(int number);
  void hang(int number, base::Duration span);
  void load(int number, base::Duration span);
  /// It tells the view of the beginning for so long.
  /// Asked who serves what, it says what was so in the beginning, or leaves out a shard.
  void mislead(int number, base::TimePoint SimNode::* until, base::Duration span);
  /// It comes back at another address.
  void change_address(int number);
  /// The node hears of no other one for so long; clients reach it.
  void isolate(int number, base::Duration span);
  /// A planned failover: the replica takes over with everything.
  void fail_over(int shard);
  void migrate(int slot, int to_shard, base::Duration a_key);
  /// Nothing befalls it any more: whoever is down comes back, everybody hears of everything.
  void heal();

 private:
  static constexpr std::chrono::seconds recovery{6};

  void trouble(const Migration& migration) {
    for (const int shard : {migration.from, migration.to}) trouble(primary_of(shard), plan_.gossip);
  }
  void announce(std::shared_ptr<const Shape> shape);
  void hear(SimNode& node, const std::shared_ptr<const Shape>& shape);
  void promote_if_still_needed(int shard, int dead);
  void promote(int shard, int replica);
  void synchronise(SimNode& replica);
  void move_next_key(int slot, base::Duration a_key);
  void finish_migration(int slot);
  void watch_over(int number);
  bool is_reachable(const SimNode& node) const { return node.is_up && isolated_until_[static_cast<std::size_t>(node.number())] <= world_.now(); }
  /// And it does what it is asked.
  bool is_well(const SimNode& node) const { return is_reachable(node) && node.takes(); }
  void hear_after(base::Duration span, SimNode& node);
  void note_losses(const Store& of, const Store& beside);
  std::string slots_reply_of(const Shape& shape, int without_shard) const;
  base::Duration at_most(base::Duration span) { return base::Duration(static_cast<base::Duration::rep>(random_.below(static_cast<std::uint64_t>(span.count()) + 1))); }

  World& world_;
  Network& network_;
  Ledger ledger_;
  const ClusterPlan plan_;
  base::Random random_;
  std::deque<SimNode> nodes_;
  std::vector<base::TimePoint> isolated_until_;
  std::vector<std::uint64_t> lives_;  // how often a node has been killed
  std::vector<base::TimePoint> replicated_;  // of what each node has heard from its primary, the last arrival
  std::shared_ptr<const Shape> shape_;
  std::shared_ptr<const Shape> first_shape_;
  std::map<int, Migration> migrations_;  // by slot
  std::map<std::pair<int, int>, base::TimePoint> published_;  // from one node to another, the last arrival
  std::uint64_t commands_ = 0;
  std::uint64_t moves_ = 0;
  int addresses_ = 0;  // changed so far
};

}  // namespace rediscluster::simulation
