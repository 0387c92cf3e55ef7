/// The same work for several things at once, with helpers and without.
#include "cluster/run/side_by_side.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <stdexcept>

namespace rediscluster::cluster {
namespace {

TEST(SideBySide, does_each_thing_once) {
  for (const std::size_t count : {0, 1, 2, 15, 16, 17, 300}) {
    base::Quota helpers{32};
    std::vector<std::atomic<int>> done(count);
    side_by_side(count, helpers, [&](std::size_t i) { ++done[i]; });
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(done[i], 1) << i << " of " << count;
    for (int i = 0; i < helpers.limit(); ++i) EXPECT_TRUE(helpers.try_take()) << "a helper kept its place";
  }
}

TEST(SideBySide, does_sixteen_things_at_the_same_time) {
  base::Quota helpers{15};
  std::barrier all_there(16);
  side_by_side(16, helpers, [&](std::size_t) { all_there.arrive_and_wait(); });
}

TEST(SideBySide, does_them_alone_where_there_is_no_room_for_helpers) {
  base::Quota helpers{0};
  const auto here = std::this_thread::get_id();
  int done = 0;
  side_by_side(40, helpers, [&](std::size_t) { done += std::this_thread::get_id() == here ? 1 : 0; });
  EXPECT_EQ(done, 40);
}

TEST(SideBySide, throws_what_was_thrown_when_all_have_ended) {
  base::Quota helpers{3};
  std::barrier all_there(4);
  std::atomic<int> ended{0};
  const auto work = [&](std::size_t i) {
    all_there.arrive_and_wait();
    if (i == 2) throw std::runtime_error("the third");
    ++ended;
  };
  EXPECT_THROW(side_by_side(4, helpers, work), std::runtime_error);
  EXPECT_EQ(ended, 3);
}

}  // namespace
}  // namespace rediscluster::cluster
