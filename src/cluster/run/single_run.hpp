/// Runs one command on the one node that should serve it: sends, judges what happened, and goes on until there is a
/// reply, an error nobody can absorb, or no time left. Not for commands that wait on their server: WaitingRun.
/// Blocking. One per call; the parts it refers to are thread-safe.
#pragma once

#include "cluster/run/single_moves.hpp"

namespace rediscluster::cluster {

class SingleRun {
 public:
  /// @param fixed  this node only, no redirects; null: the node that serves `slot`, or any for Course::any_slot.
  /// @param stop   cancels it between its attempts; null: nobody does.
  SingleRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, base::Deadline deadline,
            const std::stop_token* stop = nullptr)
      : around_(surroundings), command_(command), deadline_(deadline), stop_(stop), slot_(slot), fixed_(fixed) {}

  /// The node for the first attempt, where any would do.
  void begin_at(Node* node) { preferred_ = node; }
  /// On success call.reply() is a reply that is no error.
  /// @param now  what the clock says.
  /// Errors: complete: message, node, attempts, execution.
  Result<void> run(Call& call, base::TimePoint now);

  // For its moves.
  const Surroundings& around() const { return around_; }
  const CommandFacts& facts() const { return command_.facts(); }
  CommandView view() const { return command_; }
  int slot() const { return slot_; }
  Node* fixed() const { return fixed_; }
  Node* preferred() const { return preferred_; }
  base::Deadline deadline() const { return deadline_; }

 private:
  Result<void> run_stoppable(Call& call, base::TimePoint now);
  Result<void> go_on(Call& call, Course::Step step);
  Course::Step attempt(Call& call, base::TimePoint now);
  Course::Step attempt_on(Call& call, Node& node, base::TimePoint now);
  Course& course() { return moves_.course(*this); }
  void send(Call& call, drive::CallerLane& lane, base::TimePoint now);
  template <class Bytes>
  void send_in_share(drive::CallerLane& lane, const Bytes& bytes, drive::LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  template <class Bytes>
  void send_bytes(drive::CallerLane& lane, const Bytes& bytes, drive::LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);
  void send_pieces(drive::CallerLane& lane, drive::LaneTicket& ticket, base::Deadline deadline, base::TimePoint now);

  const Surroundings& around_;
  const EncodedCommand& command_;
  const base::Deadline deadline_;
  const std::stop_token* const stop_;
  const int slot_;
  Node* const fixed_;
  Node* preferred_ = nullptr;
  SingleMoves<std::optional<Course>> moves_;
};

}  // namespace rediscluster::cluster
