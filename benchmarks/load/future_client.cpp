/// `rediscluster-future` for the workloads of threads that call one after the other: one AsyncRedisCluster shared by all, each call a future
/// that its thread waits for.
#include <rediscluster/async.hpp>

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "load/client.hpp"
#include "load/client_options.hpp"

namespace load {
namespace {

using Value = std::optional<std::string>;

class FutureSession final : public Session {
 public:
  FutureSession(rediscluster::AsyncRedisCluster& cluster, const KeySpace& keys) : cluster_(cluster), keys_(keys) {}

  bool get(std::size_t key) override { return begin_get(key).get().has_value(); }
  bool set(std::size_t key) override {
    cluster_.set(keys_.key(key), keys_.value()).to_future().get();
    return true;
  }
  std::size_t get_batch(Batch keys) override {
    for (const std::size_t key : keys) values_.push_back(begin_get(key));
    std::size_t missing = 0;
    for (auto& each : values_) missing += !each.get().has_value();
    values_.clear();
    return missing;
  }
  std::size_t set_batch(Batch keys) override {
    for (const std::size_t key : keys) set(key);
    return 0;
  }

 private:
  std::future<Value> begin_get(std::size_t key) { return cluster_.get(keys_.key(key)).to_future(); }

  rediscluster::AsyncRedisCluster& cluster_;
  const KeySpace& keys_;
  std::vector<std::future<Value>> values_;
};

class FutureClient final : public Client {
 public:
  FutureClient(const Options& options, const KeySpace& keys) : keys_(keys), cluster_(client_options(options)) {}
  std::unique_ptr<Session> open_session() override { return std::make_unique<FutureSession>(cluster_, keys_); }

 private:
  const KeySpace& keys_;
  rediscluster::AsyncRedisCluster cluster_;
};

}  // namespace

std::unique_ptr<Client> make_rediscluster_futures(const Options& options, const KeySpace& keys) { return std::make_unique<FutureClient>(options, keys); }

}  // namespace load
