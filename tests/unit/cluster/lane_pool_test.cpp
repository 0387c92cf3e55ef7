/// Which lane a call gets.
#include "cluster/nodes/lane_pool.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;

class LanePoolTest : public ::testing::Test {
 protected:
  const drive::CallerLane::Dial dial = [this](base::Deadline, drive::Opening&) -> Result<net::Socket> {
    ++dials;
    return fail(Errc::connect_failed, "refused");
  };
  // What a lane says to a command: client_closed once it is closed.
  static Errc failure_of(const drive::CallerLane& lane) {
    drive::LaneTicket ticket;
    const auto now = base::Clock::now();
    const_cast<drive::CallerLane&>(lane).call("x", ticket, base::Deadline::after(now, 5s), now);
    return ticket.failure().code;
  }
  LanePool::Use dedicated() { return *pool.dedicated_below(64, base::Deadline::after(base::Clock::now(), 5s)); }
  std::atomic<int> dials{0};
  LanePool pool{dial, {}, 3};
};

TEST_F(LanePoolTest, gives_a_lone_caller_the_same_lane_each_time) {
  const drive::CallerLane* first = &pool.shared().lane();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(&pool.shared().lane(), first);
}

TEST_F(LanePoolTest, gives_a_few_callers_a_lane_each) {
  const auto one = pool.shared();
  const auto two = pool.shared();
  const auto three = pool.shared();
  EXPECT_EQ((std::set<const drive::CallerLane*>{&one.lane(), &two.lane(), &three.lane()}).size(), 3u);
}

TEST_F(LanePoolTest, lets_further_callers_join_a_busy_lane) {
  const auto one = pool.shared();
  const auto two = pool.shared();
  const auto three = pool.shared();
  const auto four = pool.shared();
  const std::set<const drive::CallerLane*> busy{&one.lane(), &two.lane(), &three.lane()};
  EXPECT_TRUE(busy.count(&four.lane()) == 1);
}

TEST_F(LanePoolTest, lets_callers_join_each_other_for_a_while_after_a_crowd) {
  const base::TimePoint now = base::Clock::now();
  {
    std::vector<LanePool::Use> crowd;
    for (int i = 0; i < 10; ++i) crowd.push_back(pool.shared(now));
  }
  const auto one = pool.shared(now + std::chrono::milliseconds(4));
  const auto two = pool.shared(now + std::chrono::milliseconds(4));
  EXPECT_EQ(&one.lane(), &two.lane());
}

TEST_F(LanePoolTest, gives_an_idle_lane_again_when_the_crowd_has_been_gone_for_a_while) {
  base::TimePoint now = base::Clock::now();
  for (int round = 0; round < 3; ++round) {
    std::vector<LanePool::Use> crowd;
    for (int i = 0; i < 10; ++i) crowd.push_back(pool.shared(now));
    crowd.clear();
    now += std::chrono::milliseconds(6);
    const auto one = pool.shared(now);
    const auto two = pool.shared(now);
    EXPECT_NE(&one.lane(), &two.lane());
  }
}

TEST_F(LanePoolTest, gives_a_use_back_once_when_it_was_moved) {
  {
    LanePool::Use one = pool.shared();
    const LanePool::Use moved = std::move(one);
  }
  const auto one = pool.shared();
  const auto two = pool.shared();
  const auto three = pool.shared();
  EXPECT_EQ((std::set<const drive::CallerLane*>{&one.lane(), &two.lane(), &three.lane()}).size(), 3u);
}

/// The shared lanes of a pool, all of them: they are made when they are used.
std::vector<const drive::CallerLane*> all_shared(LanePool& pool) {
  std::vector<LanePool::Use> uses;
  for (int i = 0; i < LanePool::most_lanes; ++i) uses.push_back(pool.shared());
  std::vector<const drive::CallerLane*> lanes;
  pool.for_each_shared([&](drive::CallerLane& lane) { lanes.push_back(&lane); });
  return lanes;
}

TEST_F(LanePoolTest, makes_a_shared_lane_when_somebody_uses_it) {
  const auto count = [&] {
    int lanes = 0;
    pool.for_each_shared([&](drive::CallerLane&) { ++lanes; });
    return lanes;
  };
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(pool.open_shared(), 0);
  EXPECT_FALSE(pool.end_one_idle(false));
  for (int i = 0; i < 3; ++i) pool.shared();
  EXPECT_EQ(count(), 1);
  const auto one = pool.shared();
  const auto two = pool.shared();
  EXPECT_EQ(count(), 2);
}

TEST_F(LanePoolTest, makes_each_lane_once_for_many_threads) {
  for (int round = 0; round < 200; ++round) {
    LanePool wide(dial, {}, 4);
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t) callers.emplace_back([&] { wide.shared(); });
    for (std::thread& each : callers) each.join();
    EXPECT_LE(all_shared(wide).size(), 4u);
  }
}

TEST_F(LanePoolTest, keeps_dedicated_lanes_apart_from_shared_ones_and_from_each_other) {
  const std::vector<const drive::CallerLane*> shared = all_shared(pool);
  std::set<const drive::CallerLane*> lanes(shared.begin(), shared.end());
  const auto one = dedicated();
  const auto two = dedicated();
  lanes.insert({&one.lane(), &two.lane()});
  EXPECT_EQ(lanes.size(), 5u);
}

TEST_F(LanePoolTest, uses_a_dedicated_lane_again) {
  const drive::CallerLane* lane = &dedicated().lane();
  EXPECT_EQ(&dedicated().lane(), lane);
}

TEST_F(LanePoolTest, has_between_one_and_eight_shared_lanes) {
  for (const auto& [asked, given] : {std::pair{-1, 1}, {0, 1}, {1, 1}, {8, 8}, {100, 8}}) {
    LanePool other(dial, {}, asked);
    EXPECT_EQ(all_shared(other).size(), static_cast<std::size_t>(given));
  }
}

TEST_F(LanePoolTest, closes_every_lane_also_dedicated_ones_made_later) {
  const auto before = dedicated();
  pool.close();
  EXPECT_EQ(failure_of(pool.shared().lane()), Errc::client_closed);
  EXPECT_EQ(failure_of(before.lane()), Errc::client_closed);
  EXPECT_EQ(failure_of(dedicated().lane()), Errc::client_closed);
  EXPECT_EQ(dials, 0) << "nothing connects after close";
}

TEST_F(LanePoolTest, gives_no_lane_to_two_callers_while_others_are_idle) {
  LanePool wide(dial, {}, 8);
  std::array<std::atomic<int>, 8> users{};
  const std::vector<const drive::CallerLane*> lanes = all_shared(wide);
  std::atomic<int> shared_by_two{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        const LanePool::Use use = wide.shared();
        const auto index = static_cast<std::size_t>(std::find(lanes.begin(), lanes.end(), &use.lane()) - lanes.begin());
        if (users[index].fetch_add(1) > 0) ++shared_by_two;
        users[index].fetch_sub(1);
      }
    });
  }
  for (std::thread& each : callers) each.join();
  EXPECT_EQ(shared_by_two, 0);
}

}  // namespace
}  // namespace rediscluster::cluster
