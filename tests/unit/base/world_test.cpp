/// A thread in a world of a test's: its time, its chance, its naps; and only that thread.
#include "base/world.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/fiber.hpp"
#include "base/time.hpp"
#include "base/unique_name.hpp"

namespace rediscluster::base {
namespace {

using namespace std::chrono_literals;

class Still final : public World {
 public:
  TimePoint now() noexcept override { return time; }
  void rest_until(TimePoint when) noexcept override { time = when; }
  std::uint64_t seed() noexcept override { return ++seeds; }

  TimePoint time{5h};
  std::uint64_t seeds = 0;
};

TEST(World, is_where_a_thread_takes_its_time_and_chance_from) {
  Still world;
  {
    const StandIn<World> stay(world);
    EXPECT_EQ(Clock::now(), TimePoint(5h));
    rest_until(Clock::now() + 1h);
    EXPECT_EQ(Clock::now(), TimePoint(6h));
    EXPECT_EQ(random_seed(), 1u);
    EXPECT_EQ(unique_name(), "20000000000000003000000000000000");
  }
  EXPECT_NE(Clock::now(), TimePoint(6h));
  EXPECT_EQ(world.seeds, 3u);
  EXPECT_NE(unique_name(), unique_name());
}

TEST(World, is_of_one_thread) {
  Still world;
  const StandIn<World> stay(world);
  TimePoint elsewhere = Clock::now();
  std::thread([&] { elsewhere = Clock::now(); }).join();
  EXPECT_NE(elsewhere, TimePoint(5h));
  EXPECT_EQ(world.seeds, 0u);
}

TEST(World, may_stand_in_another) {
  Still outer, inner;
  inner.time = TimePoint(1h);
  const StandIn<World> stay(outer);
  {
    const StandIn<World> visit(inner);
    EXPECT_EQ(Clock::now(), TimePoint(1h));
  }
  EXPECT_EQ(Clock::now(), TimePoint(5h));
}

}  // namespace
}  // namespace rediscluster::base
