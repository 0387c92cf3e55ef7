/// Deadlines as arithmetic.
#include "base/time.hpp"

#include <gtest/gtest.h>

namespace rediscluster::base {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{12h};

TEST(Deadline, never_is_never_passed_and_has_all_the_time_left) {
  EXPECT_TRUE(Deadline::never().is_never());
  EXPECT_FALSE(Deadline::never().passed(noon));
  EXPECT_EQ(Deadline::never().left(noon), Duration::max());
}

TEST(Deadline, passes_exactly_at_its_time) {
  const Deadline deadline = Deadline::at(noon);
  EXPECT_FALSE(deadline.passed(noon - 1ns));
  EXPECT_TRUE(deadline.passed(noon));
}

TEST(Deadline, has_no_negative_time_left) {
  EXPECT_EQ(Deadline::at(noon).left(noon - 5ms), 5ms);
  EXPECT_EQ(Deadline::at(noon).left(noon + 5ms), 0ms);
}

TEST(Deadline, after_adds_the_span) { EXPECT_EQ(Deadline::after(noon, 3s), Deadline::at(noon + 3s)); }

TEST(Deadline, after_a_negative_span_has_passed) { EXPECT_TRUE(Deadline::after(noon, -1ns).passed(noon)); }

TEST(Deadline, is_never_when_the_sum_is_beyond_the_clock) {
  EXPECT_TRUE(Deadline::after(noon, Duration::max()).is_never());
  EXPECT_TRUE(Deadline::after(noon, Duration::max() - 12h + 1ns).is_never());
  EXPECT_TRUE(Deadline::after(TimePoint::max(), 1ns).is_never());
}

TEST(Deadline, counts_up_to_the_last_moment_of_the_clock) {
  EXPECT_EQ(Deadline::after(noon, Duration::max() - 13h).when(), TimePoint(Duration::max() - 1h));
}

TEST(Deadline, earlier_takes_the_earlier_of_two) {
  const Deadline soon = Deadline::at(noon);
  const Deadline late = Deadline::at(noon + 1h);
  EXPECT_EQ(earlier(soon, late), soon);
  EXPECT_EQ(earlier(late, soon), soon);
  EXPECT_EQ(earlier(Deadline::never(), soon), soon);
}

}  // namespace
}  // namespace rediscluster::base
