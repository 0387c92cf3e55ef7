/// What tests of subscriptions on real servers share: who publishes, who is subscribed where, and what a subscriber was told.
/// Tests only; each object belongs to one thread.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace test_support {

using namespace std::chrono_literals;
using rediscluster::Message;
using rediscluster::PubSub;
using rediscluster::RedisCluster;
using rediscluster::testing::LocalCluster;
using Clock = std::chrono::steady_clock;
using Type = Message::Type;
using Gap = Message::Gap;

/// Something that must come, however busy the machine is.
constexpr auto surely = 20s;

/// The node on which "news" is subscribed to.
inline int home_of_news(const LocalCluster& cluster) {
  for (int index = 0; index < cluster.size(); ++index) {
    if (cluster.node(index).can_answer() && cluster.call(index, {"PUBSUB", "NUMSUB", "news"})[1].integer > 0) return index;
  }
  return -1;
}

/// Publishes 1, 2, 3, ... to "news" and to a sharded channel until the end, through whatever happens.
class Publisher {
 public:
  Publisher(const LocalCluster& cluster, std::string sharded) : client_({.startup_nodes = cluster.seeds(), .command_timeout = 500ms}), sharded_(std::move(sharded)) {
    thread_ = std::thread([this] {
      for (int number = 1; !is_stopping_; ++number) {
        static_cast<void>(client_.nothrow().publish("news", number));
        static_cast<void>(client_.nothrow().spublish(sharded_, number));
        std::this_thread::sleep_for(1ms);
      }
    });
  }
  ~Publisher() {
    is_stopping_ = true;
    thread_.join();
  }

 private:
  RedisCluster client_;
  std::string sharded_;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

/// What one subscription has brought.
struct Story {
  std::vector<Message> gaps{};
  std::vector<Clock::time_point> gap_times{};
  std::set<std::string> numbers{};
  int duplicates = 0;
  int since_gap = 0;

  void add(const Message& message) {
    if (message.type == Type::gap) {
      gaps.push_back(message);
      gap_times.push_back(Clock::now());
      since_gap = 0;
    } else if (message.is_published()) {
      duplicates += numbers.insert(message.data).second ? 0 : 1;
      ++since_gap;
    }
  }
};

/// Reads until every story fulfils the condition; false: they do not within the time.
template <class Condition>
bool read_until(PubSub& pubsub, std::map<std::string, Story>& stories, const Condition& is_over) {
  const auto deadline = Clock::now() + surely;
  while (!is_over()) {
    if (Clock::now() > deadline) return false;
    if (const auto message = pubsub.get_message(10ms)) stories[message->pattern.empty() ? message->channel : message->pattern].add(*message);
  }
  return true;
}

}  // namespace test_support
