/// The least there must be of a coroutine type: begun when it is called, its end is counted.
#pragma once

#include "simulation/world.hpp"

#include <coroutine>
#include <exception>
#include <utility>

namespace rediscluster::simulation {

/// How many tasks are under way; each takes it as its first argument.
struct Tasks {
  int under_way = 0;
};

struct Task {
  struct promise_type {
    // A member function's object comes first.
    template <class Object, class... Rest>
    promise_type(Object& /*self*/, Tasks& its_tasks, Rest&&...) : tasks(its_tasks) { ++tasks.under_way; }
    ~promise_type() { --tasks.under_way; }
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    Tasks& tasks;
  };
};

/// A part of a task, begun when it is awaited.
class [[nodiscard]] Lone {
 public:
  struct promise_type {
    Lone get_return_object() { return Lone(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Back {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) const noexcept { return ended.promise().waiting; }
      void await_resume() const noexcept {}
    };
    Back final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    std::coroutine_handle<> waiting;
  };
  Lone(Lone&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Lone& operator=(Lone&&) = delete;
  ~Lone() {
    if (handle_) handle_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    handle_.promise().waiting = waiting;
    return handle_;
  }
  void await_resume() const noexcept {}

 private:
  explicit Lone(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// co_await: goes on so much later.
struct Sleep {
  World& world;
  base::Duration span;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> sleeper) const {
    world.after(span, [sleeper] { sleeper.resume(); });
  }
  void await_resume() const noexcept {}
};

}  // namespace rediscluster::simulation
