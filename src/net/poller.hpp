/// Waits for several sockets at once, and for somebody who wants the waiting thread. One thread waits; any thread may
/// wake it. Knows nothing of Redis, owns no socket.
#pragma once

#include "base/fiber.hpp"
#include "net/socket.hpp"

#include <poll.h>

#include <atomic>
#include <mutex>
#include <span>
#include <vector>

namespace rediscluster::net {

/// What one socket is waited for, and what came of it. A socket that has ended counts as readable: receive() tells how.
/// After `can_read` receive until there is nothing more: a socket may hold bytes that poll does not know of.
struct Watch {
  const Socket* socket = nullptr;  ///< Open; must outlive the wait.
  bool want_read = true;
  bool want_write = false;
  bool can_read = false;
  bool can_write = false;
};

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Returns when some socket is ready, when somebody calls (or has called since the last wait) wake(), or at the deadline.
  /// @param watches  their can_read and can_write are set; may be empty.
  /// @return  whether somebody called wake(): that is over then, and the next wait does not know of it.
  bool wait(std::span<Watch> watches, base::Deadline deadline);
  /// Ends the wait under way, or the next one at once. Any thread; never blocks.
  void wake();

 private:
  void look_at(std::span<Watch> watches);
  bool wait_as_thread(base::Deadline deadline);
  bool wait_as_fiber(base::Fiber& fiber, base::Deadline deadline);
  int look_now();
  bool was_told();
  bool take_wake();
  bool begin(base::Fiber& fiber);
  void end_of_fiber();

  const base::ProcessMark maker_;
  int wake_fd_;                     // -1: the process had no descriptor left; then wait() looks at woken_ now and then
  std::atomic<bool> woken_{false};  // then, and of a fiber: wake() was called and no wait() has taken notice
  std::mutex mutex_;                // guards what follows
  base::Fiber* fiber_ = nullptr;    // it waits, and is woken by its host
  bool is_written_ = false;         // wake_fd_ is

  // Of who waits, kept for the next time.
  std::vector<pollfd> polled_;
  std::vector<base::DescriptorInterest> interests_;  // of a fiber: those of `polled_` that are waited for
};

}  // namespace rediscluster::net
