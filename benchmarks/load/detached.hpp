/// A coroutine that nobody waits for: begun at once, its frame goes with its end.
#pragma once

#include <coroutine>
#include <exception>

namespace load {

struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace load
