/// Numbers as text: edges of 64 bits, forms of doubles.
#include "wire/number_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace rediscluster::wire {
namespace {

TEST(NumberText, parses_integers_up_to_the_edges_of_64_bits) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-17"), -17);
  EXPECT_EQ(parse_integer("+17"), 17);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_integer("00000000000000000000017"), 17);
}

TEST(NumberText, refuses_what_is_no_64_bit_integer) {
  for (const char* text : {"", "-", "+", "1.5", " 1", "1 ", "a", "+-1", "9223372036854775808", "-9223372036854775809",
                           "+-1000000000000000000"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

TEST(NumberText, parses_doubles) {
  EXPECT_EQ(parse_number("3.25"), 3.25);
  EXPECT_EQ(parse_number("+1e3"), 1000.0);
  EXPECT_EQ(parse_number("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("0.10000000000000001"), 0.1);
  ASSERT_TRUE(parse_number("nan"));
  EXPECT_TRUE(std::isnan(*parse_number("nan")));
}

TEST(NumberText, refuses_what_no_double_can_hold) {
  for (const char* text : {"", "1e", "0x10", "1,5", "infinity", "1.5 ", "-"})
    EXPECT_FALSE(parse_number(text)) << text;
}

}  // namespace
TEST(NumberText, what_no_double_holds_is_infinite_or_nothing) {
  const double infinite = std::numeric_limits<double>::infinity();
  const std::string long_one = "1" + std::string(400, '0');
  for (const std::string& text : {std::string("1e400"), std::string("+1e400"), long_one, long_one + ".5", std::string("0.001e9999999999999999999")}) {
    EXPECT_EQ(parse_number(text), infinite) << text;
  }
  EXPECT_EQ(parse_number("-" + long_one), -infinite);
  for (const std::string& text : {std::string("1e-400"), "0." + std::string(400, '0') + "1", long_one + "e-9999999999999999999", std::string("0e999999")}) {
    EXPECT_EQ(parse_number(text), 0.0) << text;
  }
}

}  // namespace rediscluster::wire
