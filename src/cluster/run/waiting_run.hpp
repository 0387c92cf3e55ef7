/// Runs one command that waits on its server (BLPOP, XREAD with BLOCK, ...): on a connection of its own, sent again
/// with the time that is left when its slot moves or its primary is demoted, and cancelled without losing an element in
/// silence. A connection that said that a wait was ended on it is not used again. Blocking. One per call; the parts it refers to are thread-safe.
#pragma once

#include "base/look_around.hpp"
#include "cluster/run/cancellation.hpp"
#include "cluster/run/course.hpp"

#include <optional>
#include <stop_token>

namespace rediscluster::cluster {

class WaitingRun {
 public:
  struct Limits {
    base::Deadline deadline;     ///< For all of it.
    base::Duration beside_wait;  ///< In all, while no server waits: for connections, pauses, a place among those who wait.
    bool is_given = false;       ///< The caller gave the deadline: the server is asked to end the wait then.
  };

  /// @param fixed  this node only, no redirects; null: the node that serves `slot`.
  /// @param stop   null: nobody cancels it.
  WaitingRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, const Limits& limits, const std::stop_token* stop);

  /// On success call.reply() is a reply that is no error.
  /// Errors: complete: message, node, attempts, execution.
  Result<void> run(Call& call);

 private:
  Course::Step attempt(Call& call, Node& node);
  // Without anybody to cancel it.
  bool ends_by_itself() const { return limits_.is_given || base::LookAround::here() != nullptr; }
  base::Deadline limit() const { return earlier(limits_.deadline, beside_wait_end_); }
  std::string bytes_to_send(base::TimePoint now);
  void send(Call& call, Node& node, drive::CallerLane& lane, base::TimePoint now);
  void send_cancellable(std::string_view bytes, drive::LaneTicket& ticket, const Node& node, drive::CallerLane& lane, base::TimePoint now);
  void wait(drive::LaneTicket& ticket, const Node& node, drive::CallerLane& lane);
  Course::Step judge(Call& call, Node& node, drive::CallerLane& lane);
  Course::Step judge_unblocked(Call& call, Node& node, drive::CallerLane& lane);
  Error why_unblocked() const;

  const Surroundings& around_;
  const EncodedCommand& command_;
  const Limits limits_;
  base::Deadline beside_wait_end_;  // moves on while a server waits
  std::optional<base::Deadline> last_words_by_;  // set: the time was over, and a server was asked to end the wait
  const std::stop_token* const stop_;
  std::optional<base::LookAround::Here> undisturbed_;  // from when the server was asked to end the wait
  Course course_;
  Cancellation cancellation_;
  std::optional<base::Deadline> wait_end_;  // when the time on servers is over; set with the first attempt
};

}  // namespace rediscluster::cluster
