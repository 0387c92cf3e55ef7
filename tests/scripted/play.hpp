/// What the plays of the scripted suite share: names, clocks, and nodes that answer by echo.
/// Tests only; each play makes its own nodes and client, so plays share nothing.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/raw_connection.hpp>
#include <rediscluster/testing/scripted_cluster.hpp>
#include <rediscluster/testing/slot_probe.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/messages.hpp"

namespace play {

using test_support::contains;
using test_support::message_of;

using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::Error;
using rediscluster::Execution;
using rediscluster::NodeAddress;
using rediscluster::RedisCluster;
using rediscluster::RedisError;
using rediscluster::Resend;
using rediscluster::Result;
using rediscluster::testing::CommandWords;
using rediscluster::testing::Cut;
using rediscluster::testing::encode_command;
using rediscluster::testing::Gate;
using rediscluster::testing::key_in_slot;
using rediscluster::testing::RawConnection;
using rediscluster::testing::RawReply;
using rediscluster::testing::ScriptedCluster;
using rediscluster::testing::ScriptedEndpoint;
using rediscluster::testing::ScriptedHello;
using rediscluster::testing::ScriptedLogEntry;
using rediscluster::testing::ScriptedNode;
using rediscluster::testing::ScriptedRange;
using rediscluster::testing::starts_with;
using rediscluster::testing::wait_until;
using std::chrono::milliseconds;

/// A password that nothing a user can see may show.
inline constexpr const char* canary = "c4n4ry-p4ssw0rd";
inline const std::string no_script = "NOSCRIPT No matching script. Please use EVAL.";
using Clock = std::chrono::steady_clock;

/// How long a machine that does other things too may take over something that needs no time at all.
constexpr milliseconds soon{250};
/// By how much a call may overrun its deadline: the promise, met by the best of a few tries.
constexpr milliseconds promised_overrun{20};
/// The same for every single try, however busy the machine is.
constexpr milliseconds worst_overrun{250};

/// Slots of the keys below, as servers compute them. In a cluster of two nodes "bar" lives on node 0, "foo" on node 1.
constexpr int slot_of_foo = 12182;
constexpr int slot_of_bar = 5061;

template <class Function>
milliseconds time_of(Function&& function) {
  const auto begin = Clock::now();
  function();
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

/// Processor time of the calling thread so far.
inline milliseconds thread_cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                                  std::chrono::nanoseconds(now.tv_nsec));
}

inline std::string moved_to(const ScriptedNode& node, int slot = slot_of_foo) {
  return "MOVED " + std::to_string(slot) + " " + node.address_text();
}
inline std::string ask_at(const ScriptedNode& node, int slot = slot_of_foo) {
  return "ASK " + std::to_string(slot) + " " + node.address_text();
}

/// GET of any key answers the key itself.
inline void echo_gets(ScriptedNode& node) {
  node.always(starts_with({"GET"})).answer_with([](const CommandWords& words) { return RawReply::bulk(words.at(1)); });
}
inline void echo_gets(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) echo_gets(cluster[i]);
}

/// MGET of any keys answers the keys themselves.
inline void echo_mgets(ScriptedNode& node) {
  node.always(starts_with({"MGET"})).answer_with([](const CommandWords& words) {
    std::vector<RawReply> values;
    for (std::size_t i = 1; i < words.size(); ++i) values.push_back(RawReply::bulk(words[i]));
    return RawReply::array(std::move(values));
  });
}
inline void echo_mgets(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) echo_mgets(cluster[i]);
}

/// How often the nodes were asked for the topology.
inline int topology_questions(const ScriptedCluster& cluster_, int from = 0) {
  auto& cluster = const_cast<ScriptedCluster&>(cluster_);
  int count = 0;
  for (int i = from; i < cluster.size(); ++i) count += cluster[i].received(CommandWords{"CLUSTER", "SLOTS"});
  return count;
}

/// CLUSTER SLOTS as a node would answer it, for rules that hold it back or spoil it.
inline RawReply slots_answer(const std::vector<ScriptedRange>& ranges) {
  std::vector<RawReply> entries;
  const auto endpoint = [](const ScriptedEndpoint& node) {
    return RawReply::array(
        {RawReply::bulk(node.address.host), RawReply::number(node.address.port), RawReply::bulk(node.id)});
  };
  for (const ScriptedRange& range : ranges) {
    std::vector<RawReply> entry{RawReply::number(range.first), RawReply::number(range.last), endpoint(range.primary)};
    for (const ScriptedEndpoint& replica : range.replicas) entry.push_back(endpoint(replica));
    entries.push_back(RawReply::array(std::move(entry)));
  }
  return RawReply::array(std::move(entries));
}

/// The error of a call that must fail.
template <class T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result.has_value()) << "an error was expected";
  return result ? Error{} : result.error();
}

/// Threads that run the same function with their number, joined at the end of the scope or by join().
class Crowd {
 public:
  Crowd(int size, const std::function<void(int)>& run) {
    for (int i = 0; i < size; ++i) threads_.emplace_back(run, i);
  }
  ~Crowd() { join(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace play
