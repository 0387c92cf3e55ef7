// A primary dies by SIGKILL under eight threads of SET. What the client promises then:
// only commands that were in flight may fail, and each says so; or none at all when idempotent writes may be resent.
#include "support/write_load.hpp"

#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using rediscluster::Execution;
using rediscluster::RedisCluster;
using rediscluster::Resend;
using rediscluster::testing::LocalCluster;

constexpr int writers = 8;
constexpr int healthy_writers = 2;  // the first ones stay away from the primary that will die

double seconds(Clock::duration span) { return std::chrono::duration<double>(span).count(); }

/// One kill under load, and everything the tests ask about it.
struct KillRun {
  explicit KillRun(Resend resend) : client({.startup_nodes = cluster.seeds(), .command_timeout = 10s, .resend = resend}) {
    const std::vector<bool> doomed = slots_of(client, cluster.node(0).address());
    const int doomed_slot = static_cast<int>(std::find(doomed.begin(), doomed.end(), true) - doomed.begin());
    const std::string prefix = "kill:" + std::to_string(static_cast<int>(resend)) + ":";
    WriteLoad load(client, writers, [&](int thread, int number) { return next_key(doomed, prefix, thread, number); });
    started = Clock::now();
    std::this_thread::sleep_for(1500ms);  // calm, for comparison
    killed = Clock::now();
    cluster.kill(0);
    cluster.wait_for_primary(doomed_slot, 0);
    served_again = Clock::now();
    std::this_thread::sleep_for(1500ms);  // the time after the recovery belongs to the run
    stopped = Clock::now();
    load.stop();
    collect(load, doomed);
  }

  static std::string next_key(const std::vector<bool>& doomed, const std::string& prefix, int thread, int number) {
    for (int salt = 0;; ++salt) {
      std::string key = prefix + std::to_string(thread) + ":" + std::to_string(number) + ":" + std::to_string(salt);
      if (thread >= healthy_writers || !doomed[static_cast<std::size_t>(rediscluster::keyslot(key))]) return key;
    }
  }

  void collect(const WriteLoad& load, const std::vector<bool>& doomed) {
    load.for_each([&](const Written& written) {
      const bool on_doomed = doomed[static_cast<std::size_t>(written.slot)];
      if (!written.acknowledged) {
        errors.push_back(written);
        return;
      }
      // Replication is asynchronous: what was acknowledged within the last moments may be lost by the servers.
      if (!on_doomed || written.end < killed - 100ms || written.begin > killed) must_exist.push_back(written.key);
      if (on_doomed && written.end > killed && written.end > served_again - 500ms && (first_success == TimePoint{} || written.end < first_success) && written.end - killed > 500ms) {
        first_success = written.end;
      }
    });
    for (std::size_t thread = 0; thread < healthy_writers; ++thread) {
      for (const Written& written : load.of_thread(thread)) {
        if (written.end < killed) ++healthy_before;
        if (written.end >= killed && written.end < served_again) ++healthy_during;
      }
    }
  }

  double healthy_ratio() const {
    return (healthy_during / seconds(served_again - killed)) / (healthy_before / seconds(killed - started));
  }

  LocalCluster cluster{{.require_full_coverage = false}};
  RedisCluster client;
  TimePoint started{}, killed{}, served_again{}, stopped{}, first_success{};
  std::vector<Written> errors;
  std::vector<std::string> must_exist;
  double healthy_before = 0;
  double healthy_during = 0;
};

void expect_recovery(KillRun& run) {
  EXPECT_GT(run.must_exist.size(), 1000u);
  EXPECT_EQ(missing_keys(run.client, run.must_exist), std::vector<std::string>{}) << "acknowledged writes were lost";
  ASSERT_NE(run.first_success, TimePoint{}) << "no write to the lost shard ever succeeded";
  EXPECT_LE(seconds(run.first_success - run.served_again), 0.250) << "the client noticed the new primary late";
  EXPECT_GE(run.healthy_ratio(), 0.8) << "threads on healthy shards were slowed down";
  std::printf("outage %.2f s, client lag %.0f ms, healthy shards at %.0f %%, %zu errors, %zu writes checked\n",
              seconds(run.served_again - run.killed), 1000 * seconds(run.first_success - run.served_again),
              100 * run.healthy_ratio(), run.errors.size(), run.must_exist.size());
}

TEST(Failover, a_killed_primary_costs_only_the_commands_in_flight) {
  KillRun run(Resend::reads);
  expect_recovery(run);
  EXPECT_LE(run.errors.size(), static_cast<std::size_t>(writers));
  for (const Written& failed : run.errors) {
    EXPECT_EQ(failed.error.execution, Execution::maybe_executed) << to_string(failed.error);
    EXPECT_LE(failed.begin, run.killed + 50ms) << "not in flight at the kill: " << to_string(failed.error);
  }
}

TEST(Failover, with_idempotent_writes_resent_a_killed_primary_costs_no_error_at_all) {
  KillRun run(Resend::idempotent_writes);
  expect_recovery(run);
  for (const Written& failed : run.errors) ADD_FAILURE() << to_string(failed.error);
}

}  // namespace
