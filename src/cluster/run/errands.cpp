#include "cluster/run/errands.hpp"

#include "cluster/run/later_writes.hpp"
#include "commands/retry_class.hpp"

#include <algorithm>
#include <array>

namespace rediscluster::cluster {
namespace {

// Around reads on a replica when the client's connections are not for that: other callers of the lane do not ask for it.
constexpr std::string_view begin_reading_copies = "*1\r\n$8\r\nREADONLY\r\n";
constexpr std::string_view end_reading_copies = "*1\r\n$9\r\nREADWRITE\r\n";

Error overtaken_error(const Errand& errand, const BatchEnd& end) {
  const bool is_read = errand.command.facts().is_read_only();
  return {end.whole.failure != nullptr ? Errc::connection_lost : Errc::timed_out,
          std::string("the reply was lost, and a later write of ") +
              (errand.slot < 0 ? "its node" : "slot " + std::to_string(errand.slot)) + " in the same pipeline may have run: " +
              (is_read ? "read again it would show that" : "run again it would undo that"), {}, 0, Execution::maybe_executed};
}

}  // namespace

/// The batches of a round, found by their node.
class Errands::Round {
 public:
  explicit Round(Outbox& outbox) : outbox_(outbox) {}

  ErrandBatch& to(Node& node) {
    ErrandBatch*& guess = guesses_[(reinterpret_cast<std::uintptr_t>(&node) >> guess_shift) % guesses_.size()];
    if (guess == nullptr || guess->node != &node) guess = &find(node);
    return *guess;
  }
  /// For one command, on a connection of its own.
  ErrandBatch& alone(Node& node) { return *all_.emplace_back(&outbox_.open(node, true)); }
  void clear() {
    guesses_.fill(nullptr);
    all_.clear();
    outbox_.clear();
  }
  std::span<ErrandBatch* const> all() const { return all_; }

  int alone_so_far = 0;

 private:
  ErrandBatch& find(Node& node) {
    const auto same = std::find_if(all_.begin(), all_.end(), [&](const ErrandBatch* each) { return each->node == &node && !each->is_alone; });
    return same != all_.end() ? **same : *all_.emplace_back(&outbox_.open(node, false));
  }

  Outbox& outbox_;
  std::vector<ErrandBatch*> all_;
  static constexpr int guess_shift = 10;        // nodes are some kilobytes long
  std::array<ErrandBatch*, 64> guesses_{};  // of large clusters several nodes share a place
};

void Errands::begin(std::span<Errand> errands) {
  is_first_round_ = true;
  pausing_.clear();
  journeys_.clear();
  journeys_.reserve(errands.size());
  for (Errand& errand : errands) journeys_.push_back({&errand});
}

void Errands::tidy(bool has_open, base::TimePoint now) {
  if (!has_open) drop_finished();  // batches point to their journeys
  end_unsent_when_late(now);
}

void Errands::drop_finished() {
  const auto is_finished = [](const Journey& each) { return each.step == Course::Step::finished; };
  if (std::all_of(journeys_.begin(), journeys_.end(), is_finished)) [[likely]]
    return journeys_.clear();
  std::erase_if(journeys_, is_finished);
  pausing_.clear();
  for (Journey& each : journeys_) {
    if (each.step == Course::Step::after_pause) pausing_.push_back(&each);
  }
}

void Errands::gather(Outbox& outbox, base::TimePoint now) {
  Round round(outbox);
  const bool is_straight = std::exchange(is_first_round_, false) && gather_straight(round);
  if (!is_straight) gather_with_thought(round, now);
  for (ErrandBatch* batch : round.all()) seal(*batch, now);
}

void Errands::seal(ErrandBatch& batch, base::TimePoint now) const {
  batch.has_others = std::all_of(batch.entries.begin(), batch.entries.end(), [&](const auto& entry) { return may_read_elsewhere(*entry.journey, now); });
  if (batch.has_others) [[unlikely]] {
    const auto takes_long = [](const auto& entry) { return may_take_long(entry.journey->errand->command.facts()); };
    batch.may_take_long = std::any_of(batch.entries.begin(), batch.entries.end(), takes_long);
  }
  if (batch.reads_copies) batch.add_extra(end_reading_copies);
  batch.replies.resize(batch.reply_count);
}

void Errands::leave_open(const ErrandBatch& batch) {
  for (const ErrandBatch::Entry& entry : batch.entries) entry.journey->is_under_way = true;
}

// The first round, by one and the same map: then commands of a slot go to one node by themselves, in the order given.
// False: the map changed meanwhile, or something needs thought: nothing is gathered.
bool Errands::gather_straight(Round& round) {
  const std::uint64_t version = around_.topology.version();
  const bool asks_primaries = around_.read_from == ReadFrom::primary;
  for (Journey& journey : journeys_) {
    const Errand& errand = *journey.errand;
    const bool is_plain = errand.slot >= 0 && !errand.is_fixed && asks_primaries;
    const Shard* shard = is_plain ? around_.topology.shard_of(errand.slot) : nullptr;
    if (shard == nullptr || shard->primary == nullptr) [[unlikely]] {
      round.clear();
      return false;
    }
    round.to(*shard->primary).announce(journey);
  }
  const bool is_changing = version % 2 != 0;
  if (is_changing || around_.topology.version() != version) [[unlikely]] {
    round.clear();
    return false;
  }
  for (ErrandBatch* batch : round.all()) batch->fill_in();
  return true;
}

bool Errands::may_read_elsewhere(const Journey& journey, base::TimePoint now) const {
  const Errand& errand = *journey.errand;
  if (!may_read_copy(errand)) return false;
  if (journey.course != nullptr) return journey.course->may_go_elsewhere();
  const Shard* shard = around_.topology.shard_of(errand.slot);
  return shard != nullptr && Reader().has_well_one_beside(*errand.node, *shard, now);
}

void Errands::gather_with_thought(Round& round, base::TimePoint now) {
  Order order(journeys_.size());
  for (Journey& journey : journeys_) {
    if (journey.step == Course::Step::finished) continue;
    if (journey.is_under_way) {
      if (is_ordered(*journey.errand)) order.of(journey.errand->slot).is_held = true;
    } else if (ErrandBatch* batch = batch_for(journey, order, round, now)) {
      batch->add(journey);
    }
  }
}

// Null: not in this round.
ErrandBatch* Errands::batch_for(Journey& journey, Order& order, Round& round, base::TimePoint now) {
  Errand& errand = *journey.errand;
  const bool reads_copy = may_read_copy(errand);
  Order::Place unordered;
  Order::Place& place = is_ordered(errand) ? order.of(errand.slot) : unordered;
  if (place.is_held || journey.step != Course::Step::at_once || !may_join(journey, place)) {
    place.is_held = true;
    return nullptr;
  }
  if (place.batch != nullptr && journey.course == nullptr) {
    errand.node = place.batch->node;
    return place.batch;
  }
  const bool is_alone = journey.course != nullptr && journey.course->wants_own_lane();
  // On another connection it might overtake those before it; and connections of their own are few, all of them this round's at most.
  if (is_alone && (place.batch != nullptr || round.alone_so_far == LanePool::most_alone)) {
    place.is_held = true;
    return nullptr;
  }
  Node* node = node_for_attempt(journey, now);
  if (node == nullptr || (place.batch != nullptr && place.batch->node != node)) {  // the map may have changed meanwhile
    place.is_held = journey.step != Course::Step::finished;
    return nullptr;
  }
  ErrandBatch& batch = is_alone ? round.alone(*node) : round.to(*node);
  place.batch = &batch;
  round.alone_so_far += is_alone ? 1 : 0;
  place.is_held = is_alone;  // what follows it in its slot has nothing to gain from being with it
  place.off_the_map = place.off_the_map || journey.course != nullptr;
  if (reads_copy && !around_.config.handshake.read_only && !batch.reads_copies) {
    batch.reads_copies = true;
    batch.add_extra(begin_reading_copies);
  }
  return &batch;
}

// Whether a command may be sent in this round, behind those of its slot that go in it: only to the same node.
bool Errands::may_join(const Journey& journey, const Order::Place& place) const {
  if (place.batch == nullptr) return true;
  if (journey.course != nullptr) return journey.course->would_go_to(*place.batch->node);
  if (!place.off_the_map) return true;
  const Shard* shard = around_.topology.shard_of(journey.errand->slot);
  return shard != nullptr && shard->primary == place.batch->node;
}

Node* Errands::node_by_the_map(const Errand& errand, base::TimePoint now) const {
  if (errand.is_fixed) return errand.node;
  if (errand.slot >= 0 && !may_read_copy(errand)) {
    const Shard* shard = around_.topology.shard_of(errand.slot);
    return shard == nullptr ? nullptr : shard->primary;
  }
  const auto dice = static_cast<std::uint64_t>(deadline_.when().time_since_epoch().count());
  return node_by_map(around_, errand.command, errand.slot, now, dice);
}

Node* Errands::node_for_attempt(Journey& journey, base::TimePoint now) {
  Errand& errand = *journey.errand;
  Node* node = journey.course == nullptr ? node_by_the_map(errand, now) : journey.course->begin_attempt(now);
  if (node == nullptr && journey.course == nullptr) node = course_of(journey).begin_attempt(now);  // which knows how long to wait
  if (node != nullptr) {
    errand.node = node;
  } else {
    note(journey, course_of(journey).nobody_serves(now));
  }
  return node;
}

Course& Errands::course_of(Journey& journey) {
  if (journey.course == nullptr) {
    const Errand& errand = *journey.errand;
    journey.course = std::make_unique<Course>(around_, errand.command, errand.slot, errand.is_fixed ? errand.node : nullptr, deadline_);
    if (errand.node != nullptr) journey.course->count_attempt_on(*errand.node);
  }
  return *journey.course;
}

LaneAdvice Errands::settle(ErrandBatch& batch, const BatchEnd& end, base::TimePoint now) {
  mark_overtaken(batch, end);
  if (keeper_ != nullptr) keeper_->take_over(batch.keeper);
  LaneAdvice advice = LaneAdvice::leave;
  wire::Frame* const replies = batch.replies.data();
  for (const ErrandBatch::Entry& entry : batch.entries) {
    entry.journey->is_under_way = false;
    if (entry.reply >= end.received || replies[entry.reply].is_error()) [[unlikely]] {
      advice = std::max(advice, settle_unanswered(batch, static_cast<std::size_t>(&entry - batch.entries.data()), end, now));
      continue;
    }
    entry.journey->step = Course::Step::finished;
    if (Course* const course = entry.journey->course.get()) [[unlikely]] {
      if (course->notes_answers()) course->note_answer(0, now, now);
      if (course->wants_own_lane()) advice = std::max(advice, LaneAdvice::end_if_unused);
      entry.journey->errand->attempts = course->attempts();
    }
    entry.journey->errand->reply = std::move(replies[entry.reply]);
  }
  // Left in READONLY, the connection would give others stale reads once its node is a replica.
  const bool is_left_reading = batch.reads_copies && end.received == batch.reply_count && batch.replies.back().is_error();
  return is_left_reading ? LaneAdvice::end : advice;
}

// One that has no plain reply.
LaneAdvice Errands::settle_unanswered(ErrandBatch& batch, std::size_t index, const BatchEnd& end, base::TimePoint now) {
  const ErrandBatch::Entry& entry = batch.entries[index];
  const ErrandBatch::Entry* before = index == 0 ? nullptr : &batch.entries[index - 1];
  const wire::Frame* reply = entry.reply < end.received ? &batch.replies[entry.reply] : nullptr;
  Course& course = course_of(*entry.journey);
  if (reply != nullptr && course.asking()) course.note_asking(batch.replies[entry.reply - 1]);
  const bool is_first_unanswered = before == nullptr || before->reply < end.received;
  AttemptEnd own = end.whole;
  own.reply = reply;
  own.was_sent = entry.end <= end.sent_bytes;
  own.was_begun = (before == nullptr ? 0 : before->end) < end.sent_bytes;
  if (!is_first_unanswered) own.turn = link::Ticket::Turn::later;
  Course::Step step = course.judge(own, now);
  const LaneAdvice advice = course.lane_advice();
  const bool goes_on = step == Course::Step::at_once || step == Course::Step::after_pause;
  if (entry.is_overtaken && goes_on) step = course.give_up_with(overtaken_error(*entry.journey->errand, end));
  note(*entry.journey, step);
  return advice;
}

// What was sent in front of a later write of its slot, and lost with it, is not always to be sent again. A read would see what it
// was queued in front of. A write would undo the later one, if that is not sent again behind it.
void Errands::mark_overtaken(ErrandBatch& batch, const BatchEnd& end) const {
  if (end.received == batch.reply_count) return;
  LaterWrites sent, final;
  for (auto entry = batch.entries.rbegin(); entry != batch.entries.rend() && entry->reply >= end.received; ++entry) {
    const Errand& errand = *entry->journey->errand;
    if (entry->end > end.sent_bytes) continue;
    const bool is_read = errand.command.facts().is_read_only();
    entry->is_overtaken = (is_read ? sent : final).touch(errand);
    if (is_read || (errand.command.slot() < 0 && !may_write_all(errand.command))) continue;
    sent.note(errand);
    const bool is_final = entry->is_overtaken || !routing::may_resend(effective_retry_class(errand.command), around_.config.options.resend);
    if (is_final) final.note(errand);
  }
}

void Errands::note(Journey& journey, Course::Step step) {
  journey.step = step == Course::Step::done ? Course::Step::finished : step;
  if (step == Course::Step::after_pause) pausing_.push_back(&journey);
  if (step == Course::Step::done) journey.errand->reply = Course::no_reply();
  if (step == Course::Step::finished) journey.errand->error = std::make_unique<Error>(journey.course->take_error());
}

const Course* Errands::first_who_pauses() const {
  const auto ends_sooner = [](const Journey* a, const Journey* b) { return a->course->pause_end() < b->course->pause_end(); };
  const auto first = std::min_element(pausing_.begin(), pausing_.end(), ends_sooner);
  return first == pausing_.end() ? nullptr : (*first)->course.get();
}

bool Errands::end_pauses(base::TimePoint now) {
  const std::vector<Journey*> before = std::exchange(pausing_, {});
  for (Journey* each : before) {
    if (each->course->pause_is_over(now)) {
      note(*each, each->course->go_on(now));
    } else {
      pausing_.push_back(each);
    }
  }
  return pausing_.size() < before.size();
}

// Those that stood behind others of their slot until the time was over are not begun any more.
void Errands::give_up(const Error& reason) {
  for (Journey& each : journeys_) {
    if (each.step != Course::Step::finished) note(each, course_of(each).give_up_with(reason));
  }
  journeys_.clear();
  pausing_.clear();
}

void Errands::end_unsent_when_late(base::TimePoint now) {
  if (journeys_.empty() || !deadline_.passed(now)) return;
  for (Journey& each : journeys_) {
    if (each.step == Course::Step::finished || each.is_under_way) continue;
    if (each.course == nullptr) {
      note(each, course_of(each).never_begun());
    } else if (each.step == Course::Step::at_once) {
      note(each, each.course->out_of_time());
    }
  }
}

}  // namespace rediscluster::cluster
