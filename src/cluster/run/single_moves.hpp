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

/// @tparam Holder  std::optional<Course>: it is part of this; std::unique_ptr<Course>: this is small.
template <class Holder>
class SingleMoves {
 public:
  /// @param command  what it looks into, and the surroundings, outlive this.
  /// @param fixed  this node only, no redirects; null: the node that serves `slot`, or any for Course::any_slot.
  SingleMoves(const Surroundings& surroundings, const CommandFacts& facts, int slot, Node* fixed, base::Deadline deadline)
      : around_(surroundings), facts_(facts), deadline_(deadline), slot_(slot), fixed_(fixed) {}

  /// The node for the first attempt, where any would do.
  void begin_at(Node* node) { preferred_ = node; }

  /// For the first attempt: the primary by the map, where only it may answer; everything else is for the course to say.
  /// Null: nobody is known to serve it, and Course::nobody_serves() says what next.
  /// @param command  EncodedCommand or CommandView: only a course makes a view of it.
  template <class Command>
  [[gnu::always_inline]] Node* first_node(const Command& command, base::TimePoint now) {
    const bool asks_primary = around_.read_from == ReadFrom::primary || !facts_.is_read_only();
    const bool is_plain = slot_ >= 0 && fixed_ == nullptr && asks_primary;
    if (!is_plain && preferred_ == nullptr) return course(command).begin_attempt(now);
    first_epoch_ = around_.topology.epoch();
    if (!is_plain) return first_node_ = preferred_;
    const Shard* shard = around_.topology.shard_of(slot_);
    if (shard == nullptr || shard->primary == nullptr) return course(command).begin_attempt(now);
    return first_node_ = shard->primary;
  }

  /// Null: there was no need for one so far.
  Course* course() { return course_ ? &*course_ : nullptr; }
  const Course* course() const { return course_ ? &*course_ : nullptr; }
  /// Made when the choice of a node is not plain, or something has gone wrong.
  template <class Command>
  [[gnu::noinline]] Course& course(const Command& command) {
    if (course_) return *course_;
    make(course_, command);
    if (first_node_ != nullptr) course_->count_attempt_on(*first_node_, first_epoch_);
    return *course_;
  }

  bool is_asking() const { return course_ && course_->asking(); }
  bool may_go_elsewhere() const { return course_ && course_->may_go_elsewhere(); }
  /// Behind a handshake, see drive::Rider. Where it was of no use it would be of none again.
  bool may_ride() const {
    constexpr std::uint32_t quick_read = flag_read_only | flag_fast;
    return (facts_.flags & quick_read) == quick_read && (!course_ || course_->is_first_attempt());
  }
  base::Deadline deadline() const { return deadline_; }
  const Surroundings& around() const { return around_; }
  Node* node_of_last_attempt() const { return course_ ? course_->node() : first_node_; }
  /// How often it was sent, or tried to be.
  int attempts() const { return course_ ? course_->attempts() : first_node_ != nullptr ? 1 : 0; }

 private:
  void make(std::optional<Course>& course, const CommandView& command) { course.emplace(around_, command, slot_, fixed_, deadline_); }
  void make(std::unique_ptr<Course>& course, const CommandView& command) {
    course = std::make_unique<Course>(around_, command, slot_, fixed_, deadline_);
  }

  const Surroundings& around_;
  const CommandFacts& facts_;
  const base::Deadline deadline_;
  const int slot_;
  Node* const fixed_;
  Node* preferred_ = nullptr;
  Node* first_node_ = nullptr;     // of an attempt that was made before there was a course
  std::uint64_t first_epoch_ = 0;  // of the topology then
  Holder course_;
};

}  // namespace rediscluster::cluster
