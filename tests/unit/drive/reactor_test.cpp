/// The order of a reactor's turn, with a loop that turns when it is told to.
#include "drive/reactor.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace rediscluster::drive {
namespace {

/// Watches nothing: a turn is what the test asks for.
class StillLoop final : public Loop {
 public:
  void attach(Client& client) override { client_ = &client; }
  bool watch(int /*descriptor*/, Watched& /*watched*/) override { return true; }
  void want_writable(int /*descriptor*/, Watched& /*watched*/, bool /*wanted*/) override {}
  void forget(int /*descriptor*/, Watched& /*watched*/) override {}
  void wake() noexcept override {}
  void turn_by(std::chrono::steady_clock::time_point when) noexcept override { next = when; }
  void turn() { client_->turn(); }

  std::chrono::steady_clock::time_point next{};

 private:
  Client* client_ = nullptr;
};

struct Step final : Mail {
  explicit Step(std::function<void()> its_work) : work(std::move(its_work)) {}
  void opened() noexcept override { work(); }
  const std::function<void()> work;
};

struct Ending final : detail::EndOfTurn {
  explicit Ending(std::function<void()> its_work) : work(std::move(its_work)) {}
  void turn_ends() noexcept override { work(); }
  const std::function<void()> work;
};

class ReactorTest : public ::testing::Test {
 protected:
  StillLoop loop;
  Reactor reactor{loop};
  std::string told;
};

TEST_F(ReactorTest, knows_who_is_in_a_turn) {
  EXPECT_FALSE(Reactor::is_any_here());
  Ending outside([&] { told += '!'; });
  EXPECT_FALSE(Reactor::await_end_of_turn(outside));
  bool was_here = false;
  Step step([&] { was_here = reactor.is_here() && Reactor::is_any_here(); });
  reactor.post(step);
  loop.turn();
  EXPECT_TRUE(was_here);
  EXPECT_FALSE(reactor.is_here());
  EXPECT_EQ(told, "");
}

TEST_F(ReactorTest, tells_of_its_end_behind_everything_else_and_the_last_first) {
  Ending first([&] { told += 'a'; });
  Ending second([&] { told += 'b'; });
  Ending third([&] { told += 'c'; });
  Ending of_the_end([&] { told += 'e'; });
  Step later([&] {
    told += '2';
    EXPECT_TRUE(Reactor::await_end_of_turn(third));
  });
  Step step([&] {
    told += '1';
    EXPECT_TRUE(Reactor::await_end_of_turn(first));
    EXPECT_TRUE(Reactor::await_end_of_turn(second));
    reactor.run_soon(later);
  });
  reactor.post(step);
  loop.turn();
  EXPECT_EQ(told, "12cba");
  Ending asks_for_more([&] {
    told += 'd';
    EXPECT_TRUE(Reactor::await_end_of_turn(of_the_end));
  });
  Step again([&] { EXPECT_TRUE(Reactor::await_end_of_turn(asks_for_more)); });
  reactor.post(again);
  loop.turn();
  EXPECT_EQ(told, "12cbade");
}

TEST_F(ReactorTest, comes_back_at_once_for_what_its_end_has_brought_about) {
  Step more([&] { told += 'm'; });
  Ending ending([&] { reactor.run_soon(more); });
  Step step([&] { EXPECT_TRUE(Reactor::await_end_of_turn(ending)); });
  reactor.post(step);
  loop.turn();
  EXPECT_EQ(told, "");
  EXPECT_EQ(loop.next, std::chrono::steady_clock::time_point::min());
  loop.turn();
  EXPECT_EQ(told, "m");
  EXPECT_EQ(loop.next, std::chrono::steady_clock::time_point::max());
}

TEST_F(ReactorTest, tells_of_a_turn_that_took_long) {
  using namespace std::chrono_literals;
  std::vector<base::Duration> taken;
  Reactor watched(loop);
  watched.watch_turns(20ms, [&](base::Duration duration) {
    EXPECT_TRUE(watched.is_here());
    taken.push_back(duration);
  });
  Step quick([] {});
  watched.post(quick);
  loop.turn();
  const std::size_t of_quick = taken.size();  // a busy machine may stop us for as long
  Step slow([] { std::this_thread::sleep_for(20ms); });
  watched.post(slow);
  loop.turn();
  ASSERT_EQ(taken.size(), of_quick + 1);
  EXPECT_GE(taken.back(), 20ms);
}

}  // namespace
}  // namespace rediscluster::drive
