/// The same cuts under an asynchronous client: one command after another, and all of a run in flight at once.
#include "async_play.hpp"
#include "cut_play.hpp"

namespace {

using namespace play;

struct Awaited {
  AsyncRedisCluster& redis;
  auto get(const std::string& key) const { return end_of(redis.get(key)); }
  auto incr(const std::string& key) const { return end_of(redis.incr(key)); }
  auto set(const std::string& key, const char* value) const { return end_of(redis.set(key, value)); }
  auto rpush(const std::string& key, const char* value) const { return end_of(redis.rpush(key, {value})); }
};

/// All begun before the first is looked at.
class Together {
 public:
  explicit Together(AsyncRedisCluster& redis) : redis_(redis) {}
  std::vector<Outcome> run(const std::string& name) {
    for (int i = 0; i < 3; ++i) {
      const std::string key = name + ":" + std::to_string(i);
      begin("GET", key, redis_.get(key));
      begin("INCR", key, redis_.incr(key));
      begin("SET", key, redis_.set(key, "v"));
      begin("RPUSH", key, redis_.rpush(key, {"v"}));
    }
    std::vector<Outcome> outcomes;
    for (auto& each : ends_) outcomes.push_back(each());
    ends_.clear();
    return outcomes;
  }

 private:
  template <class T>
  void begin(const char* name, const std::string& key, Operation<T> operation) {
    auto later = std::make_shared<Later<T>>(std::move(operation));
    ends_.push_back([=] {
      Result<T> end = later->end();
      EXPECT_EQ(later->times(), 1);
      return outcome_of(name, key, end);
    });
  }

  AsyncRedisCluster& redis_;
  std::vector<std::function<Outcome()>> ends_;
};

class AsyncCut : public ::testing::Test {
 protected:
  void one_by_one(const Arm& arm, std::size_t step, const BytesSoFar& bytes) {
    sweep(store, [&](const std::string& run) { return run_each(Awaited{redis}, run); }, arm, step, bytes);
  }
  void together(const Arm& arm, std::size_t step, const BytesSoFar& bytes) {
    sweep(store, [&](const std::string& run) { return Together(redis).run(run); }, arm, step, bytes, 9);
  }

  CountingNode store;
  AsyncRedisCluster redis{Options{.startup_nodes = store.seeds(), .topology_refresh_period = 60s}};
};

const Arm cut_questions = [](ScriptedNode& node, std::size_t count) { node.cut_after_received(count, Cut::fin); };
const Arm reset_questions = [](ScriptedNode& node, std::size_t count) { node.cut_after_received(count, Cut::reset); };
const Arm cut_answers = [](ScriptedNode& node, std::size_t count) { node.cut_after(count, Cut::fin); };
const Arm reset_answers = [](ScriptedNode& node, std::size_t count) { node.cut_after(count, Cut::reset); };

TEST_F(AsyncCut, at_every_byte_of_the_questions_by_fin) { one_by_one(cut_questions, 1, bytes_received); }
TEST_F(AsyncCut, at_every_byte_of_the_questions_by_reset) { one_by_one(reset_questions, 3, bytes_received); }
TEST_F(AsyncCut, at_every_byte_of_the_answers_by_fin) { one_by_one(cut_answers, 1, bytes_sent); }
TEST_F(AsyncCut, at_every_byte_of_the_answers_by_reset) { one_by_one(reset_answers, 1, bytes_sent); }
TEST_F(AsyncCut, at_every_byte_of_questions_that_are_under_way_together) { together(cut_questions, 1, bytes_received); }
TEST_F(AsyncCut, at_every_byte_of_answers_that_are_under_way_together) { together(cut_answers, 1, bytes_sent); }
TEST_F(AsyncCut, by_reset_of_questions_that_are_under_way_together) { together(reset_questions, 3, bytes_received); }
TEST_F(AsyncCut, by_reset_of_answers_that_are_under_way_together) { together(reset_answers, 1, bytes_sent); }

}  // namespace
