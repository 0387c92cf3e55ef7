/// Every typed command against a real server, under RESP2 and RESP3: the reply must decode as the type that typed.toml
/// declares, first on an empty database and then on one with data. Commands newer than the server, and those that
/// typed.toml gives a reason for (not_run), are only encoded.
#include <gtest/gtest.h>

#include <algorithm>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/testing/local_server.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <string>
#include <vector>

#include "support/command_sample.hpp"
#include "wire/decode.hpp"

namespace rediscluster {
namespace {

using testing::LocalServer;
using testing::LocalServerOptions;
using testing::RawConnection;
using testing::RawReply;
using test_support::CommandSample;

#include "unit/commands/command_samples.inc"

class ReplyTypes : public ::testing::TestWithParam<int> {
 protected:
  ReplyTypes() : server_(LocalServerOptions{.cluster_enabled = true}), connection_(server_.connect()) {
    connection_.call({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
    const auto is_up = [this] {
      return connection_.call({"CLUSTER", "INFO"}).text.find("cluster_state:ok") != std::string::npos;
    };
    EXPECT_TRUE(testing::wait_until(is_up, std::chrono::seconds(10)));
    connection_.call({"HELLO", std::to_string(GetParam())});
    const std::string info = connection_.call({"INFO", "server"}).text;
    const std::string field = "redis_version:";
    const std::size_t at = info.find(field) + field.size();
    version_ = info.substr(at, info.find('\r', at) - at);
  }

  void fill() {
    for (const char* words : {"SET {t}string value", "SET {t}bitmap value", "HSET {t}hash f 1 n 2 a x",
                              "RPUSH {t}list 3 1 2", "SADD {t}set a b c v", "ZADD {t}sorted_set 1 a 2 b 3 v",
                              "PFADD {t}hyperloglog a b", "SET {t}generic value", "SET {t}server value",
                              "ZADD {t}sorted_set:other 1 a 2 z", "SADD {t}set:other a z", "RPUSH {t}list:other a b"}) {
      std::vector<std::string> list{""};
      for (const char* c = words; *c != '\0'; ++c) *c == ' ' ? list.emplace_back() : (list.back() += *c, list.back());
      ASSERT_FALSE(connection_.call(list).is_error()) << words;
    }
  }

  template <class T>
  void check(const CommandSample& sample, const Command<T>& command) {
    if (!sample.not_run.empty() || !test_support::is_at_least(version_, sample.since)) return;
    connection_.send_bytes(command.bytes());
    const RawReply reply = connection_.receive();
    if (reply.is_error()) {
      EXPECT_TRUE(sample.may_meet(reply.text)) << sample.name << ": " << reply.text;
      return;
    }
    const auto value = wire::decode<T>(wire::own(testing::encode_reply(reply, GetParam())), command.facts());
    EXPECT_TRUE(value) << sample.name << ": " << value.error().message << " in " << testing::to_string(reply).substr(0, 200);
    ++decoded_;
  }

  void check_all() {
    visit_command_samples("t", [this](const CommandSample& sample, const auto& command) { check(sample, command); });
  }

  LocalServer server_;
  RawConnection connection_;
  std::string version_;
  int decoded_ = 0;
};

TEST_P(ReplyTypes, decode_the_replies_of_an_empty_server) {
  check_all();
  EXPECT_GE(decoded_, 200);
}

TEST_P(ReplyTypes, decode_the_replies_of_a_server_with_data) {
  fill();
  check_all();
  EXPECT_GE(decoded_, 200);
}

INSTANTIATE_TEST_SUITE_P(protocol, ReplyTypes, ::testing::Values(2, 3), ::testing::PrintToStringParamName());

}  // namespace
}  // namespace rediscluster
