/// The loop of a reactor that has a thread of its own. run() is that thread; wake() and stop() are anybody's.
#pragma once

#include "base/fork.hpp"

#include <rediscluster/async/loop.hpp>

#include <atomic>

namespace rediscluster::net {

class EpollLoop final : public Loop {
 public:
  /// Errors: std::system_error, when the process has no descriptors left.
  EpollLoop();
  ~EpollLoop() override;

  void attach(Client& client) override { client_ = &client; }
  bool watch(int descriptor, Watched& watched) override;
  void want_writable(int descriptor, Watched& watched, bool wanted) override;
  void forget(int descriptor, Watched& watched) override;
  void turn_by(std::chrono::steady_clock::time_point when) override { next_turn_ = when; }
  void wake() noexcept override;

  /// Turns until stop().
  void run() noexcept;
  /// Any thread, also that of run().
  void stop() noexcept;

 private:
  void wait() noexcept;

  const base::ProcessMark maker_;
  int epoll_ = -1;
  int event_ = -1;  // readable: somebody has woken us
  Client* client_ = nullptr;
  std::chrono::steady_clock::time_point next_turn_{};
  std::atomic<bool> is_stopped_{false};
};

}  // namespace rediscluster::net
