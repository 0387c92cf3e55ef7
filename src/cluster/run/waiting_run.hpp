/// Runs one command that waits on its server (BLPOP, XREAD with BLOCK, WAIT, ...): on a connection of its own, sent again
/// with the time that is left when its slot moves or its primary is demoted, and cancelled without losing an element in
/// silence. Blocking. One per call; the parts it refers to are thread-safe.
#pragma once

#include "cluster/run/cancellation.hpp"
#include "cluster/run/course.hpp"

#include <optional>
#include <stop_token>

namespace rediscluster::cluster {

class WaitingRun {
 public:
  /// @param fixed   this node only, no redirects; null: the node that serves `slot`.
  /// @param margin  how long it may take beside its wait on servers; also bounds the wait for a connection.
  /// @param stop    null: nobody cancels it.
  WaitingRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, base::Deadline deadline,
             base::Duration margin, const std::stop_token* stop);

  /// On success call.reply() is a reply that is no error.
  /// Errors: complete: message, node, attempts, execution.
  Result<void> run(Call& call);

 private:
  enum class Outcome : std::uint8_t { answered, failed, go_on };
  Outcome attempt(Call& call);
  Outcome after(Course::Step step);
  Result<LanePool::Use> take_lane(Node& node);
  std::string bytes_to_send(base::TimePoint now);
  void send(Call& call, Node& node, drive::CallerLane& lane, base::TimePoint now);
  void send_cancellable(std::string_view bytes, drive::LaneTicket& ticket, drive::CallerLane& lane, base::TimePoint now);

  const Surroundings& around_;
  const EncodedCommand& command_;
  const base::Deadline deadline_;
  const base::Duration margin_;  // how long an attempt may wait for a connection
  const std::stop_token* const stop_;
  Course course_;
  Cancellation cancellation_;
  std::optional<base::Deadline> wait_end_;  // when the time on servers is over; set with the first attempt
};

}  // namespace rediscluster::cluster
