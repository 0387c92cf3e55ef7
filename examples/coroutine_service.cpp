/// A service whose requests are coroutines: it counts visits and greets, a thousand visitors at a time, on one thread.
/// Starts a cluster of its own, serves itself ten thousand requests, and ends.
#include <rediscluster/async.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <atomic>
#include <coroutine>
#include <iostream>
#include <latch>
#include <semaphore>
#include <string>

namespace rc = rediscluster;
using namespace std::chrono_literals;

namespace {

/// The least a coroutine type must have: begun at once, nobody waits for it. A service would bring its framework's.
struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

struct Request {
  std::string user;
};

struct Response {
  int status = 0;
  std::string body;
};

/// What a connection would be: it is told the answer.
class Visitors {
 public:
  explicit Visitors(int count) : answered_(count) {}
  void answer(const Response& response) {
    if (response.status == 200) ++greeted_;
    if (response.status != 200) std::cerr << response.status << ' ' << response.body << '\n';
    places_.release();
    answered_.count_down();
  }
  void await_place() { places_.acquire(); }
  int await_all() {
    answered_.wait();
    return greeted_;
  }

 private:
  std::counting_semaphore<> places_{1000};
  std::latch answered_;
  std::atomic<int> greeted_{0};
};

/// One request: a write, a read, and a pipeline, each awaited within the time that the whole request has.
Task serve(rc::AsyncRedisCluster& redis, Request request, Visitors& visitors) {
  const std::string key = "user:" + request.user;
  const auto known = co_await redis.set(key, request.user, {.expire_in = 60s}).within(500ms);
  if (!known) {
    visitors.answer({503, to_string(known.error())});  // says whether it may have run
    co_return;
  }
  rc::AsyncPipeline pipe = redis.pipeline();
  const auto name = pipe.get(key);
  const auto visits = pipe.incr("visits:" + request.user);
  const auto all = pipe.incr("visits");
  if (const auto done = co_await pipe.execute().within(500ms); !done) {
    visitors.answer({503, to_string(done.error())});
    co_return;
  }
  visitors.answer({200, "Hello " + name.value().value_or("stranger") + ", visit " + std::to_string(visits.value()) + " of " + std::to_string(all.value())});
}

}  // namespace

int main() try {
  constexpr int requests = 10'000;
  rc::testing::LocalCluster cluster;
  rc::AsyncRedisCluster redis(rc::Options{.startup_nodes = cluster.seeds()});
  redis.connect().to_future().get();

  Visitors visitors(requests);
  for (int i = 0; i < requests; ++i) {
    visitors.await_place();
    serve(redis, {"visitor" + std::to_string(i % 100)}, visitors);
  }
  const int greeted = visitors.await_all();
  const auto counted = redis.get("visits").to_future().get();
  std::cout << greeted << " visitors were greeted, the cluster has counted " << counted.value_or("none") << '\n';
  return greeted == requests && counted == std::to_string(requests) ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "coroutine_service: " << error.what() << '\n';
  return 1;
}
