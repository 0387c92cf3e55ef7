/// Which views are believed (U15, U16, F15).
#include "slots/review.hpp"

#include <gtest/gtest.h>

namespace rediscluster::slots {
namespace {

ClusterView covering(int slots) {
  if (slots == 0) return {};
  ClusterView view;
  view.add(0, slots - 1, {{{"a", 1}, "id"}});
  return view;
}

struct Row {
  const char* name;
  int covers;
  ReviewContext context;
  Review verdict;
};
class ReviewTable : public ::testing::TestWithParam<Row> {};

TEST_P(ReviewTable, is_followed) {
  EXPECT_EQ(review(covering(GetParam().covers), GetParam().context), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Each, ReviewTable,
    ::testing::Values(
        Row{"first_view_is_adopted", 16384, {0, true, false}, Review::adopt},
        Row{"first_view_with_gaps_is_adopted", 100, {0, true, false}, Review::adopt},
        Row{"equal_coverage_is_adopted", 16384, {16384, true, false}, Review::adopt},
        Row{"more_coverage_is_adopted", 16384, {16000, true, false}, Review::adopt},
        Row{"empty_is_rejected", 0, {16384, true, false}, Review::reject_empty},
        Row{"empty_is_rejected_even_when_repeated", 0, {16384, true, true}, Review::reject_empty},
        Row{"empty_is_rejected_even_as_the_first", 0, {0, true, false}, Review::reject_empty},
        Row{"less_coverage_waits", 16383, {16384, true, false}, Review::needs_confirmation_coverage},
        Row{"less_coverage_is_adopted_when_repeated", 1, {16384, true, true}, Review::adopt},
        Row{"foreign_ids_wait", 16384, {16384, false, false}, Review::needs_confirmation_foreign},
        Row{"foreign_ids_with_less_coverage_wait", 5, {16384, false, false}, Review::needs_confirmation_foreign},
        Row{"foreign_ids_are_adopted_when_repeated", 16384, {16384, false, true}, Review::adopt}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Review, has_a_text_for_every_verdict) {
  for (const Review each :
       {Review::adopt, Review::reject_empty, Review::needs_confirmation_coverage, Review::needs_confirmation_foreign}) {
    EXPECT_STRNE(to_string(each), "unknown");
  }
}

}  // namespace
}  // namespace rediscluster::slots
