#include "drive/reactor.hpp"

#include "drive/reactor_lane.hpp"

#include <algorithm>

namespace rediscluster::drive {
namespace {

// What one turn does at most before it looks at everything else again: some hundred microseconds of work.
constexpr std::size_t most_mails = 512;
constexpr std::size_t most_expiries = 256;
constexpr std::size_t most_completions = 256;

}  // namespace

Reactor::Reactor(Loop& loop) : loop_(loop), now_(base::Clock::now()), timers_(now_) { loop_.attach(*this); }

// Who puts in first and looks then, and a reactor that says it sleeps first and looks then: one of the two sees the other.
void Reactor::post(Mail& mail) noexcept {
  mailbox_.put(mail);
  if (sleeps_.load(std::memory_order_seq_cst) && sleeps_.exchange(false, std::memory_order_seq_cst)) loop_.wake();
}

// Each lane is in a list at most once, beside what was forgotten there, and may be put in once more while the list is gone through.
void Reactor::admit() {
  for (auto* lanes : {&to_serve_, &served_now_, &to_flush_}) {
    const std::size_t needed = std::max({to_serve_.size(), served_now_.size(), to_flush_.size()}) + 2 * (lanes_ + 1);
    if (lanes->capacity() < needed) lanes->reserve(2 * needed);
  }
  ++lanes_;
}

void Reactor::forget(ReactorLane& lane) noexcept {
  --lanes_;
  for (auto* lanes : {&to_serve_, &served_now_, &to_flush_}) std::replace(lanes->begin(), lanes->end(), &lane, static_cast<ReactorLane*>(nullptr));
}

void Reactor::turn() noexcept {
  Reactor* const outer = std::exchange(turning_, this);
  sleeps_.store(false, std::memory_order_relaxed);
  began_ = look_at_clock();
  went_on_ = 0;
  bool has_more = open_mails();
  has_more = timers_.expire(now_, most_expiries) || has_more;
  std::size_t budget = most_completions;
  serve_lanes(budget);
  run(budget);
  flush_lanes();
  tell_of_end();
  look_how_long_it_took();
  rest(has_more);
  turning_ = outer;
}

void Reactor::finish() noexcept {
  do {
    turn();
  } while (!arrived_.empty() || !to_run_.empty() || !to_serve_.empty() || !mailbox_.empty());
}

bool Reactor::open_mails() noexcept {
  mailbox_.take_all(arrived_);
  for (std::size_t i = 0; i < most_mails; ++i) {
    Mail* const mail = arrived_.pop();
    if (mail == nullptr) return false;
    mail->opened();
  }
  return !arrived_.empty();
}

// Each lane once, and those that have more once more in the next turn, behind the others.
void Reactor::serve_lanes(std::size_t& budget) noexcept {
  served_now_.swap(to_serve_);
  for (std::size_t i = 0; i < served_now_.size(); ++i) {
    ReactorLane* const lane = served_now_[i];
    if (lane == nullptr) continue;
    served_now_[i] = nullptr;
    lane->serve(budget);
  }
  served_now_.clear();
}

void Reactor::run(std::size_t& budget) noexcept {
  for (; budget > 0; --budget) {
    Mail* const mail = to_run_.pop();
    if (mail == nullptr) return;
    mail->opened();
  }
}

void Reactor::flush_lanes() noexcept {
  for (std::size_t i = 0; i < to_flush_.size(); ++i) {  // a lane that is lost has others sent to
    ReactorLane* const lane = to_flush_[i];
    if (lane != nullptr) lane->flush();
  }
  to_flush_.clear();
}

void Reactor::tell_of_end() noexcept {
  while (await_end_of_turn_ != nullptr) {
    detail::EndOfTurn& last = *await_end_of_turn_;
    await_end_of_turn_ = last.next;
    last.turn_ends();
  }
}

void Reactor::look_how_long_it_took() noexcept {
  if (longest_turn_ == base::Duration::max()) return;
  const base::Duration taken = base::Clock::now() - began_;
  if (taken >= longest_turn_) [[unlikely]]
    told_of_long_turn_(taken);
}

void Reactor::rest(bool has_more) noexcept {
  const auto at_once = base::TimePoint::min();
  if (has_more || !to_run_.empty() || !to_serve_.empty() || !mailbox_.empty()) return loop_.turn_by(at_once);
  sleeps_.store(true, std::memory_order_seq_cst);
  if (!mailbox_.empty()) {
    sleeps_.store(false, std::memory_order_relaxed);
    return loop_.turn_by(at_once);
  }
  loop_.turn_by(timers_.next().value_or(base::TimePoint::max()));
}

}  // namespace rediscluster::drive
