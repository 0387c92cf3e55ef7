/// `rediscluster` and `rediscluster-coroutine` for the workload pubsub.
#include <rediscluster/async.hpp>
#include <rediscluster/rediscluster.hpp>

#include <latch>

#include "load/client_options.hpp"
#include "load/detached.hpp"
#include "load/pubsub.hpp"

namespace load {
namespace {

using namespace std::chrono_literals;

// On the node where `raw` listens, and where is published: what comes by way of another node comes in other pieces.
rediscluster::NodeAddress listened_to(const Options& options) { return {options.host, static_cast<std::uint16_t>(options.port)}; }

class Blocking final : public Subscriber {
 public:
  Blocking(const Options& options, const std::string& channel) : redis_(client_options(options)), news_(redis_.on(listened_to(options)).pubsub({.ignore_subscribe_messages = true})) {
    news_.subscribe(channel);
  }
  std::uint64_t read_until(Clock::time_point end) override {
    std::uint64_t messages = 0;
    while (Clock::now() < end) {
      for (int i = 0; i < 64; ++i) {
        if (const auto message = news_.get_message(1s)) messages += message->data.empty() ? 0 : 1;
      }
    }
    return messages;
  }

 private:
  rediscluster::RedisCluster redis_;
  rediscluster::PubSub news_;
};

Detached count(rediscluster::AsyncPubSub& news, Clock::time_point end, std::uint64_t& messages, std::latch& over) {
  do {
    for (int i = 0; i < 64; ++i) {
      const rediscluster::Result<rediscluster::Message> message = co_await news.next();
      if (message) messages += message->data.empty() ? 0 : 1;
    }
  } while (Clock::now() < end);
  over.count_down();
}

class Awaiting final : public Subscriber {
 public:
  Awaiting(const Options& options, const std::string& channel) : redis_(client_options(options)), news_(redis_.on(listened_to(options)).pubsub({.ignore_subscribe_messages = true})) {
    news_.subscribe(channel).to_future().get();
  }
  std::uint64_t read_until(Clock::time_point end) override {
    std::uint64_t messages = 0;
    std::latch over(1);
    redis_.ping().then([&](const auto&) { count(news_, end, messages, over); });
    over.wait();
    return messages;
  }

 private:
  rediscluster::AsyncRedisCluster redis_;
  rediscluster::AsyncPubSub news_;
};

}  // namespace

std::unique_ptr<Subscriber> make_rediscluster_subscriber(const Options& options, const std::string& channel) {
  return std::make_unique<Blocking>(options, channel);
}
std::unique_ptr<Subscriber> make_rediscluster_async_subscriber(const Options& options, const std::string& channel) {
  return std::make_unique<Awaiting>(options, channel);
}

}  // namespace load
