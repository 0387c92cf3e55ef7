/// Fibers on a thread of their own. Tests only.
#pragma once

#include "drive/fibers.hpp"
#include "net/epoll_loop.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace rediscluster::drive {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;
using base::Fiber;

class FibersTest : public ::testing::Test {
 protected:
  ~FibersTest() override {
    for (int i = 0; i < 5000 && !fibers.empty(); ++i) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(fibers.empty());
    loop.stop();
    thread.join();
    reactor.finish();
  }
  /// Runs it as a fiber, and waits for its end on this thread.
  void run(std::function<void()> function) { begin(std::move(function)).get(); }
  std::future<void> begin(std::function<void()> function) {
    auto promise = std::make_shared<std::promise<void>>();
    std::future<void> ended = promise->get_future();
    fibers.start([promise, function = std::move(function)] {
      function();
      promise->set_value();
    });
    return ended;
  }

  net::EpollLoop loop;
  Reactor reactor{loop};
  Fibers fibers{reactor, [](std::function<void(bool)> function) { std::thread([function = std::move(function)] { function(true); }).detach(); }};
  std::thread thread{[this] { loop.run(); }};
};

}  // namespace rediscluster::drive
