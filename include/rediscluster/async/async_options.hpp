/// Options of asynchronous clients, beside those of all clients. Plain values.
#pragma once

#include <rediscluster/executor.hpp>
#include <rediscluster/cpp20.hpp>
#include <rediscluster/time_span.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rediscluster {

/// What happens to a command when as many are under way as are allowed.
enum class Overflow : std::uint8_t {
  wait,  ///< It waits for a place, within its deadline.
  fail,  ///< It fails at once: Errc::too_many_in_flight, Execution::not_executed.
};

struct AsyncOptions {
  /// Threads that drive connections, each with connections of its own to every node it talks to. One serves some hundred thousand
  /// commands a second.
  int reactors = 1;
  /// Commands that are sent, or about to be, and not answered: to one node, and in all. Those that were given up count for their node
  /// until their replies have come, so a node that is silent cannot fill the memory.
  std::size_t max_in_flight_per_node = 20'000;
  std::size_t max_in_flight = 100'000;
  /// The same in bytes of commands. A larger one alone is let through.
  std::size_t max_pending_bytes_per_node = 64u << 20;
  std::size_t max_pending_bytes = 256u << 20;
  Overflow overflow = Overflow::wait;
  /// Where the ends of operations are told unless they say themselves. Empty: on the reactor's thread.
  Executor completions{};
  /// A turn of a reactor this long is told as Event::Kind::reactor_blocked: while a completion, a coroutine between two awaits, or a hook
  /// runs on its thread, nothing else of the client moves. 0: never told.
  TimeSpan block_warning = std::chrono::milliseconds(50);
};

}  // namespace rediscluster
