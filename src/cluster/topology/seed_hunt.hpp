/// Looks for the first view of the cluster at the startup nodes. The caller asks them in order, the next when one has failed;
/// one that keeps him waiting does not keep the others from being asked: helpers ask further ones beside it. The first view of
/// use wins, and who is still being asked is left in peace. Thread-safe.
#pragma once

#include "cluster/nodes/node_table.hpp"
#include "slots/slot_range.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rediscluster::cluster {

class SeedHunt {
 public:
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
  /// @param meanwhile  done once, while the first answer is on its way; must not throw.
  void run(const std::function<void()>& meanwhile);

  /// When the next startup node should be asked beside those that are; never: there is none, or it is over.
  base::Deadline next_help() const;
  /// Asks it, on the calling thread, however soon.
  void help();

  /// Nobody wants a view any more: those who ask return soon.
  void give_up();

  /// The view, once.
  std::optional<Found> take_found();
  /// What kept everybody from telling a view: the first refusal of who we are if there was one, naming all startup nodes.
  Error error() const;

 private:
  enum class State : std::uint8_t { unasked, asked, answered };
  struct Seed {
    NodeAddress address{};
    Node* node = nullptr;  // null: unasked
    State state = State::unasked;
    Error error{};         // until it has answered: what is to be said if it never does
  };
  using Lock = std::unique_lock<std::mutex>;

  std::size_t asked() const;
  Seed* claim();
  base::Deadline limit_for_one(base::TimePoint now) const;
  void ask(Seed& seed, const std::function<void()>* meanwhile);
  Result<slots::ClusterView> question(Node& node, base::Deadline limit, const drive::Wishes& wishes) const;
  Result<slots::ClusterView> question_safely(Node& node, base::Deadline limit, const drive::Wishes& wishes) const;
  void end();
  std::string reasons() const;

  NodeTable& nodes_;
  const base::Deadline deadline_;
  const base::Duration stagger_;
  const std::size_t most_at_a_time_;
  const Check check_;
  mutable std::mutex mutex_;  // guards what follows; over_ is read without it
  std::condition_variable changed_;
  std::vector<Seed> seeds_;
  std::size_t next_ = 0;      // those before it are asked or have answered
  base::TimePoint next_help_;
  std::atomic<bool> over_{false};
  std::optional<Found> found_;
};

}  // namespace rediscluster::cluster
