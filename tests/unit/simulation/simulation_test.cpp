/// Whole runs: they are what their seed says, servers that do not do what they say are found out, and what once went wrong does not again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "simulation/kept_schedule.hpp"
#include "simulation/shrink.hpp"

namespace rediscluster::simulation {
namespace {

std::string all_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& each : lines) text += each + '\n';
  return text;
}

RunPlan small_plan(std::uint64_t seed) {
  RunPlan plan;
  plan.seed = seed;
  plan.workload.calls = 60;
  plan.workload.longest_pause = 60;
  plan.faults = 20;
  plan.milliseconds = 3000;
  return plan;
}

TEST(Simulation, goes_well_for_some_seeds) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Outcome outcome = run(small_plan(seed));
    EXPECT_TRUE(outcome.violations.empty()) << "seed " << seed << '\n' << all_of(outcome.violations);
    EXPECT_GT(outcome.calls, 400u);
  }
}

TEST(Simulation, is_the_same_for_the_same_seed_and_another_one_for_another) {
  const Outcome once = run(small_plan(3));
  const Outcome again = run(small_plan(3));
  EXPECT_EQ(once.trace_hash, again.trace_hash);
  EXPECT_EQ(once.schedule, again.schedule);
  EXPECT_NE(once.trace_hash, run(small_plan(4)).trace_hash);
}

// Of this seed and some that follow.
Outcome first_violation(RunPlan plan, int seeds) {
  Outcome outcome;
  for (int i = 0; i < seeds && outcome.violations.empty(); ++i, ++plan.seed) outcome = run(plan);
  return outcome;
}

class SabotagedSimulation : public testing::TestWithParam<std::pair<Sabotage, const char*>> {};

TEST_P(SabotagedSimulation, is_found_out) {
  const auto [sabotage, invariants] = GetParam();
  RunPlan plan = small_plan(1);
  plan.cluster.sabotage = sabotage;
  plan.workload.calls = 200;
  plan.faults = 0;
  const Outcome outcome = first_violation(plan, 5);
  ASSERT_FALSE(outcome.violations.empty());
  EXPECT_NE(std::string(invariants).find(first_invariant(outcome)), std::string::npos) << all_of(outcome.violations);
}

INSTANTIATE_TEST_SUITE_P(All, SabotagedSimulation,
                         testing::Values(std::pair{Sabotage::runs_twice, "I3 I5"}, std::pair{Sabotage::runs_nothing, "I3 I12 I15"}, std::pair{Sabotage::swaps_replies, "I3 I12 I16"},
                                         std::pair{Sabotage::loses_messages, "I21"}, std::pair{Sabotage::repeats_messages, "I21"}, std::pair{Sabotage::swaps_messages, "I28"},
                                         std::pair{Sabotage::hides_keys, "I22"}, std::pair{Sabotage::gives_locks_twice, "I27"}));

// What most clients do in silence.
TEST(Simulation, finds_out_a_client_that_sends_writes_again) {
  RunPlan plan = small_plan(1);
  plan.workload.calls = 120;
  plan.faults = 50;
  plan.resends_everything = true;
  const Outcome outcome = first_violation(plan, 30);
  ASSERT_FALSE(outcome.violations.empty());
  EXPECT_NE(std::string("I3 I5 I15").find(first_invariant(outcome)), std::string::npos) << all_of(outcome.violations);
}

TEST(Simulation, is_shrunk_to_little_that_still_goes_wrong) {
  RunPlan plan = small_plan(2);
  plan.cluster.sabotage = Sabotage::runs_twice;
  const Outcome outcome = run(plan);
  const RunPlan least = shrink(plan, outcome, 60);
  EXPECT_LT(least.schedule->size(), 5u);
  EXPECT_LT(least.workload.callers * least.workload.calls, 8 * 60 / 2);
  EXPECT_EQ(first_invariant(run(least)), first_invariant(outcome));
}

TEST(KeptSchedule, is_read_as_it_was_written) {
  RunPlan plan = small_plan(77);
  const Schedule schedule = run(plan).schedule;
  const Result<RunPlan> read = parse_plan(text_of(plan, schedule, "why it is kept"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->seed, 77u);
  EXPECT_EQ(read->workload.calls, 60);
  EXPECT_EQ(*read->schedule, schedule);
  plan.schedule = schedule;
  EXPECT_EQ(run(*read).trace_hash, run(plan).trace_hash);
}

TEST(KeptSchedule, says_which_line_is_none) {
  for (const char* line : {"nonsense", "12 kill 3", "12 murder 3 4", "-1 kill 3 4", "12 kill 3 4 5", "seed", "callers x"}) {
    const Result<RunPlan> read = parse_plan(std::string("seed 1\n") + line + "\n");
    ASSERT_FALSE(read) << line;
    EXPECT_NE(read.error().message.find(line), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(parse_plan("callers 0\n"));
}

// tests/simulation: each was once a violation.
TEST(KeptSchedule, goes_well_now) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(REDISCLUSTER_SOURCE_DIR) + "/tests/simulation")) {
    if (file.path().extension() != ".txt") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const Result<RunPlan> plan = parse_plan(text.str());
    ASSERT_TRUE(plan) << file.path() << ": " << plan.error().message;
    const Outcome outcome = run(*plan);
    EXPECT_TRUE(outcome.violations.empty()) << file.path() << '\n' << all_of(outcome.violations);
    ++count;
  }
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace rediscluster::simulation
