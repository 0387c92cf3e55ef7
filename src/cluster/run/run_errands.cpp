#include "cluster/run/run_errands.hpp"

#include "cluster/run/errands.hpp"
#include "cluster/run/lane_moves.hpp"
#include "cluster/run/side_by_side.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// How long the batches of a round have for their answers before what else there is to do is looked at; and how long each of those that are
// still to answer is waited for before it is the turn of the next.
constexpr std::chrono::milliseconds soon_answered{10};

base::Deadline soon() { return base::Deadline::after(base::Clock::now(), soon_answered); }

/// A batch on its lane.
struct Sending final : ErrandBatch {
  Sending(Node& to, bool alone, LanePool::Use on) : ErrandBatch(to, alone), use(std::move(on)) {}

  LanePool::Use use;
  base::TimePoint started{};
  base::Deadline deadline = base::Deadline::never();
  bool is_over = false;                     // it has its replies, or its time is up
  std::optional<drive::LaneTicket> ticket;  // behind what it looks into
};

class ErrandRun final : Outbox {
 public:
  ErrandRun(const Surroundings& surroundings, base::Deadline deadline, base::BlockKeeper* keeper)
      : around_(surroundings), errands_(surroundings, deadline, keeper), keeps_blocks_(keeper != nullptr) {}

  void run(std::span<Errand> errands) {
    errands_.begin(errands);
    while (!errands_.is_over()) {
      if (open_.empty() && base::LookAround::is_over_here()) [[unlikely]]
        return errands_.give_up(Cancellation::error());
      if (!send_round()) wait_for_others();
      errands_.tidy(!open_.empty(), base::Clock::now());
    }
  }

 private:
  using Batches = std::vector<std::unique_ptr<Sending>>;

  ErrandBatch& open(Node& node, bool is_alone) override {
    std::optional<LanePool::Use> own = is_alone ? node.lanes().alone() : std::nullopt;
    return *round_.emplace_back(std::make_unique<Sending>(node, is_alone, own ? std::move(*own) : node.lanes().shared(gathered_at_)));
  }
  void clear() override { round_.clear(); }

  bool send_round();
  void wait_for_others();
  void wait_for_open();
  void start_all();
  void start(Sending& batch);
  bool wait(Sending& batch, base::Deadline until) const;
  void settle(Sending& batch);

  const Surroundings& around_;
  Errands errands_;
  const bool keeps_blocks_;
  base::TimePoint gathered_at_{};
  Batches round_;
  Batches open_;  // those of former rounds that are still to be answered
};

// False: there was nothing to send. What is not answered soon stays open, so that one slow node does not hold up what is to be sent
// to others.
bool ErrandRun::send_round() {
  gathered_at_ = base::Clock::now();
  errands_.gather(*this, gathered_at_);
  if (round_.empty()) return false;
  start_all();
  const bool is_all_there_is = round_.size() == 1 && open_.empty() && errands_.first_who_pauses() == nullptr;
  const base::Deadline until = is_all_there_is ? base::Deadline::never() : soon();
  for (auto& batch : round_) batch->is_over = wait(*batch, until);
  for (auto& batch : round_) {
    if (batch->is_over) [[likely]] {
      settle(*batch);
    } else {
      Errands::leave_open(*batch);
      open_.push_back(std::move(batch));
    }
  }
  round_.clear();
  return true;
}

void ErrandRun::wait_for_others() {
  if (!open_.empty()) return wait_for_open();
  if (const Course* first = errands_.first_who_pauses()) {
    const std::uint64_t epoch = first->epoch();  // what changes behind it ends the sleep
    if (errands_.end_pauses(base::Clock::now())) return;
    around_.topology.wait_for_change(epoch, first->pause_end());
    errands_.end_pauses(base::Clock::now());
  }
}

// Returns when one of them has been settled, or somebody who paused may go on.
void ErrandRun::wait_for_open() {
  for (bool has_changed = false; !has_changed;) {
    const bool is_all_there_is = open_.size() == 1 && errands_.first_who_pauses() == nullptr;
    if (wait(*open_.front(), is_all_there_is ? base::Deadline::never() : soon())) {
      settle(*open_.front());
      open_.erase(open_.begin());
      has_changed = true;
    } else {  // the others have their turn
      std::rotate(open_.begin(), open_.begin() + 1, open_.end());
    }
    has_changed = errands_.end_pauses(base::Clock::now()) || has_changed;
  }
}

// Nodes with a connection first: they work while the others are connected to, several at a time (docs/decisions/side-by-side.md).
void ErrandRun::start_all() {
  std::vector<Sending*> unconnected;
  for (const auto& batch : round_) {
    if (batch->use.lane().is_open()) [[likely]] {
      start(*batch);
    } else {
      unconnected.push_back(batch.get());
    }
  }
  if (unconnected.empty()) return;
  // Below a bound for all nodes together, several at a time would only wait for each other's places.
  if (unconnected.size() > 1 && !around_.config.connections_in_all) {
    side_by_side(unconnected.size(), around_.helpers, [&](std::size_t i) { start(*unconnected[i]); });
  } else {
    for (Sending* batch : unconnected) start(*batch);
  }
  // Nobody could read meanwhile, which is not held against those that have answered.
  const base::TimePoint now = base::Clock::now();
  for (const auto& batch : round_) batch->deadline = errands_.answers_by(now);
}

void ErrandRun::start(Sending& batch) {
  const base::TimePoint now = base::Clock::now();
  batch.deadline = errands_.answers_by(now);
  batch.started = now;
  batch.ticket.emplace(std::span<wire::Frame>(batch.replies), 0, keeps_blocks_ ? &batch.keeper : nullptr);
  batch.use.lane().start(batch.bytes, *batch.ticket, batch.has_others ? errands_.share_of(now, batch.deadline) : batch.deadline, now);
}

// Waits for a batch until then at most. True: it has its replies, or its time is up.
bool ErrandRun::wait(Sending& batch, base::Deadline until) const {
  if (base::LookAround::is_over_here()) [[unlikely]]
    until = base::Deadline::never();
  drive::CallerLane& lane = batch.use.lane();
  base::Deadline limit = batch.deadline;
  if (batch.has_others) {
    const base::Deadline share = errands_.share_of(batch.started, batch.deadline);
    if (lane.linger(*batch.ticket, earlier(until, share))) return true;
    if (until < share) return false;
    batch.has_others = false;
    if (!batch.may_take_long && !lane.has_spoken_since(batch.started)) limit = base::Deadline::at(base::TimePoint::min());
  }
  if (until < limit) return lane.linger(*batch.ticket, until);
  lane.finish(*batch.ticket, limit);
  return true;
}

void ErrandRun::settle(Sending& batch) {
  const drive::LaneTicket& ticket = *batch.ticket;
  drive::CallerLane& lane = batch.use.lane();
  const BatchEnd end{end_of(ticket, nullptr), ticket.received(), ticket.sent_bytes()};
  follow(errands_.settle(batch, end, base::Clock::now()), lane);
  end_if_silent(around_, ticket, lane);
}

}  // namespace

void run_errands(const Surroundings& surroundings, base::Deadline deadline, std::span<Errand> errands, base::BlockKeeper* keeper) {
  ErrandRun(surroundings, deadline, keeper).run(errands);
}

}  // namespace rediscluster::cluster
