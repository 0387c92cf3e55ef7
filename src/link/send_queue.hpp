/// Bytes that are to be sent, in order. Short pieces are copied together, so that one system call takes them all; a long one
/// stays where it is, on loan from somebody who waits for its reply, and is copied only when he cannot wait any longer.
/// A message is put together in one, and a connection has two of them. Not thread-safe; knows nothing of sockets.
#pragma once

#include "base/send_buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster::link {

class SendQueue {
 public:
  /// A shorter piece is copied in less time than a loan takes.
  static constexpr std::size_t shortest_loan = 16 * 1024;
  /// Whether add() lends a piece of so many bytes.
  static constexpr bool lends(std::size_t size) { return size >= shortest_loan; }
  /// Who has to be asked before the bytes go away; null: nobody.
  using Lender = const void*;

  bool empty() const { return size_ == 0; }
  /// Bytes not yet sent.
  std::size_t size() const { return size_; }
  /// Of the memory for copies.
  std::size_t capacity() const { return copied_.capacity(); }

  /// The next append() of so many bytes, or fewer, will not throw, and neither will so many lend().
  void make_room(std::size_t bytes, std::size_t loans = 0) {
    copied_.make_room(bytes);
    if (loans_.capacity() - loans_.size() < loans) [[unlikely]]
      loans_.reserve(std::max(2 * loans_.size(), loans_.size() + loans));
  }
  [[gnu::always_inline]] void append(std::string_view bytes) {
    copied_.append(bytes);
    size_ += bytes.size();
  }
  void lend(std::string_view bytes, Lender lender = nullptr) {
    loans_.push_back({copied_.size(), bytes, lender, nullptr});
    size_ += bytes.size();
  }
  /// Whether all of it stands in one place, and where.
  bool is_one_piece() const { return loans_.empty(); }
  std::string_view one_piece() const { return copied_.bytes(); }
  /// Copies it, or lends it when it is long.
  [[gnu::always_inline]] void add(std::string_view bytes, Lender lender = nullptr) {
    if (lends(bytes.size())) [[unlikely]] {
      lend(bytes, lender);
    } else {
      append(bytes);
    }
  }

  /// Fills in what comes next, as far as there is room; returns how many pieces. Valid until sent(), erase() in front of them or clear();
  /// what is added meanwhile may move them.
  std::size_t next_pieces(std::span<std::string_view> pieces) const {
    if (next_loan_ == loans_.size()) [[likely]] {
      pieces[0] = copied_.bytes().substr(copied_sent_);
      return 1;
    }
    return mixed_pieces(pieces);
  }
  /// All unsent pieces, one after the other.
  template <class Use>
  void for_each_piece(Use&& use) const {
    visit([&](std::string_view piece) {
      use(piece);
      return true;
    });
  }
  /// So many bytes of the front are sent.
  void sent(std::size_t size) {
    size_ -= size;
    if (next_loan_ == loans_.size()) [[likely]] {
      copied_sent_ += size;
    } else {
      pass(size);
    }
  }
  /// Takes out so many unsent bytes; a loan is either all among them or not at all.
  /// @param begin  counted from the first unsent byte.
  void erase(std::size_t begin, std::size_t size);
  struct Range {
    std::size_t begin;
    std::size_t size;
  };
  /// The same for many, in one walk and without memory. They stand in order and do not meet.
  /// @param next  std::optional<Range>(): the next one.
  template <class Next>
  void erase_all(Next&& next);

  /// Whether bytes of this lender are still to be sent.
  bool has_loan_of(Lender lender) const {
    const auto is_his = [&](const Loan& loan) { return loan.lender == lender; };
    return std::any_of(loans_.begin() + static_cast<std::ptrdiff_t>(next_loan_), loans_.end(), is_his);
  }
  /// Copies what is still to be sent of them. Errors: std::bad_alloc; then some are copied and some are not.
  void keep_loans_of(Lender lender);

  /// Starts over; keeps the memory.
  void clear() {
    copied_.clear();
    loans_.clear();
    size_ = copied_sent_ = next_loan_ = 0;
  }
  /// Starts over, without the memory for copies.
  void release() {
    clear();
    copied_.release();
  }
  /// Starts over, and overwrites the copies.
  void wipe() {
    clear();
    copied_.wipe();
  }
  friend void swap(SendQueue& a, SendQueue& b) noexcept {
    swap(a.copied_, b.copied_);
    a.loans_.swap(b.loans_);
    std::swap(a.size_, b.size_);
    std::swap(a.copied_sent_, b.copied_sent_);
    std::swap(a.next_loan_, b.next_loan_);
  }

 private:
  struct Loan {
    std::size_t at;          // copied bytes in front of it
    std::string_view bytes;  // that are still to be sent
    Lender lender;
    std::unique_ptr<char[]> copy;  // where they stand when he has taken them back
  };
  // Unsent pieces, until `use` says false.
  template <class Use>
  void visit(Use&& use) const {
    std::size_t at = copied_sent_;
    for (std::size_t i = next_loan_; i <= loans_.size(); ++i) {
      const std::size_t end = i < loans_.size() ? loans_[i].at : copied_.size();
      if (at < end && !use(copied_.bytes().substr(at, end - at))) return;
      at = end;
      if (i < loans_.size() && !use(loans_[i].bytes)) return;
    }
  }
  std::size_t mixed_pieces(std::span<std::string_view> pieces) const;
  void pass(std::size_t size);

  base::SendBuffer copied_;
  std::vector<Loan> loans_;
  std::size_t size_ = 0;
  std::size_t copied_sent_ = 0;
  std::size_t next_loan_ = 0;  // of those not sent whole
};

template <class Next>
void SendQueue::erase_all(Next&& next) {
  std::optional<Range> range = next();
  std::size_t place = 0;  // in the stream of unsent bytes
  std::size_t kept_copies = copied_sent_;
  std::size_t kept_loans = next_loan_;
  std::size_t kept = 0;
  const auto pass = [&](std::size_t size) {
    place += size;
    while (range && range->begin + range->size <= place) range = next();
  };
  std::size_t at = copied_sent_;
  for (std::size_t i = next_loan_; i <= loans_.size(); ++i) {
    const std::size_t end = i < loans_.size() ? loans_[i].at : copied_.size();
    while (at < end) {
      const bool is_erased = range && range->begin <= place;
      const std::size_t until = !range ? place + end - at : is_erased ? range->begin + range->size : range->begin;
      const std::size_t size = std::min(until - place, end - at);
      if (!is_erased) {
        copied_.move_down(at, kept_copies, size);
        kept_copies += size;
        kept += size;
      }
      at += size;
      pass(size);
    }
    if (i == loans_.size()) break;
    Loan& loan = loans_[i];
    const std::size_t size = loan.bytes.size();
    if (!range || range->begin > place) {
      loan.at = kept_copies;
      kept += size;
      if (kept_loans != i) loans_[kept_loans] = std::move(loan);
      ++kept_loans;
    }
    pass(size);
  }
  copied_.shorten(kept_copies);
  loans_.erase(loans_.begin() + static_cast<std::ptrdiff_t>(kept_loans), loans_.end());
  size_ = kept;
}

}  // namespace rediscluster::link
