/// Memory for flights that is kept, and given back a little at a time.
#include "cluster/flight/flight_pool.hpp"

#include <gtest/gtest.h>

#include "cluster/flight/flight.hpp"

namespace rediscluster::cluster {
namespace {

TEST(FlightPool, gives_up_what_is_more_than_its_bound_a_little_at_a_time) {
  FlightPool pool;
  FreeRooms own;
  constexpr int many = 5000;
  for (int i = 0; i < many; ++i) own.push(::operator new(sizeof(Flight), FreeRooms::alignment));
  bool is_too_much = false;
  while (own.size() > 0) is_too_much = pool.put_back(own);
  EXPECT_TRUE(is_too_much);
  int times = 1;
  for (; pool.give_some_up(); ++times) ASSERT_LT(times, many);
  EXPECT_GT(times, 10);  // no turn is made long by it
  EXPECT_FALSE(pool.give_some_up());
  int kept = 0;
  for (pool.fetch(own); own.size() > 0; pool.fetch(own)) {
    while (void* const room = own.pop()) {
      ::operator delete(room, FreeRooms::alignment);
      ++kept;
    }
  }
  EXPECT_EQ(kept, 4096);
}

}  // namespace
}  // namespace rediscluster::cluster
