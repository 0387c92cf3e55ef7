#include "cluster/flight/convoy.hpp"

#include "cluster/flight/flight_deck.hpp"
#include "cluster/run/cancellation.hpp"
#include "cluster/run/ticket_end.hpp"

#include <algorithm>

namespace rediscluster::cluster {

/// What goes to one node in one write.
class Convoy::Batch final : public ErrandBatch, public Queued, public drive::ReactorTicket, public drive::Timer {
 public:
  Batch(Convoy& convoy, Node& to, bool alone) : ErrandBatch(to, alone), convoy_(convoy) {}

  void send(base::TimePoint now) {
    begun_ = now;
    until_ = convoy_.errands_.answers_by(now);
    begin_anew(std::span<wire::Frame>(replies), &keeper);
    convoy_.deck().reactor().timers().set(*this, has_others ? convoy_.errands_.share_of(now, until_) : until_);
    port_ = &convoy_.deck().port_to(*node);
    port_->take_in(*this);
  }
  /// Nobody wants it any more. What the lane is about to tell of stays until it has.
  void give_up() {
    Timer::cancel();
    leave_queue();
    if (lane_ != nullptr && waiting()) leave_line();
  }
  bool may_go() const { return lane_ == nullptr; }
  bool may_have_run() const { return state() == State::done || was_sent(); }
  BatchEnd end() const { return {end_of(*this, nullptr), received(), sent_bytes()}; }
  NodePort& port() { return *port_; }
  drive::ReactorLane* last_lane() { return last_lane_; }

  std::size_t bytes_to_send() const override { return bytes.size(); }
  bool wants_own_lane() const override { return is_alone; }
  void put_in_line(drive::ReactorLane& lane) override {
    leave_queue();
    lane.submit(bytes, *this);
    last_lane_ = lane_ = &lane;
  }
  void not_connected(const Error& reason) override {
    Timer::cancel();
    leave_queue();
    link::Ticket::fail(reason);
    convoy_.settle(*this);
  }
  void fail_with(Error error) override { not_connected(error); }
  void break_down(const std::exception& thrown) noexcept override { convoy_.break_down(thrown); }

 private:
  void ended() noexcept override {
    Timer::cancel();
    port_->left(*lane_, bytes_to_send());
    lane_ = nullptr;
    convoy_.settle(*this);
  }
  // As for a thread that waits: see ErrandRun::wait.
  void fired() noexcept override {
    if (is_queued()) return safely([&] { not_connected({Errc::timed_out, port_->why_queued(), node->address(), 0, Execution::not_executed}); });
    if (!waiting()) return;
    if (std::exchange(has_others, false) && until_.when() > convoy_.deck().reactor().now() && (may_take_long || lane_->last_progress() > begun_))
      return convoy_.deck().reactor().timers().set(*this, until_);
    leave_line();
    port_->look_if_silent(*last_lane_);
    convoy_.settle(*this);
  }
  void leave_line() {
    lane_->abandon(*this);
    port_->left(*lane_, bytes_to_send());
    lane_ = nullptr;
  }

  Convoy& convoy_;
  NodePort* port_ = nullptr;
  drive::ReactorLane* lane_ = nullptr;  // null: not in line
  drive::ReactorLane* last_lane_ = nullptr;
  base::TimePoint begun_{};
  base::Deadline until_ = base::Deadline::never();
};

Convoy::Convoy(FlightDeck& deck, const Surroundings& surroundings, base::Deadline deadline)
    : Driven(deck), around_(surroundings), deadline_(deadline), errands_(around_, deadline, &keeper_) {}

Convoy::~Convoy() = default;

void Convoy::break_down(const std::exception& thrown) noexcept { fail_with(error_of(thrown)); }

void Convoy::opened() noexcept {
  goes_on_soon_ = false;
  if (error_) return batches_.empty() ? finish() : void();
  if (stage_ == Stage::under_way) return safely([&] { go_on(); });
  if (stage_ == Stage::over) return;
  safely([&] { is_cancelled() ? fail_with(Cancellation::error()) : deck().take_in(*this, *this); });
}

void Convoy::begin() {
  leave_queue();
  Timer::cancel();
  stage_ = Stage::under_way;
  safely([&] {
    Result<std::span<Errand>> errands = prepare();
    if (!errands) return fail_with(std::move(errands.error()));
    errands_.begin(*errands);
    go_on_soon();
  });
}

// The end is told in the run step: nobody is called back inside of his own call.
void Convoy::fail_with(Error error) {
  leave_queue();
  Timer::cancel();
  if (stage_ == Stage::over || error_) return;
  for (const auto& batch : batches_) {
    batch->give_up();
    may_have_run_ = may_have_run_ || batch->may_have_run();
  }
  if (may_have_run_) error.execution = Execution::maybe_executed;
  std::erase_if(batches_, [](const auto& batch) { return batch->may_go(); });
  error_ = std::move(error);
  stage_ = Stage::under_way;
  go_on_soon();
}

void Convoy::go_on_soon() {
  if (goes_on_soon_) return;
  goes_on_soon_ = true;
  deck().reactor().run_soon(*this);
}

void Convoy::go_on() {
  settled_.clear();
  leave_queue();
  Timer::cancel();
  const base::TimePoint now = deck().reactor().now();
  errands_.tidy(!batches_.empty(), now);
  errands_.end_pauses(now);
  if (errands_.is_over()) return finish();
  send_round();
  if (errands_.is_over()) return finish();
  wait_for_who_pauses();
}

void Convoy::send_round() {
  const base::TimePoint now = deck().reactor().now();
  errands_.gather(*this, now);
  std::vector<std::unique_ptr<Batch>> round = std::move(round_);
  round_.clear();
  for (const auto& batch : round) Errands::leave_open(*batch);
  batches_.reserve(batches_.size() + round.size());
  settled_.reserve(batches_.size() + round.size());  // settle() may be told of the end of each
  for (auto& batch : round) {
    Batch& sent = *batches_.emplace_back(std::move(batch));
    sent.send(now);  // may be settled by the time it returns
  }
  errands_.tidy(!batches_.empty(), now);
}

void Convoy::settle(Batch& batch) {
  const auto found = std::find_if(batches_.begin(), batches_.end(), [&](const auto& each) { return each.get() == &batch; });
  settled_.push_back(std::move(*found));
  batches_.erase(found);
  may_have_run_ = may_have_run_ || batch.may_have_run();
  if (error_) return go_on_soon();
  safely([&] {
    const LaneAdvice advice = errands_.settle(batch, batch.end(), deck().reactor().now());
    if (batch.last_lane() != nullptr) batch.port().follow(advice, *batch.last_lane());
    go_on_soon();
  });
}

void Convoy::wait_for_who_pauses() {
  const Course* const first = errands_.first_who_pauses();
  if (first == nullptr) return;
  deck().pause(*this);
  deck().reactor().timers().set(*this, first->pause_end());
}

void Convoy::look_at_pause() {
  leave_queue();
  go_on_soon();
}

void Convoy::fired() noexcept {
  if (stage_ == Stage::fresh) return safely([&] { fail_with(deck().not_ready_in_time()); });
  leave_queue();
  go_on_soon();
}

void Convoy::be_cancelled() noexcept {
  if (stage_ == Stage::over || (stage_ == Stage::fresh && !is_queued())) return;  // opened() will see it
  safely([&] { fail_with(Cancellation::error()); });
}

ErrandBatch& Convoy::open(Node& node, bool is_alone) { return *round_.emplace_back(std::make_unique<Batch>(*this, node, is_alone)); }

void Convoy::clear() { round_.clear(); }

void Convoy::finish() noexcept {
  if (std::exchange(stage_, Stage::over) == Stage::over) return;
  stop_listening();
  settled_.clear();
  land([&](bool at_once) { give(at_once, error_ ? &*error_ : nullptr); });
  drop_hold(Where::on_reactor);
}

}  // namespace rediscluster::cluster
