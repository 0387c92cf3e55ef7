/// Every typed command that the installed server has, sent by the client to a real cluster: under RESP2 and RESP3,
/// through the throwing and the nothrow surface, a pipeline, a transaction, and asynchronously in three ways, on empty keys and on keys with data. Checked of each: it reaches the
/// node or nodes that its keys and policy say and no other (the servers count), the server finds the same keys, and the
/// reply decodes as the type that typed.toml declares. What is only encoded is counted by reason; see also
/// scripted/every_command_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <future>
#include <rediscluster/async.hpp>
#include <rediscluster/modules.hpp>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/command_sample.hpp"
#include "support/queue_refusals.hpp"
#include "support/task.hpp"
#include "wire/decode.hpp"

namespace rediscluster {
namespace {

using test_support::CommandSample;
using testing::LocalCluster;
using testing::RawConnection;
using testing::RawReply;

#include "unit/commands/command_samples.inc"
#include "unit/commands/module_samples.inc"

constexpr int primaries = 3;
constexpr int nodes = 2 * primaries;

LocalCluster& cluster() {
  static LocalCluster servers({.primaries = primaries,
                               .replicas_per_primary = 1,
                               .extra_config = {"enable-debug-command yes", "enable-module-command yes"}});
  return servers;
}

/// How often a command was called at each node.
using Calls = std::vector<std::int64_t>;

std::string in_lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Asks the servers themselves, past the client.
class Witness {
 public:
  Witness() {
    for (int i = 0; i < nodes; ++i) connections_.emplace_back(cluster().node(i).address());
    version_ = cluster().node(0).server().version();
  }

  const testing::ServerVersion& version() const { return version_; }

  /// @param name  as the servers count it: "config|get"
  Calls calls(const std::string& name) {
    Calls calls;
    for (RawConnection& connection : connections_) calls.push_back(calls_at(connection, name));
    return calls;
  }

  /// The keys that the server finds.
  std::vector<std::string> keys(std::vector<std::string> words) {
    words.insert(words.begin(), {"COMMAND", "GETKEYS"});
    std::vector<std::string> keys;
    const RawReply reply = connections_[0].call(words);
    if (reply.is_error()) return keys;
    for (const RawReply& key : reply.elements) keys.push_back(key.text);
    return keys;
  }

  void fill(int owner, const std::vector<std::vector<std::string>>& commands) {
    RawConnection& connection = connections_[static_cast<std::size_t>(owner)];
    for (const auto& words : commands) {
      connection.send(std::vector<std::string_view>(words.begin(), words.end()));
    }
    for (const auto& words : commands) {
      const RawReply reply = connection.receive();
      EXPECT_FALSE(reply.is_error()) << words[0] << ' ' << words[1] << ": " << reply.text;
    }
  }

 private:
  static std::int64_t calls_at(RawConnection& connection, const std::string& name) {
    // Commands of modules are counted by the name they gave, "VADD".
    const std::string info = in_lower_case(connection.call({"INFO", "commandstats"}).text);
    const std::size_t line = info.find("cmdstat_" + name + ":");
    if (line == std::string::npos) return 0;
    std::int64_t sum = 0;
    for (const std::string field : {"calls=", "rejected_calls="}) {
      sum += std::stoll(info.substr(info.find(field, line) + field.size()));
    }
    return sum;
  }

  std::vector<RawConnection> connections_;
  testing::ServerVersion version_;
};

/// Keys of every type, in one slot. Those of a group are named as its samples name them.
std::vector<std::vector<std::string>> data_of(const std::string& t) {
  return {{"DEL", t + "string", t + "bitmap", t + "hash", t + "list", t + "set", t + "sorted_set", t + "hyperloglog",
           t + "generic", t + "generic:other", t + "server", t + "list:other", t + "set:other", t + "sorted_set:other"},
          {"SET", t + "string", "value"},
          {"SET", t + "bitmap", "value"},
          {"HSET", t + "hash", "f", "1", "n", "2", "a", "x"},
          {"RPUSH", t + "list", "3", "1", "2"},
          {"SADD", t + "set", "a", "b", "c", "v"},
          {"ZADD", t + "sorted_set", "1", "a", "2", "b", "3", "v"},
          {"PFADD", t + "hyperloglog", "a", "b"},
          {"SET", t + "generic", "value"},
          {"SET", t + "server", "value"},
          {"ZADD", t + "sorted_set:other", "1", "a", "2", "z"},
          {"SADD", t + "set:other", "a", "z"},
          {"RPUSH", t + "list:other", "a", "b"}};
}

std::vector<std::string> words_of(const EncodedCommand& command) {
  std::vector<std::string> words;
  auto cursor = command.arguments();
  for (std::string_view word; cursor.next(word);) words.emplace_back(word);
  return words;
}

/// "CONFIG GET" as the servers count it.
std::string counted_name(const EncodedCommand& command) {
  std::string name = in_lower_case(std::string(command.facts().name));
  std::ranges::replace(name, ' ', '|');
  return name;
}

/// A Valkey from 8.0 on gives what SETSLOT says to its replicas first, and then runs it once more.
bool is_passed_on(const EncodedCommand& command) {
  return command.facts().name == "CLUSTER SETSLOT" && cluster().node(0).server().version().is_valkey_at_least({8, 0});
}

/// They are also sent by the client on its own, or counted again when they wake: that they came is seen, not how often.
bool is_counted_loosely(const EncodedCommand& command) {
  static const std::set<std::string_view> names{"CLUSTER SLOTS", "CLUSTER NODES", "PING"};
  return names.contains(command.facts().name) || command.facts().has(flag_blocking) || is_passed_on(command);
}

enum class Surface { throwing, nothrow, pipeline, transaction, async };
enum class AsyncWay { callback, future, coroutine };

class EveryCommand : public ::testing::TestWithParam<int> {
 protected:
  static constexpr int named_node = 1;  // for commands that mean one node: a primary

  EveryCommand()
      : client_({.startup_nodes = cluster().seeds(),
                 .protocol = GetParam(),
                 .topology_refresh_period = std::chrono::hours(1)}),
        async_({.startup_nodes = cluster().seeds(), .protocol = GetParam(), .topology_refresh_period = std::chrono::hours(1)}) {}

  /// @param tag  the hash tag of all keys; different ones for different owners
  void check_all(const std::string& tag, Surface surface, bool with_data) {
    surface_ = surface;
    async_offset_ = GetParam() + (with_data ? 1 : 0);
    client_.flushall();
    const bool is_queued = surface == Surface::pipeline || surface == Surface::transaction;
    owner_ = cluster().primary_of_slot(keyslot("{" + tag + "}"));
    data_.clear();
    if (with_data) data_ = data_of("{" + tag + "}");
    visit_command_samples(tag, [this](const CommandSample& sample, const auto& command) { check(sample, command); });
    // Of the modules, those that are parts of a server here: vector sets.
    visit_module_samples(tag, [this](const CommandSample& sample, const auto& command) {
      if (sample.not_run.empty()) check(sample, command);
    });
    std::printf(
        "%d functions run, %d refused and run on a connection of their own, %d newer than the server, %d left out with "
        "a reason\n",
        run_, refused_, newer_, left_out_);
    for (const auto& [reason, count] : refused_by_queue_) std::printf("%d functions refused by the queue: %s\n", count, reason.c_str());
    EXPECT_GE(run_, surface == Surface::transaction ? 285 : is_queued ? 337 : 365);
    EXPECT_GE(refused_, 29);
    EXPECT_LE(left_out_, 9);
  }

  template <class T>
  void check(const CommandSample& sample, const Command<T>& command) {
    SCOPED_TRACE(std::string(sample.name));
    if (!test_support::has_since(witness_.version(), sample.since)) return void(++newer_);
    if (!sample.not_run.empty()) return void(++left_out_);
    if (command.facts().has(flag_session)) {
      ++refused_;
      EXPECT_EQ(run(command).value_or(Error{}).code, Errc::not_allowed);
      return check_on_own_connection(sample, command);
    }
    if (const std::string reason = refusal_by_queue(command); !reason.empty()) {
      ++refused_by_queue_[reason];
      const Errc code = run(command).value_or(Error{}).code;
      EXPECT_TRUE(code == Errc::not_allowed || code == Errc::unknown_node) << to_string(code);
      return;
    }
    ++run_;
    check_keys(command);
    if (!data_.empty()) witness_.fill(owner_, data_);
    const std::string name = counted_name(command);
    const Calls before = witness_.calls(name);
    const std::optional<Error> error = run(command);
    if (error) {
      EXPECT_NE(error->code, Errc::unexpected_reply) << error->message;
      EXPECT_TRUE(sample.may_meet(error->message)) << error->message;
    }
    Calls calls = witness_.calls(name);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      // Once it has set the counters back, only its own call is counted.
      if (command.facts().name != "CONFIG RESETSTAT") calls[i] -= before[i];
      if (command.facts().name == "INFO") --calls[i];  // the witness's own
    }
    check_nodes(command, calls);
  }

  /// What shared connections refuse: the reply that a connection of one's own gets.
  template <class T>
  void check_on_own_connection(const CommandSample& sample, const Command<T>& command) {
    const int node = command.slot() >= 0 ? cluster().primary_of_slot(command.slot()) : named_node;
    RawConnection connection(cluster().node(node).address());
    connection.call({"HELLO", std::to_string(GetParam())});
    connection.send_bytes(command.bytes());
    const RawReply reply = connection.receive();
    if (reply.is_error()) {
      EXPECT_TRUE(sample.may_meet(reply.text)) << reply.text;
      return;
    }
    const auto value = wire::decode<T>(wire::own(testing::encode_reply(reply, GetParam())), command.facts());
    EXPECT_TRUE(value) << value.error().message;
  }

  /// The error, if there is one.
  template <class T>
  std::optional<Error> run(const Command<T>& command) {
    const bool is_for_a_node = command.facts().request == RequestPolicy::by_node && !command.facts().has(flag_session);
    if (surface_ == Surface::pipeline) return run_queued(client_.nothrow().pipeline(), command);
    if (surface_ == Surface::transaction) return run_queued(client_.nothrow().transaction(), command);
    if (surface_ == Surface::async) {
      const Result<T> result = run_async(command);
      return result ? std::nullopt : std::optional<Error>(result.error());
    }
    if (surface_ == Surface::nothrow || is_for_a_node) {
      NothrowRedisCluster nothrow = client_.nothrow();
      const Result<T> result = is_for_a_node ? run_on_node(command) : nothrow.run(command);
      return result ? std::nullopt : std::optional<Error>(result.error());
    }
    try {
      (void)client_.run(command);
      return std::nullopt;
    } catch (const RedisError& error) {
      return error.error();
    }
  }

  /// In one of three ways: each command in another one with other data and another protocol, so that all have had all three in the end.
  /// Typed by the callback alone, and by hand otherwise: three kinds of code for each type took minutes to compile.
  template <class T>
  Result<T> run_async(const Command<T>& command) const {
    const auto way = static_cast<AsyncWay>((run_ + refused_ + async_offset_) % 3);
    if (way == AsyncWay::callback) {
      auto told = std::make_shared<std::promise<Result<T>>>();
      start_async(command).then([told](Result<T> result) { told->set_value(std::move(result)); });
      return told->get_future().get();
    }
    const Result<Reply> reply = await(way, start_async(command.template as<Reply>()));
    return reply ? detail::decode_reply<T>(*reply) : Result<T>(fail(reply.error()));
  }
  template <class T>
  Operation<T> start_async(const Command<T>& command) const {
    const bool is_for_a_node = command.facts().request == RequestPolicy::by_node && !command.facts().has(flag_session);
    return is_for_a_node ? async_.on(cluster().node(named_node).node_id()).run(command) : async_.run(command);
  }
  static Result<Reply> await(AsyncWay way, Operation<Reply> operation) {
    if (way == AsyncWay::coroutine) {
      std::optional<Result<Reply>> result;
      [](Operation<Reply> awaited, std::optional<Result<Reply>>& end) -> test_support::Fiber {
        end.emplace(co_await std::move(awaited));
      }(std::move(operation), result).wait();
      return std::move(*result);
    }
    try {
      return std::move(operation).to_future().get();
    } catch (const RedisError& error) {
      return fail(error.error());
    }
  }

  template <class Queue, class T>
  static std::optional<Error> run_queued(Queue queue, const Command<T>& command) {
    const auto pending = queue.run(command);
    const Result<Replies> replies = queue.execute({.raise_on_error = false});
    const Result<T> result = pending.result();
    EXPECT_EQ(replies.has_value() ? replies->error(0).has_value() : true, !result.has_value() && result.error().code != Errc::unexpected_reply);
    return result ? std::nullopt : std::optional<Error>(result.error());
  }

  /// Empty: it is not refused.
  std::string refusal_by_queue(const EncodedCommand& command) const {
    if (surface_ == Surface::pipeline) return test_support::refusal_by_pipeline(command);
    return surface_ == Surface::transaction ? test_support::refusal_by_transaction(command) : std::string();
  }

  template <class T>
  Result<T> run_on_node(const Command<T>& command) {
    return client_.nothrow().on(cluster().node(named_node).node_id()).run(command);
  }

  /// Our keys are the server's: each is in the slot that the command is routed by.
  void check_keys(const EncodedCommand& command) {
    if (command.facts().keys.empty()) return;
    const std::vector<std::string> keys = witness_.keys(words_of(command));
    const bool only_route = command.facts().keys.front().not_key;
    EXPECT_EQ(keys.empty(), only_route || command.slot() == EncodedCommand::no_slot);
    for (const std::string& key : keys) EXPECT_EQ(keyslot(key), command.slot()) << key;
  }

  void check_nodes(const EncodedCommand& command, const Calls& calls) {
    const auto expect_only = [&](auto&& is_meant) {
      for (int i = 0; i < nodes; ++i) {
        // Replicas count what their primaries pass on to them too.
        const bool counts_for_others = i >= primaries && (command.facts().has(flag_write) || is_passed_on(command));
        if (counts_for_others) continue;
        const std::int64_t came = calls[static_cast<std::size_t>(i)];
        if (is_meant(i) && is_counted_loosely(command)) {
          EXPECT_GE(came, 1) << "at node " << i;
        } else if (!is_counted_loosely(command) || !is_meant(i)) {
          EXPECT_EQ(came, is_meant(i) ? 1 : 0) << "at node " << i;
        }
      }
    };
    if (command.slot() >= 0) {
      const int owner = cluster().primary_of_slot(command.slot());
      return expect_only([&](int node) { return node == owner; });
    }
    const bool is_merged = command.facts().response != ResponsePolicy::per_node;
    switch (command.facts().request) {
      case RequestPolicy::by_node:
        return expect_only([](int node) { return node == named_node; });
      case RequestPolicy::all_nodes:
        if (is_merged) return expect_only([](int) { return true; });
        break;
      case RequestPolicy::all_shards:
        if (is_merged) return expect_only([](int node) { return node < primaries; });
        break;
      default:
        break;
    }
    std::int64_t sum = 0;
    for (const std::int64_t came : calls) sum += came;
    const bool may_ask_more = is_counted_loosely(command) || command.facts().request == RequestPolicy::special;
    EXPECT_GE(sum, 1);
    if (!may_ask_more) {
      EXPECT_EQ(sum, 1);
    }
  }

  RedisCluster client_;
  AsyncRedisCluster async_;
  Witness witness_;
  Surface surface_ = Surface::throwing;
  int async_offset_ = 0;
  int owner_ = 0;
  std::vector<std::vector<std::string>> data_;
  int run_ = 0;
  int refused_ = 0;
  int newer_ = 0;
  int left_out_ = 0;
  std::map<std::string, int> refused_by_queue_;
};

TEST_P(EveryCommand, works_on_an_empty_cluster_through_the_throwing_surface) {
  check_all("t", Surface::throwing, false);
}
TEST_P(EveryCommand, works_on_an_empty_cluster_through_the_nothrow_surface) { check_all("u", Surface::nothrow, false); }
TEST_P(EveryCommand, works_on_data_through_the_throwing_surface) { check_all("v", Surface::throwing, true); }
TEST_P(EveryCommand, works_on_data_through_the_nothrow_surface) { check_all("w", Surface::nothrow, true); }

TEST_P(EveryCommand, works_on_an_empty_cluster_through_a_pipeline) { check_all("x", Surface::pipeline, false); }
TEST_P(EveryCommand, works_on_data_through_a_pipeline) { check_all("y", Surface::pipeline, true); }
TEST_P(EveryCommand, works_on_an_empty_cluster_through_a_transaction) { check_all("z", Surface::transaction, false); }
TEST_P(EveryCommand, works_on_data_through_a_transaction) { check_all("a", Surface::transaction, true); }
TEST_P(EveryCommand, works_on_an_empty_cluster_asynchronously) { check_all("b", Surface::async, false); }
TEST_P(EveryCommand, works_on_data_asynchronously) { check_all("c", Surface::async, true); }

INSTANTIATE_TEST_SUITE_P(protocol, EveryCommand, ::testing::Values(2, 3), ::testing::PrintToStringParamName());

}  // namespace
}  // namespace rediscluster
