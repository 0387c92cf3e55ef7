/// Every typed command, modules and servers of the future included, against scripted nodes: the node that keys or
/// policy say gets exactly the words of the command, once; what connections that are shared must not carry is never
/// sent. Whether the words are the right ones is the business of tools/commands/check_words and of
/// cluster/every_command_test.cpp.
#include <rediscluster/modules.hpp>
#include <rediscluster/per_node.hpp>

#include "scripted/play.hpp"
#include "support/command_sample.hpp"
#include "support/queue_refusals.hpp"

namespace rediscluster {
namespace {

using namespace play;
using test_support::CommandSample;

#include "unit/commands/command_samples.inc"
#include "unit/commands/module_samples.inc"

constexpr int primaries = 2;
constexpr int nodes = 2 * primaries;
constexpr int named_node = 1;

class EveryCommandScripted : public ::testing::Test {
 protected:
  EveryCommandScripted() : cluster_(primaries, 1) {
    for (int i = 0; i < nodes; ++i) {
      cluster_[i]
          .always([](const CommandWords& words) { return !is_the_clients_own(words); })
          .answer_with([](const CommandWords&) { return RawReply::array({}); });
    }
  }

  /// The handshake and the question for the topology; the node answers them by itself.
  static bool is_the_clients_own(const CommandWords& words) {
    const bool is_from_us = words.back() != "mine";  // as the sample of CLIENT SETINFO says
    return words.front() == "HELLO" || starts_with({"CLUSTER", "SLOTS"})(words) ||
           (is_from_us && starts_with({"CLIENT", "SETINFO"})(words));
  }

  void check(const CommandSample& sample, const EncodedCommand& command) {
    SCOPED_TRACE(std::string(sample.name));
    std::vector<std::size_t> before;
    for (int i = 0; i < nodes; ++i) before.push_back(cluster_[i].log().size());
    const auto result = run(command);
    std::vector<int> receivers;
    for (int i = 0; i < nodes; ++i) {
      const auto log = cluster_[i].log();
      for (std::size_t at = before[static_cast<std::size_t>(i)]; at < log.size(); ++at) {
        if (log[at].was_polite && log[at].words != words_of(command)) continue;
        EXPECT_EQ(log[at].words, words_of(command));
        receivers.push_back(i);
      }
    }
    if (command.facts().has(flag_session)) {
      EXPECT_EQ(error_of(result).code, Errc::not_allowed);
      EXPECT_TRUE(receivers.empty());
      return;
    }
    if (in_pipeline_ && !test_support::refusal_by_pipeline(command).empty()) {
      ++refused_;
      const Errc code = error_of(result).code;
      EXPECT_TRUE(code == Errc::not_allowed || code == Errc::unknown_node) << to_string(code);
      EXPECT_TRUE(receivers.empty());
      return;
    }
    ++sent_;
    expect_receivers(command, receivers);
  }

  Result<Reply> run(const EncodedCommand& command) {
    const Command<Reply> any{EncodedCommand(command)};
    if (in_pipeline_) {
      auto pipe = client_.nothrow().pipeline();
      const auto pending = pipe.run(any);
      (void)pipe.execute({.raise_on_error = false});
      return pending.result();
    }
    const bool is_for_a_node = command.facts().request == RequestPolicy::by_node && !command.facts().has(flag_session);
    if (is_for_a_node) return client_.nothrow().on(cluster_[named_node].address()).run(any);
    return client_.nothrow().run(any);
  }

  static CommandWords words_of(const EncodedCommand& command) {
    CommandWords words;
    auto cursor = command.arguments();
    for (std::string_view word; cursor.next(word);) words.emplace_back(word);
    return words;
  }

  void expect_receivers(const EncodedCommand& command, const std::vector<int>& receivers) {
    const CommandFacts& facts = command.facts();
    const bool is_merged = facts.response != ResponsePolicy::per_node;
    if (command.slot() >= 0) {
      ASSERT_EQ(receivers.size(), 1U);
      EXPECT_EQ(&cluster_[receivers[0]], &cluster_.owner_of(command.slot()));
    } else if (facts.request == RequestPolicy::by_node) {
      EXPECT_EQ(receivers, std::vector<int>{named_node});
    } else if (facts.request == RequestPolicy::all_nodes && is_merged) {
      EXPECT_EQ(receivers, (std::vector<int>{0, 1, 2, 3}));
    } else if (facts.request == RequestPolicy::all_shards && is_merged) {
      EXPECT_EQ(receivers, (std::vector<int>{0, 1}));
    } else if (facts.request == RequestPolicy::special) {
      EXPECT_FALSE(receivers.empty());
    } else {
      EXPECT_EQ(receivers.size(), 1U);
    }
  }

  ScriptedCluster cluster_;
  RedisCluster client_{{.startup_nodes = cluster_.seeds()}};
  bool in_pipeline_ = false;
  int sent_ = 0;
  int refused_ = 0;  // by the pipeline
};

TEST_F(EveryCommandScripted, arrives_word_by_word_at_the_node_that_it_is_for) {
  for (const char* tag : {"bar", "foo"}) {  // one of each node
    visit_command_samples(
        tag, [this](const CommandSample& sample, const EncodedCommand& command) { check(sample, command); });
  }
  EXPECT_GE(sent_, 2 * 430);
}

TEST_F(EveryCommandScripted, arrives_through_a_pipeline_likewise) {
  in_pipeline_ = true;
  const auto check_one = [this](const CommandSample& sample, const EncodedCommand& command) { check(sample, command); };
  visit_command_samples("bar", check_one);
  visit_module_samples("foo", check_one);
  EXPECT_GE(sent_, 550);
  EXPECT_LE(refused_, 65) << "what a pipeline refuses has a reason each, and is little";
}

TEST_F(EveryCommandScripted, of_modules_arrives_word_by_word_at_the_node_that_it_is_for) {
  for (const char* tag : {"bar", "foo"}) {
    visit_module_samples(
        tag, [this](const CommandSample& sample, const EncodedCommand& command) { check(sample, command); });
  }
  EXPECT_GE(sent_, 2 * 160);
}

TEST(PubsubPerNode, gives_one_result_a_node_instead_of_a_sum) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < 2; ++i) {
    cluster[i].always("PUBSUB", "NUMPAT").answer_integer(i + 1);
    cluster[i].always("PUBSUB", "NUMSUB", "a").answer(RawReply::array({RawReply::bulk("a"), RawReply::number(i + 10)}));
    cluster[i]
        .always("PUBSUB", "CHANNELS", "*")
        .answer(RawReply::array({RawReply::bulk("both"), RawReply::bulk(std::to_string(i))}));
  }
  RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.pubsub_numpat(), 3);
  EXPECT_EQ(client.pubsub_numsub({"a"}), (std::vector<std::pair<std::string, std::int64_t>>{{"a", 21}}));
  EXPECT_EQ(client.pubsub_channels("*").size(), 3U);
  std::int64_t patterns = 0, subscribers = 0;
  for (const auto& node : client.pubsub_numpat(per_node)) patterns += 100 + node.value();
  for (const auto& node : client.pubsub_numsub({"a"}, per_node)) subscribers += 100 + node.value().at(0).second;
  EXPECT_EQ(patterns, 203);
  EXPECT_EQ(subscribers, 221);
  const auto channels = client.nothrow().pubsub_channels("*", per_node);
  ASSERT_TRUE(channels && channels->size() == 2);
  for (const auto& node : *channels) EXPECT_EQ(node.value().size(), 2U);
}

}  // namespace
}  // namespace rediscluster
