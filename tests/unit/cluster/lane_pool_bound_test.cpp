/// Lanes below a bound on connections: who shares, what is given up.
#include "cluster/nodes/lane_pool.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;

/// A pool whose connections lead nowhere and are made at once.
class LanePoolBound : public ::testing::Test {
 protected:
  ~LanePoolBound() override {
    for (const int fd : far_ends_) ::close(fd);
  }
  Result<net::Socket> connect() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return fail(Errc::connect_failed, "no pair");
    far_ends_.push_back(ends[1]);
    return net::Socket::adopt(ends[0], {});
  }
  // A command and its answer: a lane that was not is connected then, and idle.
  void open(drive::CallerLane& lane) {
    drive::LaneTicket ticket;
    const base::TimePoint now = base::Clock::now();
    lane.start("x", ticket, base::Deadline::after(now, 5s), now);
    EXPECT_EQ(::write(far_ends_.back(), "+OK\r\n", 5), 5);
    lane.finish(ticket, base::Deadline::after(now, 5s));
    EXPECT_TRUE(lane.is_open());
  }

  LanePool::Use dedicated() { return *pool.dedicated_below(64, base::Deadline::after(base::Clock::now(), 5s)); }

  bool has_room = true;
  std::vector<int> far_ends_;
  LanePool pool{[this](base::Deadline, drive::Opening&) { return connect(); },
                {},
                3,
                {[this](base::Deadline, drive::Opening&) { return connect(); }, [this] { return has_room; }}};
};

TEST_F(LanePoolBound, gives_callers_a_lane_each_while_there_is_room) {
  const auto one = pool.shared();
  open(one.lane());
  const auto two = pool.shared();
  EXPECT_NE(&one.lane(), &two.lane());
}

TEST_F(LanePoolBound, lets_callers_join_the_connection_there_is_when_there_is_no_room) {
  const auto one = pool.shared();
  open(one.lane());
  has_room = false;
  const auto two = pool.shared();
  const auto three = pool.shared();
  EXPECT_EQ(&one.lane(), &two.lane());
  EXPECT_EQ(&one.lane(), &three.lane());
}

TEST_F(LanePoolBound, prefers_an_idle_connection_to_joining_a_busy_one) {
  std::optional<LanePool::Use> one = pool.shared(), two = pool.shared();
  open(one->lane());
  open(two->lane());
  const drive::CallerLane* second = &two->lane();
  two.reset();
  has_room = false;
  EXPECT_EQ(&pool.shared().lane(), second);
}

TEST_F(LanePoolBound, lets_somebody_try_when_there_is_neither_room_nor_a_connection) {
  has_room = false;
  const auto one = pool.shared();
  const auto two = pool.shared();
  EXPECT_EQ(&one.lane(), &two.lane());
}

TEST_F(LanePoolBound, uses_a_connected_dedicated_lane_before_one_that_is_not) {
  {
    const auto closed = dedicated();
    const auto connected = dedicated();
    open(connected.lane());
    const auto third = dedicated();
  }
  EXPECT_TRUE(dedicated().lane().is_open());
}

TEST_F(LanePoolBound, ends_idle_connections_one_by_one_dedicated_ones_first) {
  {
    const auto shared = pool.shared();
    const auto own = dedicated();
    open(shared.lane());
    open(own.lane());
    EXPECT_FALSE(pool.end_one_idle(true)) << "it is in use";
  }
  EXPECT_TRUE(pool.end_one_idle(true));
  EXPECT_FALSE(pool.end_one_idle(true)) << "only shared ones are left";
  EXPECT_EQ(pool.open_shared(), 1);
  EXPECT_TRUE(pool.end_one_idle(false));
  EXPECT_EQ(pool.open_shared(), 0);
  EXPECT_FALSE(pool.end_one_idle(false));
}

TEST_F(LanePoolBound, ends_dedicated_connections_that_have_been_idle_for_long_enough) {
  {
    const auto idle = dedicated();
    const auto shared = pool.shared();
    open(idle.lane());
    open(shared.lane());
  }
  const auto opened = base::Clock::now();
  const auto in_use = dedicated();
  EXPECT_TRUE(in_use.lane().is_open());
  pool.end_dedicated_idle_since(opened);
  EXPECT_TRUE(in_use.lane().is_open()) << "in use";
  {
    const auto other = dedicated();
    open(other.lane());
    pool.end_dedicated_idle_since(opened);
  }
  pool.end_dedicated_idle_since(opened);
  EXPECT_TRUE(dedicated().lane().is_open()) << "not idle for so long";
  pool.end_dedicated_idle_since(base::Clock::now());
  EXPECT_FALSE(pool.end_one_idle(true));
  EXPECT_EQ(pool.open_shared(), 1) << "others are not concerned";
}

TEST_F(LanePoolBound, keeps_no_dedicated_connection_on_which_a_reply_is_due_that_nobody_wants) {
  {
    const auto own = dedicated();
    drive::LaneTicket ticket;
    const base::TimePoint now = base::Clock::now();
    own.lane().start("x", ticket, base::Deadline::after(now, 5s), now);
    own.lane().finish(ticket, base::Deadline::at(now));
    EXPECT_TRUE(own.lane().is_open());
  }
  EXPECT_FALSE(dedicated().lane().is_open()) << "the next one would get it";
}

TEST_F(LanePoolBound, ends_no_connection_that_a_caller_has_been_given) {
  const auto shared = pool.shared();
  open(shared.lane());
  EXPECT_FALSE(pool.end_one_idle(false));
}

TEST_F(LanePoolBound, drains_one_connection_at_a_time) {
  const auto one = pool.shared();
  const auto two = pool.shared();
  open(one.lane());
  open(two.lane());
  pool.drain_one();
  EXPECT_EQ(pool.open_shared(), 1);
  pool.drain_one();
  EXPECT_EQ(pool.open_shared(), 0);
}

}  // namespace
}  // namespace rediscluster::cluster
