/// One at a time, and after a refusal none for a second.
#include "cluster/nodes/auth_gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "support/deadline.hpp"

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;

using test_support::in;
const Error wrong{Errc::wrong_password, "WRONGPASS", {"h", 1}, 0, {}};

TEST(AuthGate, lets_one_in_at_a_time) {
  AuthGate gate;
  std::atomic<int> inside{0}, most{0}, passed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const Result<AuthGate::Pass> pass = gate.enter(in(20s));
        ASSERT_TRUE(pass.has_value());
        if (++inside > most) most = inside.load();
        ++passed;
        --inside;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(passed, 400);
}

TEST(AuthGate, who_waits_too_long_is_told_so) {
  AuthGate gate;
  const Result<AuthGate::Pass> pass = gate.enter(in(1s));
  ASSERT_TRUE(pass.has_value());
  const Result<AuthGate::Pass> late = gate.enter(in(20ms));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Errc::timed_out);
}

TEST(AuthGate, a_refusal_is_for_all_who_wait_and_lasts_a_second) {
  AuthGate gate;
  std::optional<Result<AuthGate::Pass>> pass(gate.enter(in(1s)));
  ASSERT_TRUE(pass->has_value());
  std::atomic<bool> told{false};
  std::thread waiting([&] {
    const Result<AuthGate::Pass> second = gate.enter(in(20s));
    told = !second && second.error().code == Errc::wrong_password && second.error().message == "WRONGPASS";
  });
  (*pass)->refused(wrong, Clock::now());
  pass.reset();
  waiting.join();
  EXPECT_TRUE(told);
  EXPECT_FALSE(gate.enter(in(1s)).has_value());
}

TEST(AuthGate, after_a_second_the_next_one_may_try) {
  AuthGate gate;
  {
    Result<AuthGate::Pass> pass = gate.enter(in(1s));
    ASSERT_TRUE(pass.has_value());
    pass->refused(wrong, Clock::now() - AuthGate::pause_after_refusal);
  }
  EXPECT_TRUE(gate.enter(in(1s)).has_value());
}

TEST(AuthGate, what_a_server_says_of_who_we_are_counts_as_a_refusal_and_nothing_else_does) {
  for (const Errc code : {Errc::wrong_password, Errc::no_auth, Errc::handshake_failed}) EXPECT_TRUE(is_refusal_of_credentials(code));
  for (const Errc code : {Errc::connection_lost, Errc::loading, Errc::timed_out, Errc::connect_failed, Errc::tls_failed}) {
    EXPECT_FALSE(is_refusal_of_credentials(code));
  }
}

}  // namespace
}  // namespace rediscluster::cluster
