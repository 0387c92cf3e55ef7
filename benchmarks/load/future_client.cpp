/// `rediscluster-future` and `rediscluster-started` for the workloads of threads that call one after the other: one AsyncRedisCluster shared by
/// all, each call a std::future, or a Started, that its thread waits for.
#include <rediscluster/async.hpp>

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "load/client.hpp"
#include "load/client_options.hpp"

namespace load {
namespace {

/// How an operation is begun, and its end waited for.
struct ByFuture {
  template <class T>
  static std::future<T> begin(rediscluster::Operation<T>&& operation) {
    return std::move(operation).to_future();
  }
  template <class T>
  static T end(std::future<T>& begun) {
    return begun.get();
  }
};
struct ByStarted {
  template <class T>
  static rediscluster::Started<T> begin(rediscluster::Operation<T>&& operation) {
    return std::move(operation).start();
  }
  template <class T>
  static T end(rediscluster::Started<T>& begun) {
    return begun.wait().value();
  }
};

template <class Way>
class BegunSession final : public Session {
 public:
  BegunSession(rediscluster::AsyncRedisCluster& cluster, const KeySpace& keys) : cluster_(cluster), keys_(keys) {}

  bool get(std::size_t key) override {
    auto begun = begin_get(key);
    return Way::end(begun).has_value();
  }
  bool set(std::size_t key) override {
    auto begun = Way::begin(cluster_.set(keys_.key(key), keys_.value()));
    static_cast<void>(Way::end(begun));
    return true;
  }
  std::size_t get_batch(Batch keys) override {
    for (const std::size_t key : keys) values_.push_back(begin_get(key));
    std::size_t missing = 0;
    for (auto& each : values_) missing += !Way::end(each).has_value();
    values_.clear();
    return missing;
  }
  std::size_t set_batch(Batch keys) override {
    for (const std::size_t key : keys) set(key);
    return 0;
  }

 private:
  auto begin_get(std::size_t key) { return Way::begin(cluster_.get(keys_.key(key))); }

  rediscluster::AsyncRedisCluster& cluster_;
  const KeySpace& keys_;
  std::vector<decltype(Way::begin(std::declval<rediscluster::AsyncRedisCluster&>().get("")))> values_;
};

template <class Way>
class BegunClient final : public Client {
 public:
  BegunClient(const Options& options, const KeySpace& keys) : keys_(keys), cluster_(client_options(options)) {}
  std::unique_ptr<Session> open_session() override { return std::make_unique<BegunSession<Way>>(cluster_, keys_); }

 private:
  const KeySpace& keys_;
  rediscluster::AsyncRedisCluster cluster_;
};

}  // namespace

std::unique_ptr<Client> make_rediscluster_futures(const Options& options, const KeySpace& keys) {
  return std::make_unique<BegunClient<ByFuture>>(options, keys);
}
std::unique_ptr<Client> make_rediscluster_started(const Options& options, const KeySpace& keys) {
  return std::make_unique<BegunClient<ByStarted>>(options, keys);
}

}  // namespace load
