// The connection is lost at every step of every operation over several slots in turn: before the server has the
// command, after it has run it, and so that the client is cut off from then on. The servers are asked what is left:
// no element, key or value may vanish, and the error must not claim more than is true.
#include "support/cross_slot_stage.hpp"

namespace {

using namespace test_support;
using namespace std::chrono_literals;
using rediscluster::Execution;
using rediscluster::RedisCluster;
using rediscluster::Resend;

struct Emulated {
  std::string name;
  std::vector<Strings> scene;
  Strings command;
};

void PrintTo(const Emulated& operation, std::ostream* out) { *out << operation.name; }

Strings many_members(const std::string& key, int count) {
  Strings words{"SADD", key};
  for (int i = 0; i < count; ++i) words.push_back("member" + std::to_string(i));
  return words;
}

const Strings some_list{"RPUSH", "@a", "1", "", "3"};
const Strings other_list{"RPUSH", "@b", "x"};
const std::vector<Strings> sets{{"SADD", "@a", "1", "2", ""}, {"SADD", "@b", "2", "3"}, {"SADD", "@c", "old"}};
const std::vector<Strings> hyperloglogs{{"PFADD", "@a", "1", "2"}, {"PFADD", "@b", "2", "3"}, {"PFADD", "@c", "4"}};

const Emulated operations[] = {
    {"rename", {{"SET", "@a", "value"}, {"PEXPIREAT", "@a", "4102444800123"}, {"SET", "@b", "old"}}, {"RENAME", "@a", "@b"}},
    {"rename_to_a_new_name", {{"HSET", "@c", "f", "v"}, some_list}, {"RENAME", "@a", "@b"}},
    {"rename_without_source", {{"SET", "@b", "old"}}, {"RENAME", "@a", "@b"}},
    {"renamenx", {some_list, {"PEXPIREAT", "@a", "4102444800123"}}, {"RENAMENX", "@a", "@b"}},
    {"renamenx_refused", {some_list, other_list}, {"RENAMENX", "@a", "@b"}},
    {"copy", {some_list, other_list}, {"COPY", "@a", "@b", "REPLACE"}},
    {"smove", {{"SADD", "@a", "m", "n"}, {"SADD", "@b", "o"}}, {"SMOVE", "@a", "@b", "m"}},
    {"smove_of_the_last_member", {{"SADD", "@a", ""}}, {"SMOVE", "@a", "@b", ""}},
    {"rpoplpush", {some_list, other_list}, {"RPOPLPUSH", "@a", "@b"}},
    {"lmove", {some_list}, {"LMOVE", "@a", "@b", "LEFT", "RIGHT"}},
    {"brpoplpush", {some_list, other_list}, {"BRPOPLPUSH", "@a", "@b", "1"}},
    {"blmove", {{"RPUSH", "@a", ""}}, {"BLMOVE", "@a", "@b", "LEFT", "RIGHT", "1"}},
    {"blmove_to_a_wrong_type", {some_list, {"SET", "@b", "text"}}, {"BLMOVE", "@a", "@b", "LEFT", "RIGHT", "1"}},
    {"sdiff", sets, {"SDIFF", "@a", "@b", "@c"}},
    {"sinter", sets, {"SINTER", "@a", "@b"}},
    {"sunion", sets, {"SUNION", "@a", "@b", "@c"}},
    {"sdiffstore", sets, {"SDIFFSTORE", "@c", "@a", "@b"}},
    {"sinterstore_empty", sets, {"SINTERSTORE", "@b", "@a", "@c"}},
    {"sunionstore_in_pieces", {many_members("@a", 1500), {"SADD", "@b", "other"}, {"SET", "@c", "text"}}, {"SUNIONSTORE", "@c", "@a", "@b"}},
    {"sunionstore_over_a_source", sets, {"SUNIONSTORE", "@a", "@a", "@b"}},
    {"pfcount", hyperloglogs, {"PFCOUNT", "@a", "@b"}},
    {"pfmerge", hyperloglogs, {"PFMERGE", "@c", "@a", "@b"}},
    {"msetnx", {}, {"MSETNX", "@a", "1", "@b", "", "@c", "3"}},
    {"msetnx_refused", {{"SET", "@b", ""}}, {"MSETNX", "@a", "1", "@b", "", "@c", "3"}},
};

class LostConnection : public ::testing::TestWithParam<Emulated> {
 protected:
  LostConnection() : cluster_(CrossSlotStage::real()) {}

  RedisCluster make_client(Resend resend, std::chrono::milliseconds timeout) {
    return RedisCluster({.startup_nodes = cluster_.seeds(), .command_timeout = timeout, .resend = resend});
  }

  // Before and after a run in which nothing is lost.
  void learn(RedisCluster& client) {
    CrossSlotStage::set_scene(GetParam().scene);
    before_ = CrossSlotStage::look();
    const auto reply = run(client, GetParam().command);
    succeeds_ = reply.has_value();
    reply_ = reply ? reply->to_string() : "";
    after_ = CrossSlotStage::look();
  }

  // The whole operation once for each of its steps.
  void lose_at_every_step(Resend resend, Loss loss) {
    RedisCluster client = make_client(resend, loss == Loss::everything ? 150ms : 3s);
    learn(client);
    int number = 0;
    do {
      SCOPED_TRACE("step " + std::to_string(++number));
      ASSERT_LT(number, 40) << "there is no end to it";
      CrossSlotStage::set_scene(GetParam().scene);
      cluster_.lose(number, loss);
      const auto reply = run(client, GetParam().command);
      const bool has_happened = cluster_.has_happened();
      cluster_.lose_nothing();
      judge(reply, resend);
      if (!has_happened) break;
    } while (!HasFailure());
    EXPECT_GE(number, 3) << "several steps were expected";
  }

  void judge(const rediscluster::Result<rediscluster::Reply>& reply, Resend resend) {
    const State now = CrossSlotStage::look();
    expect_nothing_lost(before_, after_, now);
    // Sent twice by the user's own wish, an element may well stand there twice.
    const bool exactly = resend != Resend::everything;
    if (reply) {
      EXPECT_TRUE(succeeds_);
      EXPECT_EQ(reply->to_string(), reply_);
      if (exactly) {
        EXPECT_EQ(now, after_) << now.text();
      }
      EXPECT_TRUE(now.held.empty()) << now.text();
      return;
    }
    const rediscluster::Error& error = reply.error();
    SCOPED_TRACE(to_string(error));
    EXPECT_TRUE(error.message.starts_with(GetParam().command[0])) << error.message;
    if (error.execution == Execution::not_executed) {
      EXPECT_EQ(now, before_) << now.text();
      return;
    }
    EXPECT_EQ(error.execution, Execution::maybe_executed);
    for (const auto& [name, elements] : now.held) {
      EXPECT_NE(error.message.find(name), std::string::npos) << "the error does not name " << name;
    }
    if (!exactly) return;
    for (const char* name : {"a", "b", "c"}) {
      const Strings found = of(now, name);
      EXPECT_TRUE(found == of(before_, name) || found == of(after_, name) || !now.held.empty()) << name << " is neither old nor new:" << now.text();
    }
  }

  static Strings of(const State& state, const std::string& name) {
    const auto found = state.keys.find(name);
    return found == state.keys.end() ? Strings{} : found->second;
  }

  LossyCluster cluster_;
  State before_;
  State after_;
  bool succeeds_ = false;
  std::string reply_;
};

INSTANTIATE_TEST_SUITE_P(Operations, LostConnection, ::testing::ValuesIn(operations),
                         [](const auto& each) { return each.param.name; });

TEST_P(LostConnection, before_the_server_has_the_command) { lose_at_every_step(Resend::reads, Loss::request); }
TEST_P(LostConnection, after_the_server_has_run_the_command) { lose_at_every_step(Resend::reads, Loss::reply); }
TEST_P(LostConnection, for_good) { lose_at_every_step(Resend::reads, Loss::everything); }

TEST_P(LostConnection, and_idempotent_steps_are_repeated) {
  lose_at_every_step(Resend::idempotent_writes, Loss::request);
  lose_at_every_step(Resend::idempotent_writes, Loss::reply);
}

TEST_P(LostConnection, and_every_step_is_repeated) {
  lose_at_every_step(Resend::everything, Loss::request);
  lose_at_every_step(Resend::everything, Loss::reply);
}

// The source grows while it is copied, so it is taken aside and copied again; each of those steps is lost as well.
TEST(LostConnectionOfAChangedSource, loses_nothing_at_any_step) {
  LossyCluster cluster(CrossSlotStage::real());
  for (const char* command : {"RENAME", "RENAMENX"}) {
    for (const Loss loss : {Loss::request, Loss::reply, Loss::everything}) {
      RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = loss == Loss::everything ? 150ms : 3s});
      bool has_happened = true;
      for (int number = 1; has_happened; ++number) {
        SCOPED_TRACE(std::string(command) + " loses step " + std::to_string(number) + " in the way " + std::to_string(static_cast<int>(loss)));
        ASSERT_LT(number, 20) << "there is no end to it";
        CrossSlotStage::set_scene({{"RPUSH", "@a", "1", "2"}, {"PEXPIREAT", "@a", "4102444800123"}});
        bool has_grown = false;
        cluster.meanwhile(3, [&] { has_grown = CrossSlotStage::at_server({"RPUSHX", "@a", "new"}).integer > 0; });
        cluster.lose(number, loss);
        const auto reply = run(client, {command, "@a", "@b"});
        has_happened = cluster.has_happened();
        cluster.lose_nothing();
        SCOPED_TRACE(reply ? "success" : to_string(reply.error()));
        const State now = CrossSlotStage::look();
        const auto found = now.elements();
        for (const char* element : {"1", "2"}) EXPECT_TRUE(found.contains(element)) << element << now.text();
        if (has_grown) {
          EXPECT_TRUE(found.contains("new")) << now.text();
        }
        if (reply) {
          EXPECT_FALSE(now.keys.contains("a")) << now.text();
          EXPECT_TRUE(now.held.empty()) << now.text();
          continue;
        }
        for (const auto& [name, elements] : now.held) EXPECT_NE(reply.error().message.find(name), std::string::npos) << name;
        if (reply.error().execution == Execution::not_executed) {
          EXPECT_FALSE(now.keys.contains("b")) << now.text();
        }
      }
    }
  }
}

}  // namespace
