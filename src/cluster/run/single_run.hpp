/// Runs one command on the one node that should serve it: sends, judges what happened, and goes on until there is a
/// reply, an error nobody can absorb, or no time left. Not for commands that wait on their server: WaitingRun. Blocking. One per call; the parts it refers to are thread-safe.
#pragma once

#include "cluster/run/course.hpp"

namespace rediscluster::cluster {

class SingleRun {
 public:
  /// @param fixed  this node only, no redirects; null: the node that serves `slot`, or any for Course::any_slot.
  /// @param stop   cancels it between its attempts; null: nobody does.
  SingleRun(const Surroundings& surroundings, const EncodedCommand& command, int slot, Node* fixed, base::Deadline deadline,
            const std::stop_token* stop = nullptr)
      : around_(surroundings), command_(command), deadline_(deadline), stop_(stop), course_(surroundings, command, slot, fixed, deadline) {}

  /// On success call.reply() is a reply that is no error.
  /// Errors: complete: message, node, attempts, execution.
  Result<void> run(Call& call);

 private:
  enum class Outcome : std::uint8_t { answered, failed, go_on };
  Outcome attempt(Call& call);
  Outcome after(Course::Step step);
  void send(Call& call, drive::CallerLane& lane, base::TimePoint now);

  const Surroundings& around_;
  const EncodedCommand& command_;
  const base::Deadline deadline_;
  const std::stop_token* const stop_;
  Course course_;
};

}  // namespace rediscluster::cluster
