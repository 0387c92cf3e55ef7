/// What a child of fork() makes anew, and what it leaves alone.
#include "base/per_process.hpp"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "base/static_storage.hpp"
#include "support/child.hpp"

namespace rediscluster::base {
namespace {

using test_support::in_child;

/// Counts its lives.
struct Life {
  explicit Life(int its_number) : number(its_number) { ++alive; }
  ~Life() { --alive; }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  const int number;
  static inline int alive = 0;
};

Life next_of(const Life& inherited) { return Life(inherited.number + 1); }

TEST(PerProcess, keeps_what_was_made_in_the_same_process) {
  {
    PerProcess<Life> life([] { return Life(1); });
    EXPECT_EQ(life.get(next_of).number, 1);
    EXPECT_FALSE(life.is_inherited());
    EXPECT_EQ(Life::alive, 1);
  }
  EXPECT_EQ(Life::alive, 0);
}

TEST(PerProcess, makes_another_one_in_each_child_and_leaves_the_parents_alone) {
  auto life = std::make_unique<PerProcess<Life>>([] { return Life(1); });
  EXPECT_EQ(in_child([&] {
              const bool was_inherited = life->is_inherited() && life->as_it_is().number == 1;
              const bool is_another = life->get(next_of).number == 2 && life->get(next_of).number == 2 && !life->is_inherited();
              const bool in_grandchild = in_child([&] { return life->get(next_of).number == 3; }) == "fine";
              life.reset();
              return was_inherited && is_another && in_grandchild && Life::alive == 1;  // the parent's, not destroyed
            }),
            "fine");
  EXPECT_EQ(in_child([&] {
              life.reset();
              return Life::alive == 1;
            }),
            "fine");
  EXPECT_EQ(life->get(next_of).number, 1);
}

TEST(NotedDescriptors, are_closed_in_the_child_alone) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto is_open = [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; };
  note_descriptor(ends[0]);
  EXPECT_EQ(in_child([&] { return !is_open(ends[0]) && is_open(ends[1]); }), "fine");
  EXPECT_TRUE(is_open(ends[0]));
  forget_descriptor(ends[0]);
  EXPECT_EQ(in_child([&] { return is_open(ends[0]); }), "fine");
  note_descriptor(-1);
  note_descriptor(1 << 30);
  forget_descriptor(1 << 30);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(NotedDescriptors, are_closed_by_the_process_that_noted_them) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto is_open = [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; };
  const ProcessMark maker;
  note_descriptor(ends[0]);
  EXPECT_EQ(in_child([&] {  // the number is another file's by then
              const bool is_taken = ::dup2(ends[1], ends[0]) == ends[0];
              close_noted(ends[0], maker);
              return is_taken && !maker.is_ours() && is_open(ends[0]);
            }),
            "fine");
  EXPECT_TRUE(maker.is_ours());
  close_noted(ends[0], maker);
  EXPECT_FALSE(is_open(ends[0]));
  close_noted(-1, maker);
  ::close(ends[1]);
}

int in_static_storage = 0;

TEST(StaticStorage, is_told_from_the_heap_and_the_stack) {
  static int too = 0;
  int on_the_stack = 0;
  const auto on_the_heap = std::make_unique<int>(0);
  EXPECT_TRUE(is_in_static_storage(&in_static_storage));
  EXPECT_TRUE(is_in_static_storage(&too));
  EXPECT_FALSE(is_in_static_storage(&on_the_stack));
  EXPECT_FALSE(is_in_static_storage(on_the_heap.get()));
}

}  // namespace
}  // namespace rediscluster::base
