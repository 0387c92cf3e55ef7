/// A connection of one's own from WATCH to EXEC. Everything of the session happens on one and the same connection: when it
/// is lost, or its slot moves away, the watch is lost, and nothing is sent again behind the user's back.
///
///   idle ─watch→ watching ─execute | end | anything lost→ idle
///
/// The connection goes back to the node's pool only after the server has answered EXEC or UNWATCH; otherwise it is closed.
/// Blocking; one thread.
#pragma once

#include "cluster/run/block_run.hpp"

namespace rediscluster::cluster {

/// Between two runs of a transaction whose watch was lost: those who contend for the same keys must not stay in step.
/// @param run  which one was the last, counted from 1.
base::Duration pause_before_rerun(int run, base::Random& random);

class WatchSession {
 public:
  explicit WatchSession(const Surroundings& surroundings) : around_(surroundings) {}
  ~WatchSession() { end(); }
  WatchSession(const WatchSession&) = delete;
  WatchSession& operator=(const WatchSession&) = delete;

  bool is_watching() const { return use_.has_value(); }
  /// The slot of the watched keys; Course::any_slot when there are none.
  int slot() const { return slot_; }

  /// Sends a WATCH to the node that serves its keys; a further one on the same connection.
  /// Errors: Errc::cross_slot; watch_lost; those of any command.
  Result<void> watch(const EncodedCommand& watch, base::Deadline deadline);
  /// Runs a command at once, on the connection that watches. Errors: Errc::cross_slot, watch_lost; the command's own.
  Result<void> run(const EncodedCommand& command, Call& call, base::Deadline deadline);
  /// MULTI, the commands, EXEC. The session is over afterwards, whatever happened.
  /// Errors: Errc::watch_lost and exec_abort: nothing has run; others say it themselves.
  Result<BlockEnds> execute(std::span<const CommandView> commands, base::Deadline deadline);
  /// UNWATCH, or the end of the connection.
  void end() noexcept;

 private:
  Result<void> begin(const CommandView& watch, base::Deadline deadline);
  Course::Step begin_on(Node& node, Course& course, const CommandView& watch, base::Deadline deadline);
  bool answered(drive::LaneTicket& ticket, std::string_view bytes, base::Deadline deadline);
  void send(drive::LaneTicket& ticket, std::string_view bytes, base::Deadline deadline);
  void send(drive::LaneTicket& ticket, const link::SendQueue& message, base::Deadline deadline);
  Error lose(const Error& cause);
  Error refused(const drive::LaneTicket& ticket, const CommandView& command, base::Deadline deadline);
  Error lost_to(const wire::Frame& refusal, const drive::LaneTicket& ticket, const CommandView& command, base::Deadline deadline);
  Error lost_connection(const drive::LaneTicket& ticket, const CommandView& command, const AttemptEnd& end, base::Deadline deadline);
  Result<BlockEnds> take_outcome(Block& block, const drive::LaneTicket& ticket, base::Deadline deadline);
  void leave(bool is_clean) noexcept;

  const Surroundings& around_;
  std::optional<LanePool::Use> use_;
  Node* node_ = nullptr;
  std::uint32_t connection_ = 0;  // of the lane: the one that watches
  bool asking_ = false;           // the node is importing the slot
  int slot_ = Course::any_slot;
};

}  // namespace rediscluster::cluster
