/// Runs one command on the one node that should serve it: sends, judges what happened, and goes on until there is a
/// reply, an error nobody can absorb, or no time left. Blocking. One per call; the parts it refers to are thread-safe.
#pragma once

#include "cluster/call.hpp"
#include "cluster/topology_refresher.hpp"
#include "routing/judge.hpp"

namespace rediscluster::cluster {

/// The living parts that a run works with.
struct Surroundings {
  const Config& config;
  Topology& topology;
  TopologyRefresher& refresher;
  const std::atomic<bool>& closed;  ///< The client was closed: nothing new may begin.
};

class SingleRun {
 public:
  static constexpr int any_slot = -1;  ///< A command without keys: any primary will do.

  /// @param fixed  this node only, no redirects; null: the node that serves `slot`.
  SingleRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, base::Deadline deadline);

  /// A former attempt of somebody else's already failed this way: start from there.
  void start_in_doubt() { in_doubt_ = true; }

  /// On success call.reply() is a reply that is no error.
  /// Errors: complete: message, node, attempts, execution.
  Result<void> run(Call& call);

 private:
  enum class Step : std::uint8_t { finished, go_on };
  Step attempt(Call& call);
  Step judge(Call& call);
  Step follow_redirect(Call& call, const routing::Verdict& verdict);
  Step pause(bool refresh);
  Step give_up(Execution execution);
  Step surface(Execution execution);
  Node* choose_node();
  routing::Happening happening(const Call& call, Error& error) const;

  const Surroundings& around_;
  const EncodedCommand& command_;
  const int slot_;
  Node* const fixed_;
  const base::Deadline deadline_;
  base::Random random_;

  Node* node_ = nullptr;      // of the current attempt
  drive::CallerLane* lane_ = nullptr;  // likewise
  Node* redirect_ = nullptr;  // where the next attempt goes, instead of by the map
  bool asking_ = false;
  bool in_doubt_ = false;     // some attempt may have run
  int attempts_ = 0;
  int redirects_ = 0;
  int resent_at_once_ = 0;
  int pauses_ = 0;
  int cluster_downs_ = 0;
  std::uint64_t epoch_ = 0;   // of the topology when the attempt began
  Error error_;               // the last thing that went wrong
};

}  // namespace rediscluster::cluster
