/// Counting references to a block.
#include "base/block.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace rediscluster::base {
namespace {

TEST(Block, has_room_for_what_was_asked) {
  const BlockRef block = Block::make(1000);
  std::memset(block->data(), 'x', block->capacity());
  EXPECT_EQ(block->capacity(), 1000u);
}

TEST(Block, is_unique_until_it_is_shared_and_again_afterwards) {
  BlockRef block = Block::make(1);
  EXPECT_TRUE(block->unique());
  BlockRef other = block;
  EXPECT_FALSE(block->unique());
  other.reset();
  EXPECT_TRUE(block->unique());
}

TEST(Block, survives_assignment_to_itself) {
  BlockRef block = Block::make(1);
  const BlockRef& same = block;
  block = same;
  EXPECT_TRUE(block->unique());
}

TEST(Block, leaves_nothing_behind_when_moved) {
  BlockRef block = Block::make(1);
  const BlockRef other = std::move(block);
  EXPECT_FALSE(block);  // NOLINT: that is the question
  EXPECT_TRUE(other->unique());
}

TEST(Block, may_be_released_by_another_thread_than_the_writer) {
  BlockRef block = Block::make(64);
  for (int round = 0; round < 1000; ++round) {
    block->data()[0] = static_cast<char>(round);
    char read = 0;
    std::thread reader([&read, copy = block]() mutable {
      read = copy->data()[0];
      copy.reset();
    });
    while (!block->unique()) std::this_thread::yield();
    block->data()[0] = 'x';  // alone again: no race with the reader
    reader.join();
    ASSERT_EQ(read, static_cast<char>(round));
  }
}

TEST(BlockKeeper, counts_a_block_once_however_many_look_into_it) {
  const BlockRef block = Block::make(8);
  {
    BlockKeeper keeper;
    keeper.keep(block);
    EXPECT_FALSE(block->unique());
    BlockKeeper other;
    for (int i = 0; i < 100; ++i) other.keep(block);
    keeper.take_over(other);
    keeper = BlockKeeper();
    EXPECT_TRUE(block->unique()) << "the other one has given away what it kept";
  }
  EXPECT_TRUE(block->unique());
}

}  // namespace
}  // namespace rediscluster::base
