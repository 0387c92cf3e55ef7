/// Secrets leave nothing behind where they stood.
#include "base/wipe.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rediscluster::base {
namespace {

TEST(Wipe, leaves_zeros_and_an_empty_text) {
  for (const std::size_t size : {0u, 5u, 15u, 16u, 1000u}) {
    std::string secret(size, 'x');
    const char* place = secret.data();
    wipe(secret);
    EXPECT_TRUE(secret.empty());
    EXPECT_EQ(secret.data(), place) << "the memory is still the same";
    EXPECT_EQ(std::count(place, place + size, 'x'), 0);
  }
}

TEST(Wipe, reaches_what_a_longer_text_left_behind) {
  std::string secret(100, 'x');
  secret.resize(3);
  const char* place = secret.data();
  wipe(secret);
  EXPECT_EQ(std::count(place, place + 100, 'x'), 0);
}

}  // namespace
}  // namespace rediscluster::base
