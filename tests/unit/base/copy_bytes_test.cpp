/// Every length around the borders between its ways.
#include "base/copy_bytes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::base {
namespace {

TEST(CopyBytes, copies_every_length_and_touches_nothing_beside_it) {
  for (std::size_t size = 0; size <= 140; ++size) {
    std::string from(size, '\0');
    for (std::size_t i = 0; i < size; ++i) from[i] = static_cast<char>('A' + i % 50);
    std::string to(size + 2, '#');
    copy_bytes(to.data() + 1, from.data(), size);
    EXPECT_EQ(to, "#" + from + "#") << size;
  }
}

TEST(CopyBytes, takes_nothing_from_nowhere) { copy_bytes(nullptr, nullptr, 0); }

}  // namespace
}  // namespace rediscluster::base
