/// Asks one node for its view of the cluster. Blocking.
#pragma once

#include "cluster/nodes/node.hpp"
#include "slots/slot_range.hpp"

namespace rediscluster::cluster {

/// CLUSTER SLOTS on its way to one node and back. Its answer may be waited for in several goes, so that a slow one is not
/// lost to who asks others meanwhile. Holds a lane of the node until it dies. One thread.
class ViewQuestion {
 public:
  /// By a connection that is shared with commands, or by one that nobody else uses now, where there may be one more.
  enum class Way : bool { shared, own };
  /// Sends it; connects where that is needed.
  /// @param sent_by  until when that may take.
  /// @param wishes   for the connection, if one has to be made.
  ViewQuestion(Node& node, base::Deadline sent_by, const drive::Wishes& wishes = {}, Way way = Way::shared);
  /// A question without an answer is given up, and its connection ended unless others wait on it.
  ~ViewQuestion();

  Node& node() const { return node_; }
  /// When its sending began: what it is answered is true for some moment after that.
  base::TimePoint begin() const { return begin_; }
  /// Whether there is an answer, or a reason why there will be none.
  bool wait(base::Deadline until) { return is_over_ = is_over_ || use_.lane().linger(ticket_, until); }
  /// After wait(): whether the node has answered, whatever it said.
  bool has_answer() const { return is_over_ && ticket_.state() == link::Ticket::State::done; }
  /// Errors: what kept the node from answering, or Errc::not_cluster_mode, or a malformed reply; Errc::timed_out when there
  /// is no answer yet. `node` is filled in.
  Result<slots::ClusterView> take() const;

 private:
  bool tells_nothing() const;

  Node& node_;
  const base::TimePoint begin_;
  const LanePool::Use use_;
  drive::LaneTicket ticket_;
  bool is_over_ = false;  // until then the ticket is the lane's
};

/// The answer of one node within the deadline. @see ViewQuestion
/// @param wishes  Once it is given up no answer is waited for any more, either, provided that who gives it up ends the connections
///                there are afterwards.
Result<slots::ClusterView> ask_for_view(Node& node, base::Deadline deadline, const drive::Wishes& wishes = {});

}  // namespace rediscluster::cluster
