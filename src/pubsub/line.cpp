#include "pubsub/line.hpp"

#include "base/wipe.hpp"
#include "wire/error_reply.hpp"
#include "wire/number_text.hpp"
#include "wire/write_reply.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace rediscluster::pubsub {
namespace {

constexpr std::size_t usual_room = 64 * 1024;

std::string encode(std::string_view name, const std::vector<std::string>& arguments) {
  std::string bytes = wire::header('*', static_cast<std::int64_t>(arguments.size() + 1)) + wire::bulk(name);
  for (const std::string& argument : arguments) bytes += wire::bulk(argument);
  return bytes;
}

// A server that does not know SSUBSCRIBE quotes the names, and one of them may be 'ping'.
bool is_about_ping(std::string_view error) {
  return error.substr(0, error.find("with args beginning with")).find("'ping'") != std::string_view::npos;
}

}  // namespace

// What the scanner would bound: the message and its parts.
Line::Line(const wire::Limits& limits)
    : scanner_(limits), quick_size_(static_cast<std::size_t>(std::min({std::uint64_t{16 * 1024}, limits.max_bulk_bytes, limits.max_reply_bytes, limits.max_push_bytes}))) {
  if (limits.max_elements < 4 || limits.max_depth < 1) quick_size_ = 0;
}

bool Line::next_message(Heard& heard) {
  if (wanted_ != 0 || broken_ != nullptr || held_ || is_settled()) return false;
  const std::string_view bytes(in_.data() + begin_, std::min(filled_ - begin_, quick_size_));
  const std::size_t size = hear_message(bytes, heard);
  begin_ += size;
  return size != 0;
}

bool Line::next_message_of_any_size(Heard& heard) {
  if (next_message(heard)) return true;
  if (held_) return false;
  std::optional<Event> event = next();
  if (!event) return false;
  if (event->kind != Event::Kind::heard || event->heard.what != Heard::What::message) {
    held_ = std::move(event);
    return false;
  }
  heard = event->heard;
  return true;
}

std::string_view command_name(Action action, SubscriptionKind kind) {
  constexpr std::array<std::string_view, 6> names{"SUBSCRIBE",   "PSUBSCRIBE",   "SSUBSCRIBE",
                                                  "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"};
  return names[static_cast<std::size_t>(action) * 3 + static_cast<std::size_t>(kind)];
}

void Line::order(Order order) {
  out_ += encode(command_name(order.action, order.kind), order.names);
  fence();
  waiting_.back().order = std::move(order);
}

void Line::log_in(std::string_view auth) {
  constexpr std::size_t fence_size = 64;
  out_.reserve(out_.size() + auth.size() + fence_size);  // growing would leave a copy behind
  out_ += auth;
  holds_secret_ = true;
  fence();
  waiting_.back().is_login_open = true;
}

void Line::fence() {
  waiting_.push_back({++last_fence_, std::nullopt});
  out_ += encode("PING", {std::to_string(last_fence_)});
}

void Line::sent(std::size_t size) {
  sent_ += size;
  if (sent_ < out_.size()) return;
  if (std::exchange(holds_secret_, false)) base::wipe(out_);
  out_.clear();
  sent_ = 0;
  if (out_.capacity() > usual_room) out_.shrink_to_fit();
}

Line::Space Line::receive_space() {
  if (begin_ == filled_) {
    begin_ = filled_ = 0;
    if (in_.size() > 16 * usual_room) std::vector<char>().swap(in_);  // a large message came by: give its room back
  }
  if (in_.size() - filled_ < usual_room / 4 && begin_ > 0) {
    filled_ -= begin_;
    std::memmove(in_.data(), in_.data() + begin_, filled_);
    begin_ = 0;
  }
  // Grows as bytes come in, not by what a header announces.
  if (in_.size() - filled_ < usual_room / 4) in_.resize(std::max(usual_room, 2 * in_.size()));
  return {in_.data() + filled_, in_.size() - filled_};
}

bool Line::read_frame(std::string_view& frame) {
  const std::string_view bytes(in_.data() + begin_, filled_ - begin_);
  if (bytes.empty() || bytes.size() < wanted_) return false;
  const wire::FrameScanner::Result scanned = scanner_.scan(bytes);
  switch (scanned.status) {
    case wire::FrameScanner::Status::broken: broken_ = scanned.error; return false;
    case wire::FrameScanner::Status::need_more: wanted_ = scanned.size; return false;
    case wire::FrameScanner::Status::complete: break;
  }
  wanted_ = 0;
  begin_ += scanned.size;
  frame = bytes.substr(0, scanned.size);
  return true;
}

std::optional<Line::Event> Line::next() {
  if (held_) return std::exchange(held_, std::nullopt);
  for (;;) {
    if (std::optional<Event> settled = take_settled()) return settled;
    std::string_view frame;
    if (broken_ == nullptr && read_frame(frame)) {
      if (std::optional<Event> event = judge(hear(frame))) return event;
    } else if (broken_ == nullptr) {
      return std::nullopt;
    }
    if (broken_ != nullptr) {
      Event event;
      event.kind = Event::Kind::broken;
      event.broken = broken_;
      return event;
    }
  }
}

std::optional<Line::Event> Line::judge(const Heard& heard) {
  switch (heard.what) {
    case Heard::What::subscribed:
    case Heard::What::unsubscribed: note_answer(heard); [[fallthrough]];
    case Heard::What::message: {
      Event event;
      event.heard = heard;
      return event;
    }
    case Heard::What::pong: note_pong(heard.text); break;
    case Heard::What::error: note_error(heard.text); break;
    case Heard::What::nothing: break;
    case Heard::What::nonsense: broken_ = "the server sent what does not belong on a pub/sub connection"; break;
  }
  return std::nullopt;
}

// Servers answer name by name, in order. An unasked notice may take the place of an answer; then the real one changes nothing.
void Line::note_answer(const Heard& heard) {
  if (waiting_.empty() || !waiting_.front().order) return;
  Waiting& oldest = waiting_.front();
  const Action action = heard.what == Heard::What::subscribed ? Action::subscribe : Action::unsubscribe;
  if (oldest.order->action != action || oldest.order->kind != heard.kind || oldest.answered == oldest.order->names.size()) return;
  if (oldest.order->names[oldest.answered] == heard.name) ++oldest.answered;
}

void Line::note_pong(std::string_view text) {
  if (!waiting_.empty() && waiting_.front().is_login_open && text == "OK") {
    waiting_.front().is_login_open = false;
    return;
  }
  const std::optional<std::int64_t> fence = wire::parse_integer(text);
  if (!fence || *fence < 1 || static_cast<std::uint64_t>(*fence) > last_fence_) {
    broken_ = "the server answered a PING that was never sent";
    return;
  }
  fence_back_ = std::max(fence_back_, static_cast<std::uint64_t>(*fence));
}

void Line::note_error(std::string_view text) {
  if (waiting_.empty()) {
    broken_ = "the server sent an error that answers nothing";
    return;
  }
  // The command's own, or else its fence's: a PING is refused while a server loads, or to a user who may not.
  Waiting& oldest = waiting_.front();
  if (oldest.is_login_open && wire::says_no_password_is_set(text)) {  // then we are the default user, as we say
    oldest.is_login_open = false;
    return;
  }
  if (oldest.is_login_open) {
    // With RESP2 a connection that has subscriptions may say next to nothing.
    const bool is_busy = text.find("allowed in this context") != std::string_view::npos;
    broken_ = is_busy ? "it takes new credentials only on a new connection" : "the server refused the new credentials";
    return;
  }
  const bool is_answered = !oldest.order || oldest.error || oldest.answered == oldest.order->names.size();
  if (is_answered || is_about_ping(text)) {
    fence_back_ = oldest.fence;
    return;
  }
  oldest.error = std::string(text);
}

std::optional<Line::Event> Line::take_settled() {
  while (is_settled()) {
    Waiting oldest = std::move(waiting_.front());
    waiting_.pop_front();
    if (!oldest.order) continue;
    Event event;
    event.kind = Event::Kind::settled;
    event.settled = {std::move(*oldest.order), std::move(oldest.error)};
    return event;
  }
  return std::nullopt;
}

}  // namespace rediscluster::pubsub
