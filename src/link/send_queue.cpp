#include "link/send_queue.hpp"

namespace rediscluster::link {

std::size_t SendQueue::mixed_pieces(std::span<std::string_view> pieces) const {
  std::size_t count = 0;
  visit([&](std::string_view piece) {
    pieces[count++] = piece;
    return count < pieces.size();
  });
  return count;
}

void SendQueue::pass(std::size_t size) {
  while (size > 0) {
    const bool is_copy = next_loan_ == loans_.size() || copied_sent_ < loans_[next_loan_].at;
    if (is_copy) {
      const std::size_t end = next_loan_ == loans_.size() ? copied_.size() : loans_[next_loan_].at;
      const std::size_t taken = std::min(size, end - copied_sent_);
      copied_sent_ += taken;
      size -= taken;
      continue;
    }
    Loan& loan = loans_[next_loan_];
    const std::size_t taken = std::min(size, loan.bytes.size());
    loan.bytes.remove_prefix(taken);
    size -= taken;
    if (!loan.bytes.empty()) continue;
    loan.copy.reset();
    ++next_loan_;
  }
}

void SendQueue::erase(std::size_t begin, std::size_t size) {
  const std::size_t end = begin + size;
  std::size_t lent = 0;  // bytes of the loans passed
  std::size_t lent_before = 0;
  std::size_t lent_within = 0;
  std::size_t first = next_loan_;
  std::size_t last = next_loan_;
  for (std::size_t i = next_loan_; i < loans_.size(); ++i) {
    const std::size_t place = loans_[i].at - copied_sent_ + lent;  // in the stream
    if (place >= end) break;
    last = i + 1;
    lent += loans_[i].bytes.size();
    if (place >= begin) {
      lent_within += loans_[i].bytes.size();
    } else {
      lent_before += loans_[i].bytes.size();
      first = i + 1;
    }
  }
  const std::size_t copies = size - lent_within;
  if (copies > 0) copied_.erase(copied_sent_ + begin - lent_before, copies);
  for (std::size_t i = last; i < loans_.size(); ++i) loans_[i].at -= copies;
  loans_.erase(loans_.begin() + static_cast<std::ptrdiff_t>(first), loans_.begin() + static_cast<std::ptrdiff_t>(last));
  size_ -= size;
}

void SendQueue::keep_loans_of(Lender lender) {
  for (std::size_t i = next_loan_; i < loans_.size(); ++i) {
    Loan& loan = loans_[i];
    if (loan.lender != lender) continue;
    loan.copy.reset(new char[loan.bytes.size()]);  // not initialised
    std::memcpy(loan.copy.get(), loan.bytes.data(), loan.bytes.size());
    loan.bytes = {loan.copy.get(), loan.bytes.size()};
    loan.lender = nullptr;
  }
}

}  // namespace rediscluster::link
