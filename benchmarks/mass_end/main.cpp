/// What it takes to end very many operations at once: 100,000 GETs on a node that does not answer, by one deadline and by one stop token.
/// Run: mass_end      One JSON line for each. `first_to_last_ms` is from the moment when they are to end to the last completion;
/// `long_turns` how many of the reactor's turns took a millisecond or longer meanwhile (ClientStats::reactor_blocks).
/// The last line is what the standard library alone takes for so many callbacks of a stop token that do nothing.
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <latch>
#include <optional>
#include <rediscluster/async.hpp>
#include <rediscluster/testing/scripted_cluster.hpp>
#include <stop_token>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int operations = 100'000;

double milliseconds_of(Clock::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

class Stage {
 public:
  Stage() {
    redis_.get("k").to_future().get();
    nodes_[0].pause();
  }

  /// @param make  one operation, given the moment when all are to end.
  template <class Make>
  void run(const char* what, Make make, std::stop_source& stop) {
    std::latch ended(operations);
    const Clock::time_point end = Clock::now() + 2s;  // behind the last one that begins
    for (int i = 0; i < operations; ++i) make(redis_, end).then([&](const auto&) { ended.count_down(); });
    std::this_thread::sleep_until(end);
    const std::uint64_t long_turns = redis_.stats().reactor_blocks;
    stop.request_stop();
    ended.wait();
    const double taken = milliseconds_of(Clock::now() - end);
    std::printf("{\"by\": \"%s\", \"operations\": %d, \"first_to_last_ms\": %.1f, \"long_turns\": %llu}\n", what, operations, taken,
                static_cast<unsigned long long>(redis_.stats().reactor_blocks - long_turns));
  }

 private:
  static rediscluster::testing::ScriptedCluster& answering(rediscluster::testing::ScriptedCluster& nodes) {
    nodes[0].always(rediscluster::testing::starts_with({"GET"})).answer_bulk("v");
    return nodes;
  }

  rediscluster::testing::ScriptedCluster nodes_{1};
  rediscluster::AsyncRedisCluster redis_{{.startup_nodes = answering(nodes_).seeds()},
                                         {.max_in_flight_per_node = 2 * operations, .max_in_flight = 2 * operations, .block_warning = 1ms}};
};

// In a process with more than one thread, as there it wakes whoever may wait for a callback's end.
void run_stop_token_alone() {
  std::jthread other([](const std::stop_token& end) {
    while (!end.stop_requested()) std::this_thread::sleep_for(10ms);
  });
  std::stop_source stop;
  std::vector<std::optional<std::stop_callback<std::function<void()>>>> callbacks(operations);
  for (auto& callback : callbacks) callback.emplace(stop.get_token(), [] {});
  const Clock::time_point begin = Clock::now();
  stop.request_stop();
  std::printf("{\"by\": \"stop token alone\", \"operations\": %d, \"first_to_last_ms\": %.1f}\n", operations, milliseconds_of(Clock::now() - begin));
}

}  // namespace

int main() try {
  std::stop_source nobody;
  Stage().run(
      "deadline",
      [](const auto& redis, Clock::time_point end) {
        return redis.get("k").within(std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()));
      },
      nobody);
  std::stop_source stop;
  Stage().run("stop token", [&](const auto& redis, Clock::time_point) { return redis.get("k").cancel_on(stop.get_token()); }, stop);
  run_stop_token_alone();
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "mass_end: %s\n", problem.what());
  return 1;
}
