/// Read-only commands asked of exactly one node, once: no redirect, no second attempt. For those who must know which
/// node answered, and go on elsewhere by themselves. Several questions may be on their way at the same time: start() all,
/// then finish() all. Blocking; one thread. Not for commands that block or write.
#pragma once

#include "cluster/nodes/node.hpp"

#include <rediscluster/command.hpp>

#include <optional>

namespace rediscluster::cluster {

class NodeQuestion {
 public:
  explicit NodeQuestion(Node& node) : node_(&node) {}
  NodeQuestion(const NodeQuestion&) = delete;
  NodeQuestion& operator=(const NodeQuestion&) = delete;

  /// One more command of the batch; before start().
  void add(const EncodedCommand& command);

  /// Sends what was added. Each start() needs its finish().
  void start(base::Deadline deadline, base::TimePoint now);
  /// Waits for the replies. They may be error replies.
  /// Errors: what kept a reply from coming, with the node.
  Result<void> finish(base::Deadline deadline);
  /// Reply of command `index`; valid after a finish() without error.
  const wire::Frame& reply(std::size_t index) const { return replies_[index]; }
  /// start(), finish(), and the first error reply as an error.
  Result<void> ask(base::Deadline deadline, base::TimePoint now);
  /// The first of the replies that is an error, as an error.
  Result<void> accepted() const;

  Node& node() const { return *node_; }

 private:
  Node* node_;
  std::string bytes_;
  std::vector<wire::Frame> replies_;
  std::optional<LanePool::Use> use_;
  std::optional<drive::LaneTicket> ticket_;
};

/// Whether another attempt at the same or another node may go better.
bool may_pass(const Error& error);

}  // namespace rediscluster::cluster
