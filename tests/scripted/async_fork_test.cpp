/// An asynchronous client in a process that forks: the child makes reactors and connections of its own, and hears nothing of what the
/// parent has under way.
#include "async_play.hpp"
#include "support/child.hpp"

namespace {

using namespace play;
using test_support::Child;
using test_support::in_child;

bool gets_its_own(const AsyncRedisCluster& client, const std::string& name, int times) {
  std::vector<std::pair<std::string, std::future<Text>>> all;
  for (int i = 0; i < times; ++i) {
    const std::string key = name + std::to_string(i);
    all.emplace_back(key, client.get(key).to_future());
  }
  bool are_right = true;
  for (auto& [key, value] : all) are_right = value.get() == key && are_right;
  return are_right;
}

class AsyncFork : public AsyncPlay {
 protected:
  void SetUp() override { SKIP_WHERE_CHILDREN_MAY_NOT_HAVE_THREADS(); }
};

TEST_F(AsyncFork, parent_and_child_use_the_client_at_the_same_time) {
  ASSERT_TRUE(gets_its_own(redis, "before", 20));
  const int connections = nodes[0].connections() + nodes[1].connections();
  Child child([&] { return gets_its_own(redis, "child", 300); });
  EXPECT_TRUE(gets_its_own(redis, "parent", 300));
  EXPECT_EQ(child.end(), "fine");
  EXPECT_GT(nodes[0].connections() + nodes[1].connections(), connections) << "the child has none of its own";
  EXPECT_TRUE(gets_its_own(redis, "after", 20));
}

TEST_F(AsyncFork, the_child_hears_nothing_of_what_the_parent_waits_for) {
  ASSERT_TRUE(gets_its_own(redis, "before", 5));
  nodes[0].always("GET", "slow{bar}").silence();
  std::atomic<int> told{0};
  redis.get("slow{bar}").within(2s).then([&](const Result<Text>&) { ++told; });
  redis.lock("held").acquire().within(2s).then([&](const Result<bool>&) { ++told; });
  EXPECT_EQ(in_child([&] { return gets_its_own(redis, "child", 20) && told == 0; }), "fine");
  EXPECT_TRUE(wait_until([&] { return told == 2; }, 5s));
}

TEST_F(AsyncFork, a_child_that_closes_or_destroys_the_client_does_not_close_the_parents) {
  ASSERT_TRUE(gets_its_own(redis, "before", 5));
  auto news = std::make_unique<rediscluster::AsyncPubSub>(redis.pubsub());
  auto lock = std::make_unique<rediscluster::AsyncLock>(redis.lock("door"));
  EXPECT_EQ(in_child([&] {
              news.reset();
              lock.reset();
              redis.close();
              return true;
            }),
            "fine");
  EXPECT_TRUE(gets_its_own(redis, "after", 5));
}

}  // namespace
