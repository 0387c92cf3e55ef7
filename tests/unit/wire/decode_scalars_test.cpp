/// Single values, in RESP2 and RESP3 form.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

TEST(DecodeScalars, bool_is_a_status_an_integer_or_a_boolean) {
  for (const char* reply : {"+OK\r\n", ":1\r\n", ":-3\r\n", ":10\r\n", "#t\r\n", "|1\r\n+a\r\n:0\r\n#t\r\n"}) {
    EXPECT_EQ(decoded<bool>(reply), true) << reply;
  }
  for (const char* reply : {":0\r\n", ":-0\r\n", "#f\r\n", "$-1\r\n", "*-1\r\n", "_\r\n"})
    EXPECT_EQ(decoded<bool>(reply), false) << reply;
}

TEST(DecodeScalars, bool_is_nothing_else) {
  for (const char* reply : {"$2\r\nOK\r\n", "*0\r\n", ",1\r\n", "%0\r\n"})
    EXPECT_TRUE(is_refused<bool>(reply)) << reply;
}

TEST(DecodeScalars, integer_is_an_integer_its_text_or_a_boolean) {
  EXPECT_EQ(decoded<std::int64_t>(":42\r\n"), 42);
  EXPECT_EQ(decoded<std::int64_t>(":-42\r\n"), -42);
  EXPECT_EQ(decoded<std::int64_t>(":+42\r\n"), 42);
  EXPECT_EQ(decoded<std::int64_t>(":9223372036854775807\r\n"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(decoded<std::int64_t>(":-9223372036854775808\r\n"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decoded<std::int64_t>("$3\r\n123\r\n"), 123);
  EXPECT_EQ(decoded<std::int64_t>("#t\r\n"), 1);
  EXPECT_EQ(decoded<std::int64_t>("#f\r\n"), 0);
  EXPECT_EQ(decoded<std::int64_t>("|1\r\n+a\r\n:0\r\n:7\r\n"), 7);
}

TEST(DecodeScalars, integer_is_nothing_else) {
  for (const char* reply :
       {"$3\r\nabc\r\n", "$0\r\n\r\n", "$-1\r\n", "_\r\n", "+1\r\n", ",1.5\r\n", "*0\r\n", "$3\r\n1.5\r\n"}) {
    EXPECT_TRUE(is_refused<std::int64_t>(reply)) << reply;
  }
}

TEST(DecodeScalars, double_is_a_number_of_either_protocol) {
  EXPECT_EQ(decoded<double>(",1.5\r\n"), 1.5);
  EXPECT_EQ(decoded<double>("$3\r\n1.5\r\n"), 1.5);
  EXPECT_EQ(decoded<double>(":3\r\n"), 3.0);
  EXPECT_EQ(decoded<double>(",-inf\r\n"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(decoded<double>("$3\r\ninf\r\n"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(decoded<double>("$4\r\n-inf\r\n"), -std::numeric_limits<double>::infinity());
  const auto not_a_number = decoded<double>("$3\r\nnan\r\n");
  ASSERT_TRUE(not_a_number);
  EXPECT_TRUE(std::isnan(*not_a_number));
}

TEST(DecodeScalars, double_is_nothing_else) {
  for (const char* reply : {"$-1\r\n", "$1\r\nx\r\n", "#t\r\n", "*0\r\n"})
    EXPECT_TRUE(is_refused<double>(reply)) << reply;
}

TEST(DecodeScalars, string_is_text_or_the_digits_of_a_number) {
  EXPECT_EQ(decoded<std::string>("$6\r\na\r\nb\r\n\r\n"), "a\r\nb\r\n");
  EXPECT_EQ(decoded<std::string>("$0\r\n\r\n"), "");
  EXPECT_EQ(decoded<std::string>(std::string_view("$3\r\na\0b\r\n", 9)), std::string("a\0b", 3));
  EXPECT_EQ(decoded<std::string>("+PONG\r\n"), "PONG");
  EXPECT_EQ(decoded<std::string>("=8\r\ntxt:text\r\n"), "text");
  EXPECT_EQ(decoded<std::string>("=4\r\ntxt:\r\n"), "");
  EXPECT_EQ(decoded<std::string>(":17\r\n"), "17");
  EXPECT_EQ(decoded<std::string>(",1.5\r\n"), "1.5");
  EXPECT_EQ(decoded<std::string>("(12345678901234567890\r\n"), "12345678901234567890");
  EXPECT_EQ(decoded<std::string>("|1\r\n+a\r\n:0\r\n$1\r\nx\r\n"), "x");
}

TEST(DecodeScalars, string_is_nothing_else) {
  for (const char* reply : {"$-1\r\n", "_\r\n", "#t\r\n", "*0\r\n", "%0\r\n"})
    EXPECT_TRUE(is_refused<std::string>(reply)) << reply;
}

TEST(DecodeScalars, string_holds_sixteen_megabytes) {
  const std::string large(16 << 20, 'x');
  EXPECT_EQ(decoded<std::string>(bulk(large)), large);
}

TEST(DecodeScalars, what_is_left_of_a_key_is_a_time_or_the_reason_why_there_is_none) {
  using Left = TimeLeft<std::chrono::seconds>;
  const Left left = *decoded<Left>(":90\r\n");
  EXPECT_TRUE(left.exists() && left.expires());
  EXPECT_EQ(left.duration(), std::chrono::seconds(90));
  EXPECT_TRUE(left > 89 && left == 90 && left < 91L);
  const Left never = *decoded<Left>(":-1\r\n");
  EXPECT_TRUE(never.exists() && !never.expires() && never == -1 && !never.duration());
  const Left none = *decoded<Left>(":-2\r\n");
  EXPECT_TRUE(!none.exists() && !none.expires() && none == -2 && !none.duration());
  EXPECT_EQ(none, Left());
  EXPECT_TRUE(is_refused<Left>("$3\r\nabc\r\n"));
}

TEST(DecodeScalars, the_end_of_a_key_is_a_point_in_time) {
  using Expiry = ExpiryTime<std::chrono::milliseconds>;
  EXPECT_EQ(decoded<Expiry>(":1700000000123\r\n")->time(), std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'123)));
  EXPECT_EQ(decoded<Expiry>(":-1\r\n")->time(), std::nullopt);
  EXPECT_EQ(decoded<std::chrono::sys_seconds>(":1700000000\r\n"), std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)));
}

TEST(DecodeScalars, a_servers_clock_is_seconds_and_microseconds) {
  using Time = std::chrono::sys_time<std::chrono::microseconds>;
  EXPECT_EQ(decoded<Time>("*2\r\n$10\r\n1700000000\r\n$6\r\n123456\r\n"), Time(std::chrono::microseconds(1'700'000'000'123'456)));
  for (const char* odd : {"*2\r\n$20\r\n10000000000000000000\r\n$1\r\n0\r\n", "*2\r\n:9223372036854775807\r\n:0\r\n", "*2\r\n:-1\r\n:0\r\n",
                          "*2\r\n:1\r\n:1000000\r\n", "*1\r\n:1\r\n", ":1\r\n"}) {
    EXPECT_TRUE(is_refused<Time>(odd)) << odd;
  }
}

}  // namespace
}  // namespace rediscluster::wire
