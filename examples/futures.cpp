/// Futures and callbacks without a coroutine: a pool of threads asks for many things at once and works on while they are under way.
#include <rediscluster/async.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <atomic>
#include <future>
#include <iostream>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace rc = rediscluster;

namespace {

/// A shopping basket is priced: all prices are asked for before the first is waited for, and they go to each node together.
std::int64_t price_of(rc::AsyncRedisCluster& redis, const std::vector<std::string>& basket) {
  std::vector<std::future<std::optional<std::string>>> prices;
  for (const std::string& item : basket) prices.push_back(redis.get("price:" + item).to_future());
  std::int64_t sum = 0;
  for (auto& price : prices) sum += std::stoll(price.get().value_or("0"));  // throws what the blocking client throws
  return sum;
}

}  // namespace

int main() try {
  rc::testing::LocalCluster cluster;
  rc::AsyncRedisCluster redis(rc::Options{.startup_nodes = cluster.seeds()});
  std::vector<std::string> basket;
  for (int i = 1; i <= 100; ++i) basket.push_back("item" + std::to_string(i));

  // Callbacks: nobody waits for any of them.
  std::latch written(100);
  std::atomic<int> failed{0};
  for (int i = 1; i <= 100; ++i) {
    redis.set("price:item" + std::to_string(i), i).then([&](const rc::Result<bool>& done) {
      if (!done) ++failed;
      written.count_down();
    });
  }
  written.wait();

  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> pool;
  for (int worker = 0; worker < 4; ++worker) pool.emplace_back([&] { sum += price_of(redis, basket); });
  for (std::thread& worker : pool) worker.join();
  std::cout << "four baskets cost " << sum << ", " << failed << " prices were not written\n";
  return sum == 4 * 5050 && failed == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "futures: " << error.what() << '\n';
  return 1;
}
