/// A hundred thousand random operations against a model that counts.
#include <gtest/gtest.h>

#include <stdexcept>

#include "base/random.hpp"
#include "unit/link/link_model.hpp"

namespace rediscluster::link {
namespace {

void run_against_model(std::uint64_t seed, int steps, std::uint64_t least_answered) {
  base::Random random(seed);
  LinkModel model([&](std::size_t below) { return static_cast<std::size_t>(random.below(below)); },
                  [](const char* what) { throw std::logic_error(what); });
  int step = 0;
  try {
    for (; step < steps; ++step) model.step();
  } catch (const std::logic_error& wrong) {
    FAIL() << wrong.what() << " (seed " << seed << ", step " << step << ")";
  }
  EXPECT_GE(model.answered(), least_answered) << "the test tests too little";
}

TEST(LinkProperty, agrees_with_a_counting_model_for_a_hundred_thousand_operations) {
  run_against_model(20261122, 100'000, 1000);
}

TEST(LinkProperty, agrees_with_a_counting_model_from_many_beginnings) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    run_against_model(seed, 500, 0);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace rediscluster::link
