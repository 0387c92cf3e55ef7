#include "cluster/run/errands.hpp"

#include "cluster/run/errands_batch.hpp"
#include "cluster/run/lane_moves.hpp"
#include "cluster/run/later_writes.hpp"
#include "cluster/run/side_by_side.hpp"
#include "commands/retry_class.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// Around reads on a replica when the client's connections are not for that: other callers of the lane do not ask for it.
constexpr std::string_view begin_reading_copies = "*1\r\n$8\r\nREADONLY\r\n";
constexpr std::string_view end_reading_copies = "*1\r\n$9\r\nREADWRITE\r\n";

Error overtaken_error(const Errand& errand, const drive::LaneTicket& ticket) {
  const bool is_read = errand.command.facts().is_read_only();
  return {ticket.state() == link::Ticket::State::lost ? Errc::connection_lost : Errc::timed_out,
          std::string("the reply was lost, and a later write of ") +
              (errand.slot < 0 ? "its node" : "slot " + std::to_string(errand.slot)) + " in the same pipeline may have run: " +
              (is_read ? "read again it would show that" : "run again it would undo that"), {}, 0, Execution::maybe_executed};
}

// How long the batches of a round have for their answers before what else there is to do is looked at; and how long each of those that are
// still to answer is waited for before it is the turn of the next.
constexpr std::chrono::milliseconds soon_answered{10};

}  // namespace

void Errands::run(std::span<Errand> errands) {
  is_first_round_ = true;
  pausing_.clear();
  journeys_.clear();
  journeys_.reserve(errands.size());
  for (Errand& errand : errands) journeys_.push_back({&errand});
  Open open;
  while (!journeys_.empty()) {
    if (!send_round(open)) {
      if (!open.empty()) {
        wait_for_open(open);
      } else {
        wait_for_next();
      }
    }
    if (open.empty()) drop_finished();  // batches point to their journeys
    end_unsent_when_late();
  }
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

// False: there was nothing to send. What is not answered soon stays open, so that one slow node does not hold up what is to be sent
// to others.
bool Errands::send_round(Open& open) {
  Batches batches;
  const base::TimePoint now = base::Clock::now();
  const bool is_straight = std::exchange(is_first_round_, false) && gather_straight(batches, now);
  if (!is_straight) gather(batches, now);
  if (batches.all.empty()) return false;
  start_all(batches);
  const bool is_only_one = batches.all.size() == 1 && open.empty() && (is_straight || first_who_pauses() == nullptr);
  const base::Deadline soon = is_only_one ? base::Deadline::never() : base::Deadline::after(base::Clock::now(), soon_answered);
  for (auto& batch : batches.all) batch->is_over = wait(*batch, soon);
  for (auto& batch : batches.all) {
    if (batch->is_over) [[likely]] {
      settle(*batch);
    } else {
      for (const Batch::Entry& entry : batch->entries) entry.journey->is_under_way = true;
      open.push_back(std::move(batch));
    }
  }
  return true;
}

// Returns when one of them has been settled, or somebody who paused may go on.
void Errands::wait_for_open(Open& open) {
  for (bool has_changed = false; !has_changed;) {
    const bool is_all_there_is = open.size() == 1 && first_who_pauses() == nullptr;
    const base::Deadline slice = is_all_there_is ? base::Deadline::never() : base::Deadline::after(base::Clock::now(), soon_answered);
    if (wait(*open.front(), slice)) {
      settle(*open.front());
      for (const Batch::Entry& entry : open.front()->entries) entry.journey->is_under_way = false;
      open.erase(open.begin());
      has_changed = true;
    } else {  // the others have their turn
      std::rotate(open.begin(), open.begin() + 1, open.end());
    }
    has_changed = end_pauses() || has_changed;
  }
}

// The first round, by one and the same map: then commands of a slot go to one node by themselves, in the order given.
// False: the map changed meanwhile, or something needs thought: nothing is gathered.
bool Errands::gather_straight(Batches& batches, base::TimePoint now) {
  const std::uint64_t version = around_.topology.version();
  const bool asks_primaries = around_.read_from == ReadFrom::primary;
  for (Journey& journey : journeys_) {
    const Errand& errand = *journey.errand;
    const bool is_plain = errand.slot >= 0 && !errand.is_fixed && asks_primaries;
    const Shard* shard = is_plain ? around_.topology.shard_of(errand.slot) : nullptr;
    if (shard == nullptr || shard->primary == nullptr) [[unlikely]] {
      batches.clear();
      return false;
    }
    batches.to(*shard->primary, now).announce(journey);
  }
  const bool is_changing = version % 2 != 0;
  if (is_changing || around_.topology.version() != version) [[unlikely]] {
    batches.clear();
    return false;
  }
  for (const auto& batch : batches.all) batch->fill_in();
  return true;
}

base::Deadline Errands::answers_by(base::TimePoint now) const {
  const auto limit = around_.config.options.socket_timeout;
  return limit ? earlier(deadline_, base::Deadline::after(now, *limit)) : deadline_;
}

// Nodes with a connection first: they work while the others are connected to, several at a time (docs/decisions/side-by-side.md).
void Errands::start_all(Batches& batches) {
  std::vector<Batch*> unconnected;
  for (const auto& batch : batches.all) {
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
    for (Batch* batch : unconnected) start(*batch);
  }
  // Nobody could read meanwhile, which is not held against those that have answered.
  const base::TimePoint now = base::Clock::now();
  for (const auto& batch : batches.all) batch->deadline = answers_by(now);
}

void Errands::start(Batch& batch) {
  const base::TimePoint now = base::Clock::now();
  batch.deadline = answers_by(now);
  batch.started = now;
  batch.has_others = std::all_of(batch.entries.begin(), batch.entries.end(), [&](const auto& entry) { return may_read_elsewhere(*entry.journey, now); });
  if (batch.reads_copies) batch.add_extra(end_reading_copies);
  batch.replies.resize(batch.reply_count);
  batch.ticket.emplace(std::span<wire::Frame>(batch.replies), 0, keeper_ == nullptr ? nullptr : &batch.keeper);
  batch.use.lane().start(batch.bytes, *batch.ticket, batch.has_others ? share_of(batch) : batch.deadline, now);
}

base::Deadline Errands::share_of(const Batch& batch) const { return earlier(share_of_time(batch.started, deadline_), batch.deadline); }

// Waits for a batch until then at most. True: it has its replies, or its time is up.
bool Errands::wait(Batch& batch, base::Deadline until) const {
  drive::CallerLane& lane = batch.use.lane();
  base::Deadline limit = batch.deadline;
  if (batch.has_others) {
    const base::Deadline share = share_of(batch);
    if (lane.linger(*batch.ticket, earlier(until, share))) return true;
    if (until < share) return false;
    batch.has_others = false;
    if (!lane.has_spoken_since(batch.started)) limit = base::Deadline::at(base::TimePoint::min());
  }
  if (until < limit) return lane.linger(*batch.ticket, until);
  lane.finish(*batch.ticket, limit);
  return true;
}

bool Errands::may_read_elsewhere(const Journey& journey, base::TimePoint now) const {
  const Errand& errand = *journey.errand;
  if (!may_read_copy(errand)) return false;
  if (journey.course != nullptr) return journey.course->may_go_elsewhere();
  const Shard* shard = around_.topology.shard_of(errand.slot);
  return shard != nullptr && Reader().has_well_one_beside(*errand.node, *shard, now);
}

void Errands::gather(Batches& batches, base::TimePoint now) {
  Order order(journeys_.size());
  for (Journey& journey : journeys_) {
    if (journey.step == Course::Step::finished) continue;
    if (journey.is_under_way) {
      if (is_ordered(*journey.errand)) order.of(journey.errand->slot).is_held = true;
    } else if (Batch* batch = batch_for(journey, order, batches, now)) {
      batch->add(journey);
    }
  }
}

// Null: not in this round.
Errands::Batch* Errands::batch_for(Journey& journey, Order& order, Batches& batches, base::TimePoint now) {
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
  if (is_alone && (place.batch != nullptr || batches.alone_so_far == LanePool::most_alone)) {
    place.is_held = true;
    return nullptr;
  }
  Node* node = node_for_attempt(journey, now);
  if (node == nullptr || (place.batch != nullptr && place.batch->node != node)) {  // the map may have changed meanwhile
    place.is_held = journey.step != Course::Step::finished;
    return nullptr;
  }
  Batch& batch = is_alone ? batches.alone(*node, lane_for(*journey.course, *node, now)) : batches.to(*node, now);
  place.batch = &batch;
  batches.alone_so_far += is_alone ? 1 : 0;
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

void Errands::settle(Batch& batch) {
  const drive::LaneTicket& ticket = *batch.ticket;
  mark_overtaken(batch);
  if (keeper_ != nullptr) keeper_->take_over(batch.keeper);
  wire::Frame* const replies = batch.replies.data();
  const std::uint32_t received = ticket.received();
  for (const Batch::Entry& entry : batch.entries) {
    if (entry.reply >= received || replies[entry.reply].is_error()) [[unlikely]] {
      settle_unanswered(batch, static_cast<std::size_t>(&entry - batch.entries.data()));
      continue;
    }
    entry.journey->step = Course::Step::finished;
    if (Course* const course = entry.journey->course.get()) [[unlikely]] {
      if (course->notes_answers()) course->note_answer(0, batch.started, base::Clock::now());
      done_with(*course, batch.use.lane());
      entry.journey->errand->attempts = course->attempts();
    }
    entry.journey->errand->reply = std::move(replies[entry.reply]);
  }
  // Left in READONLY, the connection would give others stale reads once its node is a replica.
  if (batch.reads_copies && ticket.received() == batch.reply_count && batch.replies.back().is_error()) {
    batch.use.lane().break_off({Errc::connection_lost, "READWRITE was refused", batch.node->address(), 0, Execution::maybe_executed});
  }
  const auto limit = around_.config.options.socket_timeout;
  if (limit && ticket.state() == link::Ticket::State::abandoned) {
    batch.use.lane().end_if_silent(2 * *limit, base::Clock::now());  // as for a single command
  }
}

// One that has no plain reply.
void Errands::settle_unanswered(Batch& batch, std::size_t index) {
  const drive::LaneTicket& ticket = *batch.ticket;
  const Batch::Entry& entry = batch.entries[index];
  const Batch::Entry* before = index == 0 ? nullptr : &batch.entries[index - 1];
  const wire::Frame* reply = entry.reply < ticket.received() ? &batch.replies[entry.reply] : nullptr;
  Course& course = course_of(*entry.journey);
  if (reply != nullptr && course.asking()) course.note_asking(batch.replies[entry.reply - 1]);
  const bool is_first_unanswered = before == nullptr || before->reply < ticket.received();
  AttemptEnd end = end_of(ticket, reply);
  end.was_sent = entry.end <= ticket.sent_bytes();
  end.was_begun = (before == nullptr ? 0 : before->end) < ticket.sent_bytes();
  if (!is_first_unanswered) end.turn = link::Ticket::Turn::later;
  Course::Step step = judge_attempt(course, end, batch.use.lane());
  const bool goes_on = step == Course::Step::at_once || step == Course::Step::after_pause;
  if (entry.is_overtaken && goes_on) step = course.give_up_with(overtaken_error(*entry.journey->errand, ticket));
  note(*entry.journey, step);
}

// What was sent in front of a later write of its slot, and lost with it, is not always to be sent again. A read would see what it
// was queued in front of. A write would undo the later one, if that is not sent again behind it.
void Errands::mark_overtaken(Batch& batch) const {
  const drive::LaneTicket& ticket = *batch.ticket;
  if (ticket.received() == batch.reply_count) return;
  LaterWrites sent, final;
  for (auto entry = batch.entries.rbegin(); entry != batch.entries.rend() && entry->reply >= ticket.received(); ++entry) {
    const Errand& errand = *entry->journey->errand;
    if (entry->end > ticket.sent_bytes()) continue;
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

// Sleeps until the first of those who pause may go on; takes along who may go on by then, too.
void Errands::wait_for_next() {
  Journey* first = first_who_pauses();
  if (first == nullptr) return;
  std::erase(pausing_, first);
  note(*first, pause(around_, *first->course));
  end_pauses();
}

// Null: nobody does.
Errands::Journey* Errands::first_who_pauses() const {
  const auto ends_sooner = [](const Journey* a, const Journey* b) { return a->course->pause_end() < b->course->pause_end(); };
  const auto first = std::min_element(pausing_.begin(), pausing_.end(), ends_sooner);
  return first == pausing_.end() ? nullptr : *first;
}

// Whether some of those who pause may go on now.
bool Errands::end_pauses() {
  const std::vector<Journey*> before = std::exchange(pausing_, {});
  const base::TimePoint now = base::Clock::now();
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
void Errands::end_unsent_when_late() {
  if (journeys_.empty() || !deadline_.passed(base::Clock::now())) return;
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
