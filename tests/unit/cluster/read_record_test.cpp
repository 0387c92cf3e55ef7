/// What a node has shown as a place to read from.
#include "cluster/nodes/read_record.hpp"

#include <gtest/gtest.h>

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;
constexpr base::TimePoint noon{1h};

std::uint32_t latency(const ReadRecord& record) { return record.candidate(false, noon).latency_us; }

TEST(ReadRecord, starts_well_unmeasured_and_of_no_zone) {
  const routing::ReadCandidate candidate = ReadRecord().candidate(true, noon);
  EXPECT_TRUE(candidate.is_primary);
  EXPECT_FALSE(candidate.in_trouble);
  EXPECT_FALSE(candidate.was_tried);
  EXPECT_EQ(candidate.latency_us, 0u);
  EXPECT_EQ(candidate.zone, routing::Zone::unknown);
}

TEST(ReadRecord, trouble_is_forgotten_after_a_second) {
  ReadRecord record;
  record.note_trouble(noon);
  EXPECT_TRUE(record.candidate(false, noon + 999ms).in_trouble);
  EXPECT_FALSE(record.candidate(false, noon + 1s).in_trouble);
}

TEST(ReadRecord, one_slow_answer_is_not_yet_a_slow_node) {
  ReadRecord record;
  record.note_latency(100us);
  EXPECT_EQ(latency(record), 100u);
  record.note_latency(500us);
  EXPECT_EQ(latency(record), 200u);
}

TEST(ReadRecord, a_node_that_has_recovered_is_believed_within_ten_answers) {
  ReadRecord record;
  record.note_latency(50ms);
  for (int i = 0; i < 10; ++i) record.note_latency(100us);
  EXPECT_LT(latency(record), 200u);
}

TEST(ReadRecord, strange_spans_stay_within_what_can_be_counted) {
  ReadRecord record;
  record.note_latency(-5s);
  EXPECT_EQ(latency(record), 1u);
  record.note_latency(base::Duration::max());
  EXPECT_GT(latency(record), 1u);
}

TEST(ReadRecord, tells_ours_from_other_zones) {
  ReadRecord record;
  record.note_zone(false);
  EXPECT_EQ(record.candidate(false, noon).zone, routing::Zone::other);
  record.note_zone(true);
  EXPECT_EQ(record.candidate(false, noon).zone, routing::Zone::same);
}

}  // namespace
}  // namespace rediscluster::cluster
