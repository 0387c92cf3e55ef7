/// Socket work and steps of one scripted connection.
#include "testing/scripted_connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace rediscluster::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds gate_poll_interval{1};
constexpr int max_rounds = 1000;

}  // namespace

ScriptedConnection::~ScriptedConnection() { end_now(Cut::fin); }

std::size_t ScriptedConnection::receive(std::size_t limit) {
  char chunk[65536];
  std::size_t total = 0;
  for (int round = 0; total < limit && round < max_rounds; ++round) {
    const ssize_t got = ::recv(fd_, chunk, std::min(sizeof chunk, limit - total), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) {
      end_now(Cut::fin);
      break;
    }
    input_.append(chunk, static_cast<std::size_t>(got));
    total += static_cast<std::size_t>(got);
  }
  return total;
}

bool ScriptedConnection::has_input_waiting() const {
  char byte = 0;
  return !is_over() && ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0;
}

ReadCommand ScriptedConnection::next_command() {
  if (reads_no_more_ || ending_) return {};
  ReadCommand command = read_command(input_);
  if (command.status == ReadCommand::Status::complete) input_.erase(0, command.size);
  return command;
}

void ScriptedConnection::enqueue(const std::vector<ScriptedStep>& steps, const CommandWords& words) {
  for (const ScriptedStep& step : steps) {
    reads_no_more_ |= step.kind == ScriptedStep::Kind::close || step.kind == ScriptedStep::Kind::reset;
    steps_.push_back({step, words, resp_version_, true});
  }
}

void ScriptedConnection::enqueue_uncounted(ScriptedStep step) {
  steps_.push_back({std::move(step), {}, resp_version_, false});
}

void ScriptedConnection::advance(TimePoint now, AnswerMeter& meter) {
  while (!is_over() && !ending_ && !steps_.empty() && perform(steps_.front(), now, meter)) steps_.pop_front();
  flush();
  if (!is_over() && ending_ && output_.empty()) end_now(*ending_);
}

/// Returns false when the step, and all behind it, must wait.
bool ScriptedConnection::perform(QueuedStep& queued, TimePoint now, AnswerMeter& meter) {
  using Kind = ScriptedStep::Kind;
  const ScriptedStep& step = queued.step;
  switch (step.kind) {
    case Kind::reply:
      give(encode_reply(step.reply, queued.resp_version), queued.counts, meter);
      return true;
    case Kind::computed_reply:
      give(encode_reply(step.make_reply(queued.words), queued.resp_version), queued.counts, meter);
      return true;
    case Kind::bytes:
      give(step.bytes, queued.counts, meter);
      return true;
    case Kind::wait:
      return step.is_ready();
    case Kind::delay:
      flush();
      if (!output_.empty() || is_over()) return false;  // the pause counts from the last byte on
      if (!queued.due) queued.due = now + step.delay;
      return now >= *queued.due;
    case Kind::close:
      end_after_output(Cut::fin);
      return true;
    case Kind::reset:
      end_after_output(Cut::reset);
      return true;
    case Kind::silence:
      return false;
  }
  return true;
}

void ScriptedConnection::give(std::string_view bytes, bool counts, AnswerMeter& meter) {
  if (counts && meter.cut.is_armed) {
    bytes = bytes.substr(0, meter.cut.left);
    meter.cut.left -= bytes.size();
    if (meter.cut.left == 0) {
      meter.cut.is_armed = false;
      end_after_output(meter.cut.how);
    }
  }
  if (counts) meter.sent += bytes.size();
  output_ += bytes;
}

void ScriptedConnection::flush() {
  std::size_t sent = 0;
  while (!is_over() && sent < output_.size()) {
    const ssize_t count = ::send(fd_, output_.data() + sent, output_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      end_now(Cut::fin);  // the peer is gone
    }
  }
  output_.erase(0, sent);
}

void ScriptedConnection::end_now(Cut how) {
  if (is_over()) return;
  if (how == Cut::reset) {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  } else {
    // Unread input would make close() send a RST, which may overtake the FIN in the eyes of the peer.
    ::shutdown(fd_, SHUT_WR);
    char chunk[65536];
    for (int round = 0; round<max_rounds&& ::recv(fd_, chunk, sizeof chunk, MSG_DONTWAIT)> 0; ++round) {
    }
  }
  ::close(std::exchange(fd_, -1));
  output_.clear();
  steps_.clear();
}

std::optional<milliseconds> ScriptedConnection::wake_in(TimePoint now) const {
  if (steps_.empty() || ending_) return std::nullopt;
  const QueuedStep& next = steps_.front();
  if (next.step.kind == ScriptedStep::Kind::wait) return gate_poll_interval;
  if (next.step.kind != ScriptedStep::Kind::delay || !next.due) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*next.due - now));
}

}  // namespace rediscluster::testing
