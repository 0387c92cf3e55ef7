/// Code written for threads, on the thread of a reactor: what would block is put aside, and everything else goes on meanwhile.
#include "unit/drive/fibers_play.hpp"

#include "base/condition.hpp"
#include "base/flow.hpp"
#include "base/parking_spot.hpp"
#include "net/socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rediscluster::drive {
namespace {

TEST_F(FibersTest, many_rest_at_the_same_time_on_one_thread) {
  EXPECT_EQ(Fiber::current(), nullptr);
  const auto begin_at = Clock::now();
  std::vector<std::future<void>> all;
  std::atomic<int> early{0};
  std::atomic<int> elsewhere{0};
  for (int i = 0; i < 200; ++i) {
    all.push_back(begin([&] {
      elsewhere += std::this_thread::get_id() != thread.get_id();
      const auto until = Clock::now() + 50ms;
      base::rest_until(until);
      early += Clock::now() < until;
    }));
  }
  for (auto& each : all) each.get();
  EXPECT_EQ(early, 0);
  EXPECT_EQ(elsewhere, 0);
  EXPECT_GE(Clock::now() - begin_at, 50ms);
  EXPECT_LT(Clock::now() - begin_at, 5s) << "one after the other it takes ten";
}

TEST_F(FibersTest, a_condition_is_told_by_threads_and_by_fibers) {
  std::mutex mutex;
  base::Condition changed;
  int value = 0;
  const auto await = [&](int wanted) {
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return value >= wanted; });
  };
  const auto set = [&](int to) {
    std::lock_guard lock{mutex};
    value = to;
    changed.notify_all();
  };
  auto first = begin([&] {
    await(1);
    set(2);
  });
  auto second = begin([&] {
    await(2);
    set(3);
  });
  set(1);
  await(3);
  first.get();
  second.get();
}

TEST_F(FibersTest, a_condition_lets_go_at_the_deadline) {
  run([&] {
    std::mutex mutex;
    base::Condition changed;
    std::unique_lock lock{mutex};
    const Deadline deadline = Deadline::after(Clock::now(), 20ms);
    EXPECT_FALSE(changed.wait_until(lock, deadline, [] { return false; }));
    EXPECT_TRUE(deadline.passed(Clock::now()));
    EXPECT_TRUE(lock.owns_lock());
  });
}

TEST_F(FibersTest, one_waiter_at_a_time_is_woken_when_one_is_told) {
  std::mutex mutex;
  base::Condition changed;
  int places = 0;
  std::atomic<int> passed{0};
  std::vector<std::future<void>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(begin([&] {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return places > 0; });
      --places;
      ++passed;
    }));
  }
  for (int i = 0; i < 20; ++i) {
    std::lock_guard lock{mutex};
    ++places;
    changed.notify_one();
  }
  for (auto& each : all) each.get();
  EXPECT_EQ(passed, 20);
}

TEST_F(FibersTest, a_parking_spot_counts_each_signal_of_another_thread) {
  constexpr std::uint32_t rounds = 2000;
  base::ParkingSpot spot;
  base::ParkingSpot answers;
  auto parked = begin([&] {
    for (std::uint32_t seen = 0; seen < rounds;) {
      seen = spot.park(seen, Deadline::never());
      answers.signal();
    }
  });
  for (std::uint32_t i = 0; i < rounds; ++i) spot.signal();
  parked.get();
  EXPECT_EQ(spot.signals(), rounds);
  run([&] {
    base::ParkingSpot nobodys;
    EXPECT_EQ(nobodys.park(0, Deadline::after(Clock::now(), 10ms)), 0u);
    EXPECT_FALSE(nobodys.ended());
  });
}

TEST_F(FibersTest, two_play_ping_pong_over_parking_spots) {
  base::ParkingSpot left, right;
  constexpr std::uint32_t rounds = 500;
  auto one = begin([&] {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      right.signal();
      while (left.park(i, Deadline::never()) <= i) {
      }
    }
  });
  auto other = begin([&] {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      while (right.park(i, Deadline::never()) <= i) {
      }
      left.signal();
    }
  });
  one.get();
  other.get();
  EXPECT_EQ(left.signals(), rounds);
}

TEST_F(FibersTest, a_socket_is_waited_for_while_others_run) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  std::string got;
  auto reads = begin([&] {
    Result<net::Socket> adopted = net::Socket::adopt(ends[0], {});
    ASSERT_TRUE(adopted);
    char bytes[16];
    while (got.size() < 4) {
      const auto transfer = adopted->receive(bytes, sizeof bytes, Deadline::after(Clock::now(), 10s));
      ASSERT_EQ(transfer.status, net::Socket::Status::ok);
      got.append(bytes, transfer.size);
    }
    EXPECT_EQ(adopted->receive(bytes, sizeof bytes, Deadline::after(Clock::now(), 20ms)).status, net::Socket::Status::timed_out);
  });
  int others = 0;
  run([&] { others = 1; });
  EXPECT_EQ(others, 1);
  for (const char* each : {"a", "b", "cd"}) {
    ASSERT_GT(::send(ends[1], each, std::strlen(each), 0), 0);
    std::this_thread::sleep_for(5ms);
  }
  reads.get();
  EXPECT_EQ(got, "abcd");
  ::close(ends[1]);
}

TEST_F(FibersTest, bytes_that_nobody_wants_yet_do_not_keep_the_loop_busy) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  while (::send(ends[0], "xxxxxxxxxxxxxxxx", 16, 0) > 0) {
  }
  ASSERT_GT(::send(ends[1], "unread", 6, 0), 0);
  auto waits = begin([&] {
    base::DescriptorInterest write_only{ends[0], false, true};
    const auto begin_at = Clock::now();
    int rounds = 0;
    while (Clock::now() - begin_at < 50ms) {
      ++rounds;
      fibers.wait(*Fiber::current(), {&write_only, 1}, Deadline::after(begin_at, 50ms));
    }
    EXPECT_LT(rounds, 30);
  });
  waits.get();
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(FibersTest, what_one_handles_is_not_what_another_throws) {
  std::mutex mutex;
  base::Condition changed;
  bool goes_on = false;
  std::string seen;
  auto handles = begin([&] {
    try {
      throw std::runtime_error("first");
    } catch (const std::exception&) {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return goes_on; });
      lock.unlock();
      try {
        throw;
      } catch (const std::exception& again) {
        seen = again.what();
      }
    }
  });
  auto throws = begin([&] {
    for (int i = 0; i < 3; ++i) {
      try {
        throw std::logic_error("second");
      } catch (const std::exception&) {
        base::rest_until(Clock::now() + 2ms);
      }
      EXPECT_EQ(std::uncaught_exceptions(), 0);
    }
    std::lock_guard lock{mutex};
    goes_on = true;
    changed.notify_all();
  });
  throws.get();
  handles.get();
  EXPECT_EQ(seen, "first");
}

TEST_F(FibersTest, a_flow_of_a_fiber_is_a_fiber_and_one_of_a_thread_a_thread) {
  std::thread::id of_fibers;
  std::thread::id of_threads;
  run([&] {
    bool is_itself = false;
    base::Flow flow;
    flow = base::Flow([&] {
      of_fibers = std::this_thread::get_id();
      base::rest_until(Clock::now() + 2ms);
      is_itself = true;
    });
    EXPECT_TRUE(flow.joinable());
    EXPECT_FALSE(flow.is_here());
    flow.join();
    EXPECT_FALSE(flow.joinable());
    EXPECT_TRUE(is_itself);
  });
  base::Flow flow([&] { of_threads = std::this_thread::get_id(); });
  flow.join();
  EXPECT_EQ(of_fibers, thread.get_id());
  EXPECT_NE(of_threads, thread.get_id());
  EXPECT_NE(of_threads, std::this_thread::get_id());
}

TEST_F(FibersTest, a_thread_may_join_the_flow_of_a_fiber) {
  base::Flow flow;
  run([&] {
    flow = base::Flow([] { base::rest_until(Clock::now() + 10ms); });
  });
  flow.join();
  EXPECT_FALSE(flow.joinable());
}

TEST_F(FibersTest, what_may_block_is_called_on_another_thread) {
  run([&] {
    const std::thread::id here = std::this_thread::get_id();
    EXPECT_NE(base::call_blocking([] { return std::this_thread::get_id(); }), here);
    EXPECT_THROW(base::call_blocking([]() -> int { throw std::runtime_error("from there"); }), std::runtime_error);
    EXPECT_EQ(Fiber::current() != nullptr, true);
  });
  EXPECT_EQ(base::call_blocking([] { return std::this_thread::get_id(); }), std::this_thread::get_id());
}

TEST_F(FibersTest, who_runs_for_somebody_is_told_apart) {
  int one = 0;
  int other = 0;
  auto first = begin([&] {
    base::set_runs_for(&one);
    base::rest_until(Clock::now() + 10ms);
    EXPECT_TRUE(base::runs_for(&one));
  });
  auto second = begin([&] {
    base::set_runs_for(&other);
    EXPECT_FALSE(base::runs_for(&one));
  });
  first.get();
  second.get();
  EXPECT_FALSE(base::runs_for(&one));
}

}  // namespace
}  // namespace rediscluster::drive
