/// What the attempts of a single command are made of, for whoever drives them: SingleRun, or a Flight. As long as all goes well
/// there is no Course, and nobody pays for one.
#pragma once

#include "cluster/run/course.hpp"
#include "commands/retry_class.hpp"

#include <memory>
#include <optional>

namespace rediscluster::cluster {

/// Where another node may answer as well, a node has a share of the time. Behind that it is waited for all the same: where what was sent
/// may not be sent twice, or may take long; everything else only if the node has shown meanwhile that it is alive. This says which.
inline bool needs_sign_of_life(const Surroundings& surroundings, const CommandView& command) {
  return routing::may_resend(effective_retry_class(command), surroundings.config.options.resend) && !may_take_long(command.facts());
}

/// What is moved is a task: it says `around()`, `facts()`, `view()` (a CommandView), `slot()` (0..16383, or Course::any_slot), `fixed()` (this
/// node only, no redirects; null: the node that serves the slot, or any), `preferred()` (the node for the first attempt, where any would do;
/// null: whichever) and `deadline()`, the same ones always.
/// @tparam Holder  std::optional<Course>: it is part of this; std::unique_ptr<Course>: this is small.
template <class Holder>
class SingleMoves {
 public:
  /// For the first attempt: the primary by the map, where only it may answer; everything else is for the course to say.
  /// Null: nobody is known to serve it, and Course::nobody_serves() says what next.
  template <class Task>
  [[gnu::always_inline]] Node* first_node(const Task& task, base::TimePoint now) {
    const Surroundings& around = task.around();
    const bool asks_primary = around.read_from == ReadFrom::primary || !task.facts().is_read_only();
    const bool is_plain = task.slot() >= 0 && task.fixed() == nullptr && asks_primary;
    Node* const preferred = is_plain ? nullptr : task.preferred();
    if (!is_plain && preferred == nullptr) return course(task).begin_attempt(now);
    first_epoch_ = around.topology.epoch();
    if (!is_plain) return first_node_ = preferred;
    const Shard* shard = around.topology.shard_of(task.slot());
    if (shard == nullptr || shard->primary == nullptr) return course(task).begin_attempt(now);
    return first_node_ = shard->primary;
  }

  /// Null: there was no need for one so far.
  Course* course() { return course_ ? &*course_ : nullptr; }
  const Course* course() const { return course_ ? &*course_ : nullptr; }
  /// Made when the choice of a node is not plain, or something has gone wrong.
  template <class Task>
  [[gnu::noinline]] Course& course(const Task& task) {
    if (course_) return *course_;
    make(course_, task);
    if (first_node_ != nullptr) course_->count_attempt_on(*first_node_, first_epoch_);
    return *course_;
  }

  bool is_asking() const { return course_ && course_->asking(); }
  bool may_go_elsewhere() const { return course_ && course_->may_go_elsewhere(); }
  /// Behind a handshake, see drive::Rider. Where it was of no use it would be of none again.
  bool may_ride(const CommandFacts& facts) const {
    constexpr std::uint32_t quick_read = flag_read_only | flag_fast;
    return (facts.flags & quick_read) == quick_read && (!course_ || course_->is_first_attempt());
  }
  Node* node_of_last_attempt() const { return course_ ? course_->node() : first_node_; }
  /// How often it was sent, or tried to be.
  int attempts() const { return course_ ? course_->attempts() : first_node_ != nullptr ? 1 : 0; }

 private:
  template <class Task>
  static void make(std::optional<Course>& course, const Task& task) {
    course.emplace(task.around(), task.view(), task.slot(), task.fixed(), task.deadline());
  }
  template <class Task>
  static void make(std::unique_ptr<Course>& course, const Task& task) {
    course = std::make_unique<Course>(task.around(), task.view(), task.slot(), task.fixed(), task.deadline());
  }

  Holder course_;
  Node* first_node_ = nullptr;     // of an attempt that was made before there was a course
  std::uint64_t first_epoch_ = 0;  // of the topology then
};

}  // namespace rediscluster::cluster
