#include "cluster/errands.hpp"

#include <algorithm>

namespace rediscluster::cluster {

struct Errands::Batch {
  /// A command of the batch, and which of the replies is its own.
  struct Entry {
    Journey* journey;
    std::size_t reply;
  };

  Batch(Node* to, base::TimePoint now) : node(to), use(to->lanes().shared(now)) {}
  void add(Journey& journey, bool asking) {
    if (asking) {
      bytes += Course::asking_command;
      ++reply_count;
    }
    bytes += journey.errand->command->bytes();
    entries.push_back({&journey, reply_count++});
  }

  Node* node;
  LanePool::Use use;
  std::vector<Entry> entries;
  std::string bytes;
  std::size_t reply_count = 0;
  std::vector<wire::Frame> replies;
  std::optional<drive::LaneTicket> ticket;
};

void Errands::run(std::span<Errand> errands) {
  std::vector<Journey> journeys;
  journeys.reserve(errands.size());
  for (Errand& errand : errands) journeys.push_back({&errand});
  const auto any_at = [&](Course::Step step) {
    return std::any_of(journeys.begin(), journeys.end(), [&](const Journey& each) { return each.step == step; });
  };
  for (;;) {
    if (any_at(Course::Step::at_once)) {
      send_round(journeys);
    } else if (any_at(Course::Step::after_pause)) {
      wait_for_next(journeys);
    } else {
      return;
    }
  }
}

void Errands::send_round(std::span<Journey> journeys) {
  const base::TimePoint now = base::Clock::now();
  const auto limit = around_.config.options.socket_timeout;
  const base::Deadline deadline = limit ? earlier(deadline_, base::Deadline::after(now, *limit)) : deadline_;
  std::vector<std::unique_ptr<Batch>> batches;
  for (Journey& journey : journeys) {
    if (journey.step != Course::Step::at_once) continue;
    Node* node = node_for_attempt(journey, now);
    if (node == nullptr) continue;
    auto place = std::find_if(batches.begin(), batches.end(), [&](const auto& each) { return each->node == node; });
    if (place == batches.end()) place = batches.insert(place, std::make_unique<Batch>(node, now));
    (*place)->add(journey, journey.course != nullptr && journey.course->asking());
  }
  for (const auto& batch : batches) {
    batch->replies.resize(batch->reply_count);
    batch->ticket.emplace(std::span<wire::Frame>(batch->replies));
    batch->use.lane().start(batch->bytes, *batch->ticket, deadline, now);
  }
  for (const auto& batch : batches) batch->use.lane().finish(*batch->ticket, deadline);
  for (const auto& batch : batches) settle(*batch);
}

Node* Errands::node_for_attempt(Journey& journey, base::TimePoint now) {
  const auto dice = static_cast<std::uint64_t>(deadline_.when().time_since_epoch().count());
  Errand& errand = *journey.errand;
  if (journey.course == nullptr) {
    errand.node = errand.fixed != nullptr ? errand.fixed : node_by_map(around_, *errand.command, errand.slot, now, dice);
  } else {
    errand.node = journey.course->begin_attempt(now);
  }
  if (errand.node == nullptr) note(journey, course_of(journey).nobody_serves());
  return errand.node;
}

Course& Errands::course_of(Journey& journey) {
  if (journey.course == nullptr) {
    const Errand& errand = *journey.errand;
    journey.course = std::make_unique<Course>(around_, *errand.command, errand.slot, errand.fixed, deadline_);
    if (errand.node != nullptr) journey.course->count_attempt_on(*errand.node);
  }
  return *journey.course;
}

void Errands::settle(Batch& batch) {
  const drive::LaneTicket& ticket = *batch.ticket;
  for (const Batch::Entry& entry : batch.entries) {
    wire::Frame* reply = entry.reply < ticket.received() ? &batch.replies[entry.reply] : nullptr;
    if (reply != nullptr && !reply->is_error()) {
      entry.journey->step = Course::Step::finished;
      entry.journey->errand->reply = std::move(*reply);
      continue;
    }
    note(*entry.journey, course_of(*entry.journey).judge(ticket, reply, batch.use.lane()));
  }
  const auto limit = around_.config.options.socket_timeout;
  if (limit && ticket.state() == link::Ticket::State::abandoned) {
    batch.use.lane().end_if_silent(2 * *limit, base::Clock::now());  // as for a single command
  }
}

void Errands::note(Journey& journey, Course::Step step) {
  journey.step = step;
  if (step == Course::Step::finished) journey.errand->error = journey.course->take_error();
}

// Sleeps until the first of those who pause may go on; takes along who may go on by then, too.
void Errands::wait_for_next(std::span<Journey> journeys) {
  Journey* first = nullptr;
  for (Journey& each : journeys) {
    if (each.step != Course::Step::after_pause) continue;
    if (first == nullptr || each.course->pause_end() < first->course->pause_end()) first = &each;
  }
  note(*first, first->course->pause());
  for (Journey& each : journeys) {
    if (each.step == Course::Step::after_pause && each.course->may_go_on()) note(each, each.course->pause());
  }
}

}  // namespace rediscluster::cluster
