/// What an asynchronous client needs of an event loop, five verbs and two for its end: the library has one over epoll, <rediscluster/asio.hpp> one over an
/// `io_context`, and a test may have one in virtual time.
#pragma once

#include <chrono>
#include <functional>

namespace rediscluster {

/// Everything is called by, and happens on, the loop's own thread (or strand), but wake().
class Loop {
 public:
  /// A descriptor that is waited for.
  class Watched {
   public:
    /// Must be quick: only notes it. What is ready and not used up is told again.
    virtual void ready(bool readable, bool writable) noexcept = 0;

   protected:
    ~Watched() = default;
  };
  /// Who does the work.
  class Client {
   public:
    /// After descriptors were ready, after wake(), and at the time of turn_by(). Must end with turn_by().
    virtual void turn() noexcept = 0;

   protected:
    ~Client() = default;
  };

  virtual ~Loop() = default;
  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Before anything else, once. The first turn() is to come soon.
  virtual void attach(Client& client) = 0;
  /// Inside of while_still(): the client goes, and nothing is called any more.
  virtual void detach() noexcept {}
  /// Waits for bytes on a descriptor from now on, and for room to write only while that is wanted.
  /// @return  false: the system has no room for it.
  virtual bool watch(int descriptor, Watched& watched) = 0;
  virtual void want_writable(int descriptor, Watched& watched, bool wanted) = 0;
  /// Before the descriptor is closed. Nothing is told of it any more.
  virtual void forget(int descriptor, Watched& watched) = 0;
  /// The next turn() begins then at the latest; time_point::min(): at once; max(): when something happens.
  virtual void turn_by(std::chrono::steady_clock::time_point when) = 0;
  /// Any thread, at any time while the client is attached: a turn() soon.
  virtual void wake() noexcept = 0;
  /// Any thread, but not inside of turn(): calls a function while the loop calls nothing, whether it is running or not. For the end of a
  /// client, which cannot wait for turns that may never come.
  virtual void while_still(void (*function)(void* argument), void* argument) { function(argument); }
  /// Inside of turn(): has a function called by the same thread when that has returned. For a client that is ended by one of its own
  /// completions. False: it does not do that, and another thread is to be found.
  virtual bool after_turn(std::function<void()> /*function*/) { return false; }
};

}  // namespace rediscluster
