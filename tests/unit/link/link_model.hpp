/// A Link beside a model that only counts: what was submitted, staged, sent and answered. The property test and the
/// fuzz target drive it with numbers of their own choosing. `numbers()` gives the next choice, below the bound it is
/// told.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "link/link.hpp"

namespace rediscluster::link {

class LinkModel {
 public:
  using Choose = std::function<std::size_t(std::size_t below)>;

  /// @param complain  called with what went wrong; must not return.
  LinkModel(Choose choose, std::function<void(const char*)> complain)
      : choose_(std::move(choose)), complain_(std::move(complain)) {
    link_.put_off_beyond(choose_(8));
  }

  /// One random operation.
  void step() {
    switch (choose_(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return submit();
      case 4:
      case 5:
        return stage();
      case 6:
      case 7:
      case 8:
        return sent();
      case 9:
      case 10:
      case 11:
      case 12:
        return receive(1 + choose_(600));
      case 13:
      case 14:
        return abandon();
      default:
        return choose_(20) == 0 ? fail() : receive(1 + choose_(40'000));
    }
  }
  std::uint64_t answered() const { return answered_; }

 private:
  /// One submitted command as the model sees it.
  struct Call {
    std::uint64_t number = 0;
    std::uint32_t skipped = 0;
    std::uint32_t expected = 1;
    std::string bytes;
    std::string answers;              // what the peer will say, skipped ones included
    std::vector<std::string> wanted;  // replies the ticket must show
    std::vector<wire::Frame> frames;
    std::unique_ptr<std::string> text;  // where a long reply may go; null: nowhere
    std::unique_ptr<Ticket> ticket;     // null: given up
    std::unique_ptr<std::string> lent;  // the bytes, if the link sends them from where they stand
  };

  void require(bool condition, const char* what) {
    if (!condition) complain_(what);
  }

  std::string reply_text(std::uint64_t number, std::uint32_t index) {
    const std::string text = std::to_string(number) + "." + std::to_string(index) + ".";
    static constexpr std::size_t sizes[] = {0, 10, 230, 260, 3000, 20'000, 70'000};
    const std::size_t pad = sizes[choose_(64) == 0 ? 5 + choose_(2) : choose_(5)];
    const std::string body = text + std::string(pad, 'v');
    if (choose_(8) == 0) return "*2\r\n+" + text + "\r\n$" + std::to_string(body.size()) + "\r\n" + body + "\r\n";
    return "$" + std::to_string(body.size()) + "\r\n" + body + "\r\n";
  }

  void submit() {
    Call call;
    call.number = ++number_;
    call.skipped = choose_(6) == 0 ? 1 : 0;
    const bool batch = choose_(4) == 0;
    call.expected = batch ? 1 + static_cast<std::uint32_t>(choose_(5)) : 1;
    call.bytes = "<" + std::to_string(call.number) + std::string(choose_(30), 'c') + ">";
    for (std::uint32_t i = 0; i < call.skipped; ++i) call.answers += "+skipped\r\n";
    for (std::uint32_t i = 0; i < call.expected; ++i) {
      if (choose_(10) == 0) call.answers += ">1\r\n+push\r\n";
      call.wanted.push_back(reply_text(call.number, i));
      call.answers += call.wanted.back();
    }
    call.frames.resize(call.expected);
    call.ticket = batch ? std::make_unique<Ticket>(std::span<wire::Frame>(call.frames), call.skipped)
                        : std::make_unique<Ticket>(call.skipped);
    if (!batch && choose_(2) == 0) {
      call.text = std::make_unique<std::string>();
      call.ticket->collect_long_text(call.text.get());
    }
    if (choose_(12) == 0) {
      call.bytes += std::string(SendQueue::shortest_loan + choose_(3000), 'L');
      call.lent = std::make_unique<std::string>(call.bytes);
      link_.submit_on_loan(*call.lent, *call.ticket);
    } else {
      link_.submit(call.bytes, *call.ticket);
    }
    unsent_ += call.bytes;
    calls_.push_back(std::move(call));
  }

  void stage() {
    if (inside_send_) return;
    if (!link_.wants_write()) return require(unsent_.empty(), "unsent bytes are not offered");
    std::string bytes;
    if (choose_(2) == 0) {
      bytes = link_.stage();
    } else {
      for (const std::string_view piece : link_.stage_pieces()) bytes += piece;
    }
    require(!bytes.empty() && unsent_.starts_with(bytes), "staged bytes are not the next ones");
    staged_ = bytes.size();
    inside_send_ = true;
  }

  void sent() {
    if (!inside_send_) return;
    const std::size_t size = choose_(4) == 0 ? choose_(staged_ + 1) : staged_;
    if (size < taken_early_) return finish_send(taken_early_);
    finish_send(size);
  }

  void finish_send(std::size_t size) {
    link_.sent(size);
    for (Call& call : leaving_) let_go(call);
    leaving_.clear();
    hand_to_peer(size - taken_early_);
    taken_early_ = 0;
    staged_ -= size;
    inside_send_ = false;
  }

  // The peer reads the next bytes and answers every command that is whole.
  void hand_to_peer(std::size_t size) {
    peer_read_ += unsent_.substr(0, size);
    unsent_.erase(0, size);
    while (next_to_answer_ < calls_.size() && peer_read_.size() >= calls_[next_to_answer_].bytes.size()) {
      Call& call = calls_[next_to_answer_];
      require(peer_read_.starts_with(call.bytes), "the peer read another command than the next one");
      peer_read_.erase(0, call.bytes.size());
      on_the_way_ += call.answers;
      ++next_to_answer_;
    }
  }

  void receive(std::size_t most) {
    // A fast peer may answer while the sender is still inside its system call.
    if (inside_send_ && taken_early_ == 0 && choose_(3) == 0) {
      taken_early_ = staged_;
      hand_to_peer(staged_);
    }
    if (on_the_way_.empty()) return;
    const Link::Space space = link_.receive_space();
    require(space.size > 0, "no room to receive into");
    const std::size_t size = std::min({most, space.size, on_the_way_.size()});
    std::memcpy(space.data, on_the_way_.data(), size);
    on_the_way_.erase(0, size);
    TicketList finished;
    require(link_.received(size, finished) == Link::Feed::fine, "a good reply was refused");
    while (Ticket* ticket = finished.pop()) take_answer(*ticket);
  }

  void take_answer(Ticket& ticket) {
    while (!calls_.empty() && calls_.front().ticket == nullptr) drop_front();
    require(!calls_.empty() && calls_.front().ticket.get() == &ticket, "another ticket ended than the oldest");
    const Call& call = calls_.front();
    require(ticket.state() == Ticket::State::done && ticket.received() == call.expected,
            "a ticket ended before all its replies");
    const bool single = ticket.expected() == 1 && call.frames.front().empty();
    if (ticket.has_long_text()) {
      const std::string& text = *call.text;
      require("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n" == call.wanted[0], "a long reply is not what was sent");
      require(ticket.reply().empty(), "a long reply stands in two places");
      ++answered_;
      return drop_front();
    }
    for (std::uint32_t i = 0; i < call.expected; ++i) {
      const wire::Frame& frame = single ? ticket.reply() : call.frames[i];
      require(frame.bytes() == call.wanted[i], "a reply went to another command");
    }
    ++answered_;
    drop_front();
  }

  // Its caller goes, and his bytes with him; but not while they are being sent.
  void let_go(Call& call) {
    if (call.ticket == nullptr || call.lent == nullptr) return;
    if (link_.is_sending_bytes_of(*call.ticket)) {
      leaving_.push_back({});
      leaving_.back().ticket = std::move(call.ticket);
      leaving_.back().lent = std::move(call.lent);
      return;
    }
    link_.keep_bytes_of(*call.ticket);
    std::fill(call.lent->begin(), call.lent->end(), '#');
    call.lent.reset();
  }

  void drop_front() {
    require(next_to_answer_ > 0, "a command ended that the peer has not answered");
    let_go(calls_.front());
    calls_.pop_front();
    --next_to_answer_;
  }

  void abandon() {
    if (calls_.empty()) return;
    const std::size_t index = choose_(calls_.size());
    Call& call = calls_[index];
    if (call.ticket == nullptr) return;
    const std::size_t partly_sent = unsent_.size();
    link_.abandon(*call.ticket);
    const bool was_sent = call.ticket->was_sent();
    let_go(call);
    call.ticket.reset();
    if (was_sent) return;
    // Taken back: its bytes must be gone from what is still to come, and nothing else.
    std::size_t behind = 0;
    for (std::size_t i = index + 1; i < calls_.size(); ++i) behind += calls_[i].bytes.size();
    require(partly_sent >= behind + call.bytes.size(), "a command was taken back that had been handed over");
    const std::size_t begin = partly_sent - behind - call.bytes.size();
    require(!inside_send_ || begin >= staged_ - taken_early_, "a command was taken back out of a send call");
    unsent_.erase(begin, call.bytes.size());
    calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void fail() {
    if (inside_send_) finish_send(std::max(taken_early_, choose_(staged_ + 1)));
    const std::size_t answered_by_peer = next_to_answer_;
    TicketList finished;
    link_.fail({Errc::connection_lost, "cut", {}, 0, Execution::maybe_executed}, finished);
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].ticket == nullptr) continue;
      Ticket* ticket = finished.pop();
      require(ticket == calls_[i].ticket.get(), "lost tickets do not end in their order");
      const bool whole = i < answered_by_peer;
      const bool begun = i == answered_by_peer && !peer_read_.empty();
      require(ticket->was_sent() == (whole || (begun && calls_[i].expected > 1)),
              "was_sent does not say what was sent");
    }
    require(finished.empty(), "a ticket ended twice");
    link_.reset();
    calls_.clear();
    unsent_.clear();
    peer_read_.clear();
    on_the_way_.clear();
    staged_ = next_to_answer_ = 0;
  }

  Choose choose_;
  std::function<void(const char*)> complain_;
  Link link_;
  std::deque<Call> calls_;       // in line, given-up ones that the peer will answer included
  std::deque<Call> leaving_;     // whose callers wait for the end of the send call
  std::string unsent_;           // submitted, not yet in the peer's hands
  std::string peer_read_;        // begun by the peer: part of calls_[next_to_answer_]
  std::string on_the_way_;       // answers not yet received
  std::size_t staged_ = 0;       // bytes of unsent_ that stage() offered
  std::size_t taken_early_ = 0;  // of those: already with the peer, before sent() said so
  std::size_t next_to_answer_ = 0;
  bool inside_send_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace rediscluster::link
