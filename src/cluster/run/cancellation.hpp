/// Ends one command that waits on its server, from another thread: asks the server to end the wait (CLIENT UNBLOCK), so that
/// its answer says whether an element was taken, and closes the connection when there is no answer in time.
///
///   nobody waits ─enter→ waits ─leave→ nobody waits        cancel() asks while somebody waits; later enter() says no
///
/// Two threads: one runs the command (enter, identify, leave), any other calls cancel().
#pragma once

#include "base/condition.hpp"
#include "base/flow.hpp"
#include "cluster/run/course.hpp"

#include <mutex>

namespace rediscluster::cluster {

class Cancellation {
 public:
  explicit Cancellation(Topology& topology) : topology_(topology) {}

  bool requested() const { return requested_.load(std::memory_order_acquire); }
  /// For connections that are made for the command: nobody wants them any more.
  drive::Wishes wishes() const { return {nullptr, &requested_}; }
  /// The command is about to wait on this lane, which nobody else uses. False: it was cancelled and must not be sent.
  bool enter(Node& node, drive::CallerLane& lane);
  /// What the server calls the connection of the lane (CLIENT ID).
  void identify(std::int64_t client_id);
  /// By the waiting thread itself, whose time is over: asks the server once to end the wait. True: it answered before that, and so
  /// the reply to the command is on its way.
  bool ask_to_end(base::Deadline give_up);
  /// The command has its reply, or its error. From then on no question is begun; one may still be on its way to the server.
  void leave();

  /// Returns when nobody waits any more: at once, after one question to the node, or after closing the connection. Called by
  /// the waiting thread itself (in a hook of the user's) it only takes note: requested() is to be asked before each wait.
  void cancel();

  /// Returns when no cancel() is under way. For who waits, before this goes: a stop callback waits for itself only between threads.
  void settle();

  static Error error();

  /// When the node must have answered a question that is asked now.
  static base::Deadline answers_by(const Node& node);
  /// The same where it has just spoken, or the time is over already: as short as can be, for two ways there and back; never
  /// more than a second.
  static base::Deadline last_words_by(const Node& node);

 private:
  enum class Answer : std::uint8_t { unblocked, not_waiting, refused };
  Answer unblock(Node& node, std::int64_t client_id, base::Deadline give_up);

  Topology& topology_;
  std::atomic<bool> requested_{false};
  std::atomic<bool> is_over_{true};  // lane_ is null, for who has no lock: a question, and the connection that is made for it, are of no use
  std::mutex mutex_;  // guards what follows
  base::Condition changed_;
  Node* node_ = nullptr;  // null: nobody waits
  drive::CallerLane* lane_ = nullptr;
  base::FlowId waiter_;  // who waits
  int cancelling_ = 0;   // calls of cancel() under way
  std::int64_t client_id_ = 0;
};

}  // namespace rediscluster::cluster
