/// What the plays of connections that are cut at every byte share: a node that counts, a run of commands with what became of each, and
/// whether that is the truth.
#pragma once

#include "play.hpp"

namespace play {

/// Answers as a small store would, and remembers how often each counter was told to count.
class CountingNode {
 public:
  CountingNode() : cluster_(1) {
    ScriptedNode& node = cluster_[0];
    node.always(starts_with({"GET"})).answer_bulk("value");
    node.always(starts_with({"SET"})).answer_status("OK");
    node.always(starts_with({"INCR"})).answer_integer(1);
    node.always(starts_with({"RPUSH"})).answer_integer(1);
    node.always(starts_with({"DEL"})).answer_integer(1);
  }
  ScriptedNode& node() { return cluster_[0]; }
  std::vector<NodeAddress> seeds() const { return cluster_.seeds(); }
  int received(const char* name, const std::string& key) const {
    return const_cast<ScriptedCluster&>(cluster_)[0].received(CommandWords{name, key});
  }

 private:
  ScriptedCluster cluster_;
};

constexpr int most_ends = 4;  // of connections, under one command (docs/reliability.md)

/// What became of one command.
struct Outcome {
  const char* name;
  std::string key;
  bool succeeded;
  Error error;
};

template <class T>
Outcome outcome_of(const char* name, const std::string& key, const Result<T>& result) {
  return {name, key, result.has_value(), result ? Error{} : result.error()};
}

/// A run of commands, each with a key of its own run, so that the node's log tells what arrived of it.
/// @param commands  get, incr, set and rpush, each giving a Result.
template <class Commands>
std::vector<Outcome> run_each(Commands&& commands, const std::string& run) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 3; ++i) {
    const std::string key = run + ":" + std::to_string(i);
    outcomes.push_back(outcome_of("GET", key, commands.get(key)));
    outcomes.push_back(outcome_of("INCR", key, commands.incr(key)));
    outcomes.push_back(outcome_of("SET", key, commands.set(key, "v")));
    outcomes.push_back(outcome_of("RPUSH", key, commands.rpush(key, "v")));
  }
  return outcomes;
}

inline void expect_truth(const std::vector<Outcome>& outcomes, const CountingNode& store, int& in_doubt) {
  for (const Outcome& each : outcomes) {
    const int received = store.received(each.name, each.key);
    const std::string what = std::string(each.name) + ": " + (each.succeeded ? "succeeded" : to_string(each.error));
    if (std::string_view(each.name) == "GET") {
      EXPECT_TRUE(each.succeeded || each.error.attempts >= most_ends) << what << ": a read is sent again until it succeeds";
      continue;
    }
    EXPECT_LE(received, 1) << what << ": was sent twice";
    if (each.succeeded) {
      EXPECT_EQ(received, 1) << what << ": succeeded without having been sent";
    } else {
      EXPECT_EQ(each.error.code, Errc::connection_lost) << what;
      EXPECT_EQ(each.error.execution, Execution::maybe_executed)
          << what << ": what never left is sent again, not surfaced";
      ++in_doubt;
    }
  }
}

using Arm = std::function<void(ScriptedNode&, std::size_t)>;
using BytesSoFar = std::function<std::size_t(const ScriptedNode&)>;
using RunCommands = std::function<std::vector<Outcome>(const std::string& run)>;

/// @param arm            cuts the connection after so many more bytes.
/// @param most_in_doubt  writes that one cut can hit.
inline void sweep(CountingNode& store, const RunCommands& run_commands, const Arm& arm, std::size_t step, const BytesSoFar& bytes_so_far,
                  int most_in_doubt = 1) {
  const std::size_t before = bytes_so_far(store.node());
  run_commands("run-9999");
  const std::size_t length = bytes_so_far(store.node()) - before;
  ASSERT_GT(length, 50u);
  int in_doubt = 0;
  for (std::size_t offset = 0; offset < length; offset += step) {
    SCOPED_TRACE(offset);
    arm(store.node(), offset);
    expect_truth(run_commands("run-" + std::to_string(1000 + offset)), store, in_doubt);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(in_doubt, 0) << "no cut hit a write: the play plays nothing";
  // Only writes whose bytes had all left can end in doubt.
  EXPECT_LE(in_doubt, most_in_doubt * (static_cast<int>(length / step) + 1));
}

const auto bytes_received = [](const ScriptedNode& node) { return node.bytes_received(); };
const auto bytes_sent = [](const ScriptedNode& node) { return node.bytes_sent(); };

}  // namespace play
