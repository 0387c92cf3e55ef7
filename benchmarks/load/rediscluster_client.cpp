/// `rediscluster`: one RedisCluster shared by all threads, used as its guide says, through the surface without
/// exceptions.
#include <rediscluster/rediscluster.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/client.hpp"
#include "load/client_options.hpp"

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

  std::size_t get_batch(Batch keys) override {
    for (const std::size_t key : keys) values_.push_back(pipeline_.get(keys_.key(key)));
    std::size_t bad = pipeline_.execute() ? 0 : keys.size();
    for (const auto& pending : values_) {
      const auto value = pending.result();
      bad += !value || !value->has_value();
    }
    values_.clear();
    return bad;
  }
  std::size_t set_batch(Batch keys) override {
    for (const std::size_t key : keys) pipeline_.set(keys_.key(key), keys_.value());
    const auto replies = pipeline_.execute();  // an error of any command is its error
    return replies && replies->size() == keys.size() ? 0 : keys.size();
  }
  std::size_t mget(Batch keys) override {
    names_.clear();
    for (const std::size_t key : keys) names_.push_back(keys_.key(key));
    const auto values = cluster_.nothrow().mget(names_);
    if (!values) return keys.size();
    std::size_t missing = 0;
    for (const auto& value : *values) missing += !value.has_value();
    return missing;
  }

 private:
  rediscluster::RedisCluster& cluster_;
  const KeySpace& keys_;
  rediscluster::NothrowPipeline pipeline_ = cluster_.nothrow().pipeline();
  std::vector<rediscluster::Pending<std::optional<std::string>>> values_;  // kept, so that their memory is used again
  std::vector<std::string_view> names_;                                    // likewise
};

class ClusterClient : public Client {
 public:
  ClusterClient(const Options& options, const KeySpace& keys)
      : cluster_(client_options(options)), keys_(keys) {}

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
