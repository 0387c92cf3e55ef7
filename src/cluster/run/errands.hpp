/// Several commands for several places at the same time: one write and one ticket per node, all nodes written to before
/// the first reply is awaited. What fails is judged command by command, and all that is to be tried again is tried
/// together, in rounds, until each has a reply or an error. A node that does not answer soon holds up nobody's next round but that of
/// the commands of its slots. It sends nothing, looks at no clock and never sleeps: who drives it does (run_errands.hpp). One thread.
/// Commands of one slot keep the order they were given in, also when they are sent again: none is sent while an earlier
/// one is still to be (docs/decisions/pipeline.md). Reads that any copy of a shard may answer are not ordered.
#pragma once

#include "cluster/run/errands_batch.hpp"
#include "cluster/run/slot_order.hpp"

#include <span>
#include <vector>

namespace rediscluster::cluster {

class Errands {
 public:
  /// @param keeper  keeps the bytes of the replies, and must outlive them; null: each reply holds its own.
  Errands(const Surroundings& surroundings, base::Deadline deadline, base::BlockKeeper* keeper)
      : around_(surroundings), deadline_(deadline), keeper_(keeper) {}

  void begin(std::span<Errand> errands);
  /// Each errand is at its end.
  bool is_over() const { return journeys_.empty(); }

  /// Puts together what is to be sent now: nothing, when the batches that are open, or those who pause, are to be waited for.
  void gather(Outbox& outbox, base::TimePoint now);
  /// Until when a batch that is sent now has its answers, or is given up.
  base::Deadline answers_by(base::TimePoint now) const { return cluster::answers_by(around_, deadline_, now); }
  /// Of that time, what a batch may take whose commands may be had elsewhere, unless its node shows that it is alive.
  base::Deadline share_of(base::TimePoint started, base::Deadline answers_by) const { return earlier(share_of_time(started, deadline_), answers_by); }
  /// The batch goes on while others are gathered.
  static void leave_open(const ErrandBatch& batch);
  /// Has all answers, or will have no more. What becomes of its connection.
  LaneAdvice settle(ErrandBatch& batch, const BatchEnd& end, base::TimePoint now);
  /// Whether some of those who pause may go on now.
  bool end_pauses(base::TimePoint now);
  /// Of those who pause the one who goes on first: its pause_end() and epoch() are to be waited for. Null: nobody does.
  const Course* first_who_pauses() const;
  /// Nobody wants them any more, and no batch is open: all that are left end with this.
  void give_up(const Error& reason);
  /// When a round is over. @param has_open  batches that are still to be settled.
  void tidy(bool has_open, base::TimePoint now);

 private:
  class Round;
  using Order = SlotOrder<ErrandBatch>;

  bool gather_straight(Round& round);
  void gather_with_thought(Round& round, base::TimePoint now);
  void seal(ErrandBatch& batch, base::TimePoint now) const;
  ErrandBatch* batch_for(Journey& journey, Order& order, Round& round, base::TimePoint now);
  bool may_join(const Journey& journey, const Order::Place& place) const;
  Node* node_for_attempt(Journey& journey, base::TimePoint now);
  Node* node_by_the_map(const Errand& errand, base::TimePoint now) const;
  bool may_read_elsewhere(const Journey& journey, base::TimePoint now) const;
  bool is_ordered(const Errand& errand) const { return errand.slot >= 0 && !errand.is_fixed && !may_read_copy(errand); }
  bool may_read_copy(const Errand& errand) const { return !errand.is_fixed && Reader::applies(around_.read_from, errand.command); }
  Course& course_of(Journey& journey);
  void mark_overtaken(ErrandBatch& batch, const BatchEnd& end) const;
  LaneAdvice settle_unanswered(ErrandBatch& batch, std::size_t index, const BatchEnd& end, base::TimePoint now);
  void drop_finished();
  void end_unsent_when_late(base::TimePoint now);
  void note(Journey& journey, Course::Step step);

  const Surroundings& around_;
  const base::Deadline deadline_;
  base::BlockKeeper* const keeper_;
  bool is_first_round_ = true;
  std::vector<Journey> journeys_;  // in the order given; those at their end are dropped when no batch is open
  std::vector<Journey*> pausing_;  // of these, in no batch
};

}  // namespace rediscluster::cluster
