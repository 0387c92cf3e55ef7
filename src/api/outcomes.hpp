/// How the commands of one execution of a queue ended. Shared by the queue and by those who hold a Pending or Replies of
/// it. Written by the thread that executes, before anybody may read the ends; never changes afterwards.
#pragma once

#include "cluster/run/pipeline_run.hpp"

#include <rediscluster/pending.hpp>

namespace rediscluster::detail {

class Outcomes {
 public:
  enum class Phase : std::uint8_t { queued, executed, forgotten, thrown };

  /// @param owner  of the nodes that answer.
  explicit Outcomes(std::shared_ptr<const void> owner) : owner_(std::move(owner)) {}

  Phase phase() const { return phase_; }
  std::size_t size() const { return ends_.size(); }
  const cluster::CommandEnd& end(std::size_t position) const { return ends_[position]; }

  /// @param keeper  of the bytes of the replies.
  void finish(std::vector<cluster::CommandEnd> ends, base::BlockKeeper keeper) {
    ends_ = std::move(ends);
    keeper_ = std::move(keeper);
    phase_ = Phase::executed;
  }
  void forget() { phase_ = Phase::forgotten; }
  /// Something was thrown out of the execution.
  void note_thrown() { phase_ = Phase::thrown; }

 private:
  const std::shared_ptr<const void> owner_;
  Phase phase_ = Phase::queued;
  base::BlockKeeper keeper_;
  std::vector<cluster::CommandEnd> ends_;
};

}  // namespace rediscluster::detail
