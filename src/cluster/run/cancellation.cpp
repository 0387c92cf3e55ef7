#include "cluster/run/cancellation.hpp"

#include "wire/decode.hpp"

#include <rediscluster/commands/connection.hpp>

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// How long a near server has, at least, for its answer before the connection is closed: in that time the question may need a
// connection of its own, too. And how often it is asked meanwhile: a command that was sent but has not reached the server
// yet does not wait there yet.
constexpr std::chrono::milliseconds least_patience{500};
constexpr std::chrono::milliseconds least_time_for_last_words{150};
constexpr std::chrono::seconds most_time_for_last_words{1};
constexpr std::chrono::milliseconds unblock_interval{1};
constexpr std::chrono::milliseconds answer_look{10};  // whether the call has ended before the question was answered

}  // namespace

base::Deadline Cancellation::answers_by(const Node& node) {
  return base::Deadline::after(base::Clock::now(), 2 * node.patience(least_patience));
}

base::Deadline Cancellation::last_words_by(const Node& node) {
  return base::Deadline::after(base::Clock::now(), std::min<base::Duration>(node.patience(least_time_for_last_words), most_time_for_last_words));
}

Error Cancellation::error() { return {Errc::cancelled, "the caller cancelled it", {}, 0, Execution::not_executed}; }

bool Cancellation::enter(Node& node, drive::CallerLane& lane) {
  std::lock_guard lock{mutex_};
  if (requested()) return false;
  node_ = &node;
  lane_ = &lane;
  client_id_ = 0;
  is_over_.store(false, std::memory_order_release);
  waiter_ = base::FlowId::here();
  return true;
}

void Cancellation::identify(std::int64_t client_id) {
  std::lock_guard lock{mutex_};
  client_id_ = client_id;
  changed_.notify_all();
}

void Cancellation::leave() {
  std::lock_guard lock{mutex_};
  node_ = nullptr;
  lane_ = nullptr;
  is_over_.store(true, std::memory_order_release);
  changed_.notify_all();
}

// The server may hear it after the command has ended: so WaitingRun gives no connection back that was asked about.
Cancellation::Answer Cancellation::unblock(Node& node, std::int64_t client_id, base::Deadline give_up) try {
  const EncodedCommand question = cmd::client_unblock(client_id, UnblockMode::error);
  const base::TimePoint now = base::Clock::now();
  const LanePool::Use use = node.lanes().shared(now);
  drive::LaneTicket ticket;
  const drive::Wishes wishes{nullptr, &is_over_};
  ticket.wish(wishes);
  use.lane().start(question.bytes(), ticket, give_up, now);
  const auto next_look = [&] { return earlier(give_up, base::Deadline::after(base::Clock::now(), answer_look)); };
  while (!use.lane().linger(ticket, next_look()) && !is_over_.load(std::memory_order_acquire) && !give_up.passed(base::Clock::now())) {
  }
  use.lane().finish(ticket, base::Deadline::at(base::TimePoint::min()));
  if (ticket.state() != link::Ticket::State::done) return Answer::refused;
  const Result<bool> unblocked = wire::decode<bool>(ticket.reply(), question.facts());
  if (!unblocked) return Answer::refused;
  return *unblocked ? Answer::unblocked : Answer::not_waiting;
} catch (...) {  // no memory; whoever calls request_stop() would end the program with it
  return Answer::refused;
}

bool Cancellation::ask_to_end(base::Deadline give_up) {
  Node* node = nullptr;
  std::int64_t client_id = 0;
  {
    std::lock_guard lock{mutex_};
    node = node_;
    client_id = client_id_;
  }
  return node != nullptr && client_id != 0 && unblock(*node, client_id, give_up) != Answer::refused;
}

void Cancellation::cancel() {
  std::unique_lock lock{mutex_};
  requested_.store(true, std::memory_order_release);
  topology_.wake_waiters();  // it may be pausing
  if (lane_ == nullptr || waiter_ == base::FlowId::here()) return;
  ++cancelling_;
  base::Deadline give_up = answers_by(*node_);
  bool asked_well = false;
  while (lane_ != nullptr) {
    if (give_up.passed(base::Clock::now())) {
      // Under the lock, so that the lane is still ours. Without effect while it connects, which ends by our wishes.
      lane_->break_off(link::error_at_any_cost(Errc::cancelled, Execution::maybe_executed, [] {
        Error reason = error();
        reason.execution = Execution::maybe_executed;
        return reason;
      }));
    } else if (client_id_ != 0 && !asked_well) {
      Node& node = *node_;
      const std::int64_t client_id = client_id_;
      lock.unlock();
      const Answer answer = unblock(node, client_id, give_up);
      lock.lock();
      asked_well = answer == Answer::unblocked;
      if (asked_well) give_up = answers_by(node);  // it is alive, and the reply is on its way
      if (answer == Answer::refused) give_up = base::Deadline::at(base::TimePoint::min());
      if (lane_ == nullptr || answer == Answer::refused) continue;
    }
    changed_.wait_for(lock, unblock_interval);
  }
  --cancelling_;
  changed_.notify_all();
}

void Cancellation::settle() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return cancelling_ == 0; });
}

}  // namespace rediscluster::cluster
