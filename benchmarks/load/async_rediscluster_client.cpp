/// AsyncRedisCluster for the workload async, in three ways of being told of an end.
#include <rediscluster/async.hpp>

#include <atomic>
#include <deque>
#include <latch>
#include <thread>

#include "load/async.hpp"
#include "load/client_options.hpp"
#include "load/detached.hpp"
#include "load/key_stream.hpp"
#include "load/meter.hpp"

namespace load {
namespace {

using rediscluster::AsyncRedisCluster;
using Value = std::optional<std::string>;

/// What the chains of a run share; but for `is_over` the reactor's thread alone touches it.
struct Chains {
  const KeySpace& keys;
  AsyncRedisCluster& redis;
  std::uint64_t limit;
  std::size_t alive;
  KeyStream next_keys{keys};
  std::uint64_t begun = 0;
  AsyncRun run{};
  std::atomic<bool> is_over{false};
  std::latch ended{1};

  bool wants_more() const { return !is_over.load(std::memory_order_relaxed) && begun < limit; }
  std::string_view next_key() {
    ++begun;
    return keys.key(next_keys.next());
  }
  void count(bool is_good) {
    ++run.operations;
    if (!is_good) ++run.errors;
  }
  void end_one() {
    if (--alive == 0) ended.count_down();
  }
  AsyncRun wait(double seconds) {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    while (Clock::now() < end && !ended.try_wait()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    is_over = true;
    ended.wait();
    return run;
  }
};

void go_on(Chains& chains) {
  if (!chains.wants_more()) return chains.end_one();
  chains.redis.get(chains.next_key()).then([&chains](rediscluster::Result<Value> value) {
    chains.count(value && value->has_value());
    go_on(chains);
  });
}

class Callback final : public AsyncClient {
 public:
  Callback(const Options& options, const KeySpace& keys) : keys_(keys), redis_(client_options(options)) {}
  AsyncRun run(std::size_t in_flight, double seconds, std::uint64_t limit) override {
    Chains chains{keys_, redis_, limit, in_flight};
    // Begun on the reactor's thread, as all that follow.
    redis_.ping().then([&](const auto&) {
      for (std::size_t i = 0; i < in_flight; ++i) go_on(chains);
    });
    return chains.wait(seconds);
  }

 private:
  const KeySpace& keys_;
  AsyncRedisCluster redis_;
};

Detached run_chain(Chains& chains) {
  while (chains.wants_more()) {
    const rediscluster::Result<Value> value = co_await chains.redis.get(chains.next_key());
    chains.count(value && value->has_value());
  }
  chains.end_one();
}

class Coroutine final : public AsyncClient {
 public:
  Coroutine(const Options& options, const KeySpace& keys) : keys_(keys), redis_(client_options(options)) {}
  AsyncRun run(std::size_t in_flight, double seconds, std::uint64_t limit) override {
    Chains chains{keys_, redis_, limit, in_flight};
    redis_.ping().then([&](const auto&) {
      for (std::size_t i = 0; i < in_flight; ++i) run_chain(chains);
    });
    return chains.wait(seconds);
  }

 private:
  const KeySpace& keys_;
  AsyncRedisCluster redis_;
};

class Future final : public AsyncClient {
 public:
  Future(const Options& options, const KeySpace& keys) : keys_(keys), redis_(client_options(options)) {}
  AsyncRun run(std::size_t in_flight, double seconds, std::uint64_t limit) override {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    AsyncRun run;
    std::uint64_t begun = 0;
    std::deque<std::future<Value>> futures;
    const auto begin_one = [&] {
      ++begun;
      futures.push_back(redis_.get(keys_.key(next_keys_.next())).to_future());
    };
    for (std::size_t i = 0; i < in_flight && begun < limit; ++i) begin_one();
    bool is_over = false;
    while (!futures.empty()) {
      run.errors += futures.front().get() ? 0 : 1;
      futures.pop_front();
      if (++run.operations % 64 == 0) is_over = Clock::now() >= end;
      if (!is_over && begun < limit) begin_one();
    }
    return run;
  }

 private:
  const KeySpace& keys_;
  AsyncRedisCluster redis_;
  KeyStream next_keys_{keys_};
};

}  // namespace

std::unique_ptr<AsyncClient> make_rediscluster_callback(const Options& options, const KeySpace& keys) { return std::make_unique<Callback>(options, keys); }
std::unique_ptr<AsyncClient> make_rediscluster_coroutine(const Options& options, const KeySpace& keys) { return std::make_unique<Coroutine>(options, keys); }
std::unique_ptr<AsyncClient> make_rediscluster_future(const Options& options, const KeySpace& keys) { return std::make_unique<Future>(options, keys); }

}  // namespace load
