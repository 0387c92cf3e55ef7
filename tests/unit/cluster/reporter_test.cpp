/// What is counted, what is told to hooks, and what hooks cannot break.
#include "cluster/reporter.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace rediscluster::cluster {
namespace {

const NodeAddress ann{"10.0.0.1", 7000};
const NodeAddress ben{"10.0.0.2", 7001};

void report_moved(Reporter& reporter) {
  reporter.report(Event::Kind::moved, [](Event& event) {
    event.node = ann;
    event.other = ben;
    event.slot = 3999;
  });
}

TEST(Reporter, without_hooks_counts_and_makes_no_event) {
  Reporter reporter;
  reporter.report(Event::Kind::lost, [](Event&) { FAIL() << "nobody listens"; });
  reporter.report(Event::Kind::retry, Errc::cluster_down, [](Event&) { FAIL() << "nobody listens"; });
  reporter.report(Event::Kind::command_failed, Errc::timed_out, [](Event&) { FAIL() << "nobody listens"; });
  EXPECT_FALSE(reporter.has_hooks());
  const ClientStats stats = reporter.stats();
  EXPECT_EQ(stats.connections_lost, 1u);
  EXPECT_EQ(stats.retries, (std::map<Errc, std::uint64_t>{{Errc::cluster_down, 1}}));
  EXPECT_EQ(stats.errors, (std::map<Errc, std::uint64_t>{{Errc::timed_out, 1}}));
  EXPECT_EQ(stats.moved, 0u);
}

TEST(Reporter, tells_an_event_with_its_fields_to_both_hooks) {
  std::vector<Event> events;
  std::vector<Log> lines;
  Reporter reporter([&](const Event& event) { events.push_back(event); }, [&](const Log& line) { lines.push_back(line); }, LogLevel::trace);
  report_moved(reporter);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Event::Kind::moved);
  EXPECT_EQ(events[0].node, ann);
  EXPECT_EQ(events[0].other, ben);
  EXPECT_EQ(events[0].slot, 3999);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].level, LogLevel::debug);
  EXPECT_STREQ(lines[0].what, "moved");
  EXPECT_EQ(lines[0].text, "moved 10.0.0.1:7000 -> 10.0.0.2:7001 slot 3999");
  EXPECT_EQ(lines[0].node, ann);
}

TEST(Reporter, the_cause_of_a_retry_stands_in_its_event) {
  std::vector<Event> events;
  Reporter reporter([&](const Event& event) { events.push_back(event); }, {}, LogLevel::info);
  reporter.report(Event::Kind::retry, Errc::loading, [](Event& event) { event.attempts = 2; });
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].code, Errc::loading);
  EXPECT_EQ(to_string(events[0]), "retry attempt 2 loading");
}

TEST(Reporter, log_lines_below_the_level_are_not_made) {
  std::vector<std::string> lines;
  Reporter reporter({}, [&](const Log& line) { lines.push_back(line.what); }, LogLevel::warning);
  reporter.report(Event::Kind::moved, [](Event&) { FAIL() << "debug is below warning"; });
  reporter.report(Event::Kind::failover_seen, [](Event&) { FAIL() << "info is below warning"; });
  reporter.report(Event::Kind::lost, [](Event& event) { event.node = ann; });
  EXPECT_EQ(lines, std::vector<std::string>{"lost"});
}

TEST(Reporter, what_a_hook_throws_is_dropped_and_the_other_hook_is_called) {
  int lines = 0;
  Reporter reporter([](const Event&) { throw std::runtime_error("mine"); },
                    [&](const Log&) {
                      ++lines;
                      throw 7;
                    },
                    LogLevel::trace);
  EXPECT_NO_THROW(report_moved(reporter));
  EXPECT_NO_THROW(report_moved(reporter));
  EXPECT_EQ(lines, 2);
  EXPECT_FALSE(Reporter::inside_hook()) << "a hook that threw is still thought to run";
  EXPECT_EQ(reporter.stats().moved, 2u);
}

TEST(Reporter, what_happens_inside_a_hook_is_counted_and_not_told) {
  Reporter* self = nullptr;
  int told = 0;
  Reporter reporter(
      [&](const Event&) {
        EXPECT_TRUE(Reporter::inside_hook());
        if (++told < 10) report_moved(*self);
      },
      {}, LogLevel::info);
  self = &reporter;
  report_moved(reporter);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(reporter.stats().moved, 2u);
}

TEST(Reporter, every_kind_and_level_has_a_name) {
  for (int kind = 0; kind <= static_cast<int>(Event::Kind::gap); ++kind) EXPECT_STRNE(to_string(static_cast<Event::Kind>(kind)), "unknown");
  EXPECT_STREQ(to_string(Event::Kind::gap), "gap");
  EXPECT_STREQ(to_string(Event::Kind::ask), "ask");
  EXPECT_STREQ(to_string(LogLevel::trace), "trace");
  EXPECT_STREQ(to_string(LogLevel::error), "error");
}

}  // namespace
}  // namespace rediscluster::cluster
