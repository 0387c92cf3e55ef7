/// `rediscluster`: one RedisCluster shared by all threads, used as its guide says, through the surface without
/// exceptions.
#include <rediscluster/rediscluster.hpp>

#include "load/client.hpp"

namespace load {
namespace {

class ClusterSession : public Session {
 public:
  ClusterSession(rediscluster::RedisCluster& cluster, const KeySpace& keys) : cluster_(cluster), keys_(keys) {}

  bool get(std::size_t key) override {
    const auto value = cluster_.nothrow().get(keys_.key(key));
    return value.has_value() && value->has_value();
  }
  bool set(std::size_t key) override {
    const auto done = cluster_.nothrow().set(keys_.key(key), keys_.value());
    return done.has_value();
  }

 private:
  rediscluster::RedisCluster& cluster_;
  const KeySpace& keys_;
};

class ClusterClient : public Client {
 public:
  ClusterClient(const Options& options, const KeySpace& keys)
      : cluster_({.startup_nodes = {{options.host, options.port}}}), keys_(keys) {}

  std::unique_ptr<Session> open_session() override { return std::make_unique<ClusterSession>(cluster_, keys_); }

 private:
  rediscluster::RedisCluster cluster_;
  const KeySpace& keys_;
};

}  // namespace

std::unique_ptr<Client> make_rediscluster(const Options& options, const KeySpace& keys) {
  return std::make_unique<ClusterClient>(options, keys);
}

}  // namespace load
