/// Looks for the first view of the cluster at the startup nodes. The caller asks them in order, the next when one has failed;
/// one that keeps him waiting does not keep the others from being asked: helpers ask further ones beside it, never more at a
/// time than the client may have connections. The first view of use wins, and who is still being asked is left in peace. Thread-safe.
#pragma once

#include "base/condition.hpp"
#include "cluster/nodes/node_table.hpp"
#include "slots/slot_range.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rediscluster::cluster {

class SeedHunt {
 public:
  struct Seed;
  struct Found {
    Node* source;
    slots::ClusterView view;
    base::TimePoint begin;  ///< when it was asked for
  };
  /// Why a view is of no use; empty: it is of use. Any thread.
  using Check = std::function<std::string(const slots::ClusterView&)>;

  /// Asks as many at a time as the client may have connections: below a bound one after the other, each for its share of the time.
  SeedHunt(NodeTable& nodes, const Config& config, base::Deadline deadline, base::TimePoint now, Check check);

  /// Asks, on the calling thread, and waits for what helpers have asked. At the end there is a view, or everybody has answered
  /// without one, or the time is over, or it was given up.
  /// @param meanwhile  brings the helpers. Done once: while the answer of a lone startup node is on its way, or before the first
  ///                   of several is asked. Must not throw.
  void run(const std::function<void()>& meanwhile);

  /// When the next startup node should be asked beside those that are; never: there is none, or it is over.
  base::Deadline next_help() const;
  /// That one, for help(), which has to follow; null: it need not be asked yet, or not any more.
  Seed* claim_if_due(base::TimePoint now);
  /// Asks it, on the calling thread; where it is of no use, the next ones too.
  void help(Seed& claimed) noexcept;

  /// Nobody wants a view any more: those who ask return soon.
  void give_up();

  /// The view, once.
  std::optional<Found> take_found();
  /// What kept everybody from telling a view: the first refusal of who we are if there was one, naming all startup nodes.
  Error error() const;
  /// A startup node is loading its data: it will have a view soon.
  bool has_met_loading() const;

 private:
  enum class State : std::uint8_t { unasked, asked, answered };
  using Lock = std::unique_lock<std::mutex>;

  bool has_more() const;
  bool has_room() const;
  Seed* claim();
  Seed* claim_another() noexcept;
  Seed* claim_next(base::TimePoint now);
  void ask(Seed& seed, const std::function<void()>* meanwhile) noexcept;
  Result<slots::ClusterView> question(Node& node, base::Deadline limit, const drive::Wishes& wishes) const;
  void end();
  std::string reasons() const;

  NodeTable& nodes_;
  const base::Deadline deadline_;
  const base::Duration stagger_;
  const std::size_t most_at_a_time_;
  const Check check_;
  mutable std::mutex mutex_;  // guards what follows; over_ is read without it
  base::Condition changed_;
  std::vector<Seed> seeds_;
  std::size_t next_ = 0;      // those before it are asked or have answered
  base::TimePoint next_help_;
  std::atomic<bool> over_{false};
  std::optional<Found> found_;
};

/// A startup node; whoever has claimed it asks it.
struct SeedHunt::Seed {
  NodeAddress address{};
  Node* node = nullptr;  // null: unasked
  State state = State::unasked;
  base::Deadline limit = base::Deadline::never();  // for its answer
  Error error{};         // until it has answered: what is to be said if it never does
};

}  // namespace rediscluster::cluster
