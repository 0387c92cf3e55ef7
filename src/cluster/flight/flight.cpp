#include "cluster/flight/flight.hpp"

#include "cluster/flight/flight_deck.hpp"
#include "cluster/run/cancellation.hpp"
#include "cluster/run/channel_way.hpp"
#include "cluster/run/ticket_end.hpp"

#include <cstring>

namespace rediscluster::cluster {

// What one command in flight takes beside its reply, where pointers have eight bytes.
static_assert(sizeof(void*) != 8 || sizeof(Flight) + sizeof(link::InFlightLine::Place) <= 640);
static_assert(sizeof(void*) != 8 || sizeof(Flight) == 9 * FreeRooms::line);

StoredCommand::StoredCommand(const EncodedCommand& command) : facts_(command.facts()), size_(command.size()), slot_(command.slot()) {
  char* at = inside_;
  if (size_ > inside) at = elsewhere_ = new char[size_];  // not initialised
  command.for_each_piece([&](std::string_view piece) {
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  });
}

const Surroundings& Flight::around() const { return deck().cluster().surroundings(); }

inline void Flight::is_in(drive::ReactorLane& lane) {
  stage_ = Stage::in_line;
  lane_ = &lane;
}

[[gnu::always_inline]] inline void Flight::attempt_on(Node& node) {
  const base::Deadline until = answers_by();
  is_in_share_ = moves_.may_go_elsewhere();
  deck().reactor().timers().set(*this, is_in_share_ ? earlier(share_of_time(began_, deadline_), until) : until);
  port_ = &deck().port_to(node);
  if (moves_.course() == nullptr) [[likely]] {
    const std::size_t bytes = command_.size();
    if (drive::ReactorLane* const lane = port_->shared_lane_for(bytes)) [[likely]] {
      lane->submit(command_.bytes(), *this);
      is_in(*lane);
      return port_->came_in_line(bytes);
    }
  }
  stage_ = Stage::queued;
  port_->take_in(*this);
}

Node* Flight::preferred() const { return channel_slot_ < 0 ? nullptr : node_for_channel(around().topology, channel_slot_); }

// In place, as it is all there is of most beginnings.
[[gnu::always_inline]] inline void Flight::begin_here() {
  began_ = deck().reactor().now();
  Node* const node = moves_.first_node(*this, began_);
  if (node == nullptr) [[unlikely]]
    return follow(course().nobody_serves(began_));
  attempt_on(*node);
}

void Flight::break_down(const std::exception& thrown) noexcept {
  if (stage_ == Stage::over) return;
  leave_queue();
  if (lane_ != nullptr) leave_line();
  land_error(error_of(thrown));
}

void Flight::opened() noexcept {
  safely([&] {
    switch (stage_) {
      case Stage::fresh:
        if (is_cancelled()) return fail_with(Cancellation::error());
        if (deck().is_ready()) [[likely]]
          return begin_here();
        return deck().take_in(*this, *this);
      case Stage::again: return failure_ ? land_error(std::move(*failure_)) : begin_attempt();
      default: return;
    }
  });
}

// The end is told in the run step: nobody is called back inside of his own call.
void Flight::fail_with(Error error) {
  leave_queue();
  Timer::cancel();
  try {
    failure_ = std::make_unique<Error>(std::move(error));
  } catch (const std::bad_alloc&) {  // of the place for it, so the error is as it was
    return land_error(std::move(error));
  }
  if (stage_ == Stage::again) return;  // it stands there already
  stage_ = Stage::again;
  deck().reactor().run_soon(*this);
}

void Flight::begin() {
  leave_queue();
  Timer::cancel();
  begin_here();
}

void Flight::begin_attempt() {
  began_ = deck().reactor().now();
  Course& course = this->course();
  Node* const node = course.begin_attempt(began_);
  if (node == nullptr) return follow(course.nobody_serves(began_));
  attempt_on(*node);
}

void Flight::put_in_line(drive::ReactorLane& lane) {
  leave_queue();
  const bool is_asking = moves_.is_asking();
  begin_anew(is_asking ? 1 : 0);
  if (is_asking) [[unlikely]] {
    link::SendQueue message;
    message.append(Course::asking_command);
    message.add(command_.bytes());
    lane.submit(message, *this);
  } else {
    lane.submit(command_.bytes(), *this);
  }
  is_in(lane);
}

void Flight::leave_line() {
  lane_->abandon(*this);
  port_->left(*lane_, bytes_to_send());
  lane_ = nullptr;
}

void Flight::ended() noexcept {
  Timer::cancel();
  drive::ReactorLane& lane = *std::exchange(lane_, nullptr);
  port_->left(lane, bytes_to_send());
  if (state() == State::done && !reply().is_error()) [[likely]] {
    if (Course* const course = moves_.course(); course != nullptr && course->notes_answers()) [[unlikely]]
      course->note_answer(reply().bytes().size(), began_, deck().reactor().look_at_clock());
    port_->done_with(lane);
    return land_reply(reply());
  }
  safely([&] {
    Course& course = this->course();
    const Course::Step step = course.judge(end_of(*this), deck().reactor().now());
    port_->follow(course.lane_advice(), lane);
    follow(step, Tell::now);
  });
}

void Flight::was_not_sent(const Error& reason, Tell telling) {
  Timer::cancel();
  leave_queue();
  judge({.failure = &reason}, telling);
}

void Flight::judge(const AttemptEnd& end, Tell telling) { follow(course().judge(end, deck().reactor().now()), telling); }

void Flight::follow(Course::Step step, Tell telling) {
  const bool goes_on = step == Course::Step::at_once || step == Course::Step::after_pause;
  if (goes_on && is_cancelled()) step = moves_.course()->give_up_with(Cancellation::error());
  switch (step) {
    case Course::Step::finished: return telling == Tell::now ? end_with(moves_.course()->take_error()) : fail_with(moves_.course()->take_error());
    case Course::Step::done: return land_reply(Course::no_reply());
    case Course::Step::at_once:
      stage_ = Stage::again;
      return deck().reactor().run_soon(*this);
    case Course::Step::after_pause:
      stage_ = Stage::pausing;
      deck().pause(*this);
      return deck().reactor().timers().set(*this, moves_.course()->pause_end());
  }
}

void Flight::go_on_after_pause(Tell telling) {
  const base::TimePoint now = deck().reactor().now();
  if (!moves_.course()->pause_is_over(now)) return;
  Timer::cancel();
  leave_queue();
  safely([&] { follow(moves_.course()->go_on(now), telling); });
}

void Flight::fired() noexcept {
  switch (stage_) {
    case Stage::fresh: return safely([&] { fail_with(deck().not_ready_in_time()); });
    case Stage::pausing: return go_on_after_pause(Tell::now);
    case Stage::queued:
    case Stage::in_line: return safely([&] { run_out_of_time(); });
    case Stage::again:
    case Stage::over: return;
  }
}

void Flight::run_out_of_time() {
  if (stage_ == Stage::queued) {
    const Error reason{Errc::timed_out, port_->why_queued(), {}, 0, Execution::not_executed};
    return was_not_sent(reason, Tell::now);
  }
  if (!waiting()) return;  // its end is known, and about to be told
  const bool was_in_share = is_in_share_;
  is_in_share_ = false;
  if (was_in_share && answers_by().when() > deck().reactor().now()) {
    const bool is_alive = lane_->last_progress() > began_;
    if (is_alive || !needs_sign_of_life(around(), view())) return deck().reactor().timers().set(*this, answers_by());
  }
  drive::ReactorLane& lane = *lane_;
  leave_line();
  port_->look_if_silent(lane);
  judge(end_of(*this), Tell::now);
}

void Flight::be_cancelled() noexcept {
  safely([&] {
    Error error = Cancellation::error();
    switch (stage_) {
      case Stage::fresh:
        if (!is_queued()) return;  // opened() will see it
        return fail_with(std::move(error));
      case Stage::in_line:
        if (!waiting() || (goes_on_when_sent_ && lane_->is_on_its_way(*this))) return;  // its end is known, and about to be told, or to be waited for
        leave_line();
        error.execution = was_sent() ? Execution::maybe_executed : Execution::not_executed;
        break;
      case Stage::again:
        if (failure_) return;
        break;
      case Stage::over: return;
      case Stage::queued:
      case Stage::pausing: break;
    }
    Course& course = this->course();
    course.give_up_with(std::move(error));
    end_with(course.take_error());
  });
}

void Flight::end_with(Error&& error) noexcept {
  leave_queue();
  Timer::cancel();
  land_error(std::move(error));
}

// Of a hundred thousand that run out of time together, each was last looked at long ago.
void Flight::fires_soon() const noexcept {
  const char* const at = reinterpret_cast<const char*>(this);
  for (std::size_t offset = 0; offset < sizeof(Flight); offset += FreeRooms::line) __builtin_prefetch(at + offset, 1);
}

void Flight::land_reply(const wire::Frame& reply) noexcept {
  stop_listening();
  land([&](bool at_once) {
    landing_.decoder().reply(landing_.receiver(), at_once, reply, command_.facts(), moves_.node_of_last_attempt(), moves_.attempts());
  });
  be_over();
}

void Flight::land_error(Error&& error) noexcept {
  stop_listening();
  land([&](bool at_once) { landing_.decoder().error(landing_.receiver(), at_once, std::move(error)); });
  be_over();
}

void Flight::be_over() noexcept {
  stage_ = Stage::over;
  drop_hold(Where::on_reactor);
}

void Flight::free(Where where) noexcept {
  if (where == Where::on_reactor) return deck().recycle(*this);
  this->~Flight();
  FlightPool::of_all().give(this);
}

}  // namespace rediscluster::cluster
