/// What is to be sent, in pieces of which some are only lent: order, parts that are sent, taken out, taken back.
#include "link/send_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace rediscluster::link {
namespace {

/// Long enough to be lent.
std::string long_text(char letter) { return std::string(SendQueue::shortest_loan, letter); }

std::string all_of(const SendQueue& queue) {
  std::string bytes;
  queue.for_each_piece([&](std::string_view piece) { bytes += piece; });
  return bytes;
}

/// Sends in calls of at most `most` bytes, up to `pieces` pieces each.
std::string send_all(SendQueue& queue, std::size_t most, std::size_t pieces) {
  std::string bytes;
  std::vector<std::string_view> next(pieces);
  while (!queue.empty()) {
    const std::size_t count = queue.next_pieces(next);
    std::string call;
    for (std::size_t i = 0; i < count; ++i) call += next[i];
    call.resize(std::min(call.size(), most));
    bytes += call;
    queue.sent(call.size());
  }
  return bytes;
}

class SendQueuePieces : public ::testing::Test {
 protected:
  SendQueuePieces() {
    for (const std::string* each : {&head_, &first_, &between_, &second_, &third_, &tail_}) queue_.add(*each, this);
  }
  std::string whole() const { return head_ + first_ + between_ + second_ + third_ + tail_; }

  const std::string head_ = "head", first_ = long_text('1'), between_ = "between", second_ = long_text('2'), third_ = long_text('3'), tail_ = "tail";
  SendQueue queue_;
};

TEST_F(SendQueuePieces, come_in_order_however_many_bytes_and_pieces_a_call_takes) {
  for (const std::size_t most : {std::size_t{1000}, std::size_t{16'383}, std::size_t{100'000}}) {
    for (const std::size_t pieces : {1u, 2u, 3u, 16u}) {
      SendQueue queue;
      for (const std::string* each : {&head_, &first_, &between_, &second_, &third_, &tail_}) queue.add(*each);
      EXPECT_TRUE(send_all(queue, most, pieces) == whole()) << most << " bytes, " << pieces << " pieces";
    }
  }
}

TEST_F(SendQueuePieces, of_some_length_are_not_copied) {
  std::array<std::string_view, 16> pieces;
  ASSERT_EQ(queue_.next_pieces(pieces), 6u);
  EXPECT_EQ(pieces[1].data(), first_.data());
  EXPECT_EQ(pieces[3].data(), second_.data());
  EXPECT_LT(queue_.capacity(), 1000u);
}

TEST_F(SendQueuePieces, can_be_taken_out_in_front_behind_and_between) {
  queue_.sent(2);
  const std::string rest = whole().substr(2);
  const std::size_t begin_of_between = 2 + first_.size();
  queue_.erase(begin_of_between, between_.size() + second_.size());
  std::string expected = rest.substr(0, begin_of_between) + third_ + tail_;
  EXPECT_TRUE(all_of(queue_) == expected);
  EXPECT_EQ(queue_.size(), expected.size());
  queue_.erase(expected.size() - tail_.size(), tail_.size());
  expected.resize(expected.size() - tail_.size());
  EXPECT_TRUE(all_of(queue_) == expected);
  queue_.erase(2, first_.size());
  expected.erase(2, first_.size());
  EXPECT_TRUE(all_of(queue_) == expected);
  queue_.add(between_);
  EXPECT_TRUE(send_all(queue_, 5000, 16) == expected + between_);
}

TEST_F(SendQueuePieces, are_copied_from_where_they_are_sent_when_their_lender_takes_them_back) {
  queue_.sent(head_.size() + 10);
  EXPECT_TRUE(queue_.has_loan_of(this));
  std::array<std::string_view, 2> pieces;
  queue_.keep_loans_of(this);
  EXPECT_FALSE(queue_.has_loan_of(this));
  queue_.next_pieces(pieces);
  EXPECT_NE(pieces[0].data(), first_.data() + 10);
  EXPECT_TRUE(send_all(queue_, 7000, 16) == whole().substr(head_.size() + 10));
}

TEST_F(SendQueuePieces, that_are_sent_are_no_loan_any_more) {
  queue_.sent(whole().size() - tail_.size());
  EXPECT_FALSE(queue_.has_loan_of(this));
  EXPECT_EQ(all_of(queue_), tail_);
}

}  // namespace
}  // namespace rediscluster::link
