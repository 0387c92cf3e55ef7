/// A thread that ends its own waits (base::LookAround), as bindings do when a signal comes: whatever it waits for, nothing is begun again,
/// and others of the same connection notice nothing.
#include "play.hpp"

#include "base/look_around.hpp"

namespace {

using namespace play;
using rediscluster::NothrowPipeline;
using rediscluster::Options;
namespace cmd = rediscluster::cmd;

/// Ends everything from 200 ms on.
class Impatient final : public rediscluster::base::LookAround {
 public:
  int looks() const { return looks_; }

 private:
  bool wants_end() noexcept override {
    ++looks_;
    return Clock::now() >= begin_ + 200ms;
  }
  const Clock::time_point begin_ = Clock::now();
  int looks_ = 0;
};

template <class Call>
void expect_end_in_time(Call&& call) {
  Impatient impatient;
  const rediscluster::base::LookAround::Here here(&impatient);
  const milliseconds took = time_of(call);
  EXPECT_GE(took, 190ms);
  EXPECT_LT(took, 250ms + 5 * worst_overrun);
  EXPECT_GE(impatient.looks(), 3);
  EXPECT_LE(impatient.looks(), 30);
}

void be_silent(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) {
    for (const char* name : {"GET", "INCR", "MGET", "MULTI", "EXEC"}) cluster[i].always(starts_with({name})).silence();
  }
}

class LookAroundPlay : public ::testing::Test {
 protected:
  LookAroundPlay() { be_silent(cluster); }
  ScriptedCluster cluster{3};
  RedisCluster client{Options{.startup_nodes = cluster.seeds(), .command_timeout = 20s}};
};

TEST_F(LookAroundPlay, ends_a_command_and_says_whether_it_may_have_run) {
  Error error;
  expect_end_in_time([&] { error = error_of(client.nothrow().incr("n")); });
  EXPECT_EQ(error.execution, Execution::maybe_executed) << to_string(error);
  expect_end_in_time([&] { error = error_of(client.nothrow().get("foo")); });
  EXPECT_EQ(error.code, Errc::cancelled) << to_string(error);
  EXPECT_EQ(cluster.received("GET"), 1) << "it is not asked again";
}

TEST_F(LookAroundPlay, ends_commands_for_several_nodes_and_pipelines) {
  Error error;
  expect_end_in_time([&] { error = error_of(client.nothrow().mget({"foo", "bar", "baz", "n"})); });
  EXPECT_NE(error.message, "");
  NothrowPipeline pipe = client.nothrow().pipeline();
  auto read = pipe.get("foo");
  auto write = pipe.incr("n");
  expect_end_in_time([&] { EXPECT_TRUE(pipe.execute({.raise_on_error = false})); });
  EXPECT_FALSE(read.result());
  EXPECT_EQ(error_of(write.result()).execution, Execution::maybe_executed);
}

TEST_F(LookAroundPlay, ends_transactions) {
  auto transaction = client.nothrow().transaction();
  transaction.incr("n");
  Error error;
  expect_end_in_time([&] { error = error_of(transaction.execute()); });
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST_F(LookAroundPlay, ends_pauses) {
  cluster.owner_of("paused").always("SET", "paused", "v").answer_error("CLUSTERDOWN The cluster is down");
  Error error;
  expect_end_in_time([&] { error = error_of(client.nothrow().set("paused", "v")); });
  EXPECT_EQ(error.execution, Execution::not_executed);
}

TEST_F(LookAroundPlay, disturbs_nobody_who_shares_the_connection) {
  ScriptedNode& node = cluster.owner_of("slow");
  node.always("APPEND", "slow", "v").after_delay(600ms).answer(RawReply::number(1));
  std::thread other([&] { EXPECT_EQ(client.append("slow", "v"), 1); });
  EXPECT_TRUE(wait_until([&] { return node.received("APPEND") == 1; }, 5s));
  Error error;
  expect_end_in_time([&] { error = error_of(client.nothrow().run(cmd::append("slow", "v"))); });
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  other.join();
}

/// Uses the client that waits, once.
class Using final : public rediscluster::base::LookAround {
 public:
  explicit Using(RedisCluster& client) : client_(client) {}
  std::optional<Result<std::int64_t>> told{};

 private:
  bool wants_end() noexcept override {
    if (!told) told = client_.nothrow().append("slow", "mine");
    return false;
  }
  RedisCluster& client_;
};

TEST_F(LookAroundPlay, may_use_the_connection_that_is_waited_for) {
  ScriptedNode& node = cluster.owner_of("slow");
  node.always("STRLEN", "slow").after_delay(600ms).answer(RawReply::number(1));
  node.always("APPEND", "slow", "mine").answer(RawReply::number(5));
  node.always("APPEND", "slow", "others").answer(RawReply::number(7));
  Using looking(client);
  std::thread other([&] {
    EXPECT_TRUE(wait_until([&] { return node.received("STRLEN") == 1; }, 5s));
    EXPECT_EQ(client.append("slow", "others"), 7);
  });
  {
    const rediscluster::base::LookAround::Here here(&looking);
    EXPECT_LT(time_of([&] { EXPECT_EQ(client.strlen("slow"), 1); }), soon + 1s);
  }
  other.join();
  ASSERT_TRUE(looking.told);
  EXPECT_EQ(looking.told->value_or(0), 5);
}

TEST(LookAroundConnecting, ends_the_first_connection) {
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"HELLO"})).silence();
  RedisCluster client(Options{.startup_nodes = cluster.seeds(), .init_slot_cache = false, .socket_connect_timeout = 20s, .command_timeout = 20s});
  Error error;
  expect_end_in_time([&] { error = error_of(client.nothrow().get("foo")); });
  EXPECT_EQ(error.execution, Execution::not_executed);
}

}  // namespace
