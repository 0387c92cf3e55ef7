/// Several commands for several places at the same time: one write and one ticket per node, all nodes written to before
/// the first reply is awaited. What fails is judged command by command, and all that is to be tried again is tried
/// together, in rounds, until each has a reply or an error. A node that does not answer soon holds up nobody's next round but that of
/// the commands of its slots. Blocking; used by one thread.
/// Commands of one slot keep the order they were given in, also when they are sent again: none is sent while an earlier
/// one is still to be (docs/decisions/pipeline.md). Reads that any copy of a shard may answer are not ordered.
#pragma once

#include "cluster/run/course.hpp"
#include "cluster/run/slot_order.hpp"

#include <memory>
#include <span>
#include <vector>

namespace rediscluster::cluster {

/// One command for one place, and its end: a reply that is no error, or an error.
struct Errand {
  /// @param only_node  this node only, never redirected; null: the node that serves `at_slot`.
  Errand(const CommandView& what, int at_slot, Node* only_node = nullptr)
      : command(what), node(only_node), slot(static_cast<std::int16_t>(at_slot)), is_fixed(only_node != nullptr) {}

  CommandView command;
  wire::Frame reply{};             ///< The end, or:
  std::unique_ptr<Error> error{};  ///< complete: message, node, attempts, execution.
  Node* node;                      ///< Where the last attempt went; null: nowhere.
  int attempts = 1;
  std::int16_t slot;               ///< 0..16383, or Course::any_slot.
  bool is_fixed;
};

class Errands {
 public:
  /// @param keeper  keeps the bytes of the replies, and must outlive them; null: each reply holds its own.
  Errands(const Surroundings& surroundings, base::Deadline deadline, base::BlockKeeper* keeper = nullptr)
      : around_(surroundings), deadline_(deadline), keeper_(keeper) {}

  /// Brings each errand to its end, by the deadline.
  void run(std::span<Errand> errands);

 private:
  /// An errand under way.
  struct Journey {
    Errand* errand;
    Course::Step step = Course::Step::at_once;
    bool is_under_way = false;          // in a batch that is open
    std::unique_ptr<Course> course{};  // made when something has gone wrong: most never need one
  };
  struct Batch;
  struct Batches;
  using Order = SlotOrder<Batch>;

  using Open = std::vector<std::unique_ptr<Batch>>;  // those that are still to be answered

  bool send_round(Open& open);
  void wait_for_open(Open& open);
  bool gather_straight(Batches& batches, base::TimePoint now);
  void gather(Batches& batches, base::TimePoint now);
  Batch* batch_for(Journey& journey, Order& order, Batches& batches, base::TimePoint now);
  bool may_join(const Journey& journey, const Order::Place& place) const;
  Node* node_for_attempt(Journey& journey, base::TimePoint now);
  Node* node_by_the_map(const Errand& errand, base::TimePoint now) const;
  bool may_read_elsewhere(const Journey& journey, base::TimePoint now) const;
  bool is_ordered(const Errand& errand) const { return errand.slot >= 0 && !errand.is_fixed && !may_read_copy(errand); }
  bool may_read_copy(const Errand& errand) const { return !errand.is_fixed && Reader::applies(around_.read_from, errand.command); }
  Course& course_of(Journey& journey);
  void start_all(Batches& batches);
  base::Deadline answers_by(base::TimePoint now) const;
  base::Deadline share_of(const Batch& batch) const;
  bool wait(Batch& batch, base::Deadline until) const;
  void start(Batch& batch);
  void settle(Batch& batch);
  void mark_overtaken(Batch& batch) const;
  void settle_unanswered(Batch& batch, std::size_t index);
  void wait_for_next();
  void drop_finished();
  Journey* first_who_pauses() const;
  bool end_pauses();
  void end_unsent_when_late();
  void note(Journey& journey, Course::Step step);

  const Surroundings& around_;
  const base::Deadline deadline_;
  base::BlockKeeper* const keeper_;
  bool is_first_round_ = true;
  std::vector<Journey> journeys_;  // in the order given; those at their end are dropped when no batch is open
  std::vector<Journey*> pausing_;  // of these, in no batch
};

}  // namespace rediscluster::cluster
