/// Lines of MONITOR: what servers send becomes a value, anything else is refused.
#include "wire/monitor_line.hpp"

#include <gtest/gtest.h>

namespace rediscluster::wire {
namespace {

using namespace std::chrono_literals;
using std::string_view_literals::operator""sv;
using Words = std::vector<std::string>;

TEST(MonitorLine, has_its_time_database_client_and_words) {
  const auto line = parse_monitor_line(R"(1700000000.012345 [3 127.0.0.1:60866] "set" "k" "a value")");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->time.time_since_epoch(), 1'700'000'000s + 12'345us);
  EXPECT_EQ(line->db, 3);
  EXPECT_EQ(line->client, "127.0.0.1:60866");
  EXPECT_EQ(line->words, (Words{"set", "k", "a value"}));
}

TEST(MonitorLine, escapes_become_the_bytes_they_stand_for) {
  const auto line = parse_monitor_line(R"(1.000000 [0 [::1]:7] "e\x00\xfF\n\r\t\a\b" "\"\\" "] \"no end" "")");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->client, "[::1]:7");
  EXPECT_EQ(line->words, (Words{std::string("e\0\xff\n\r\t\a\b"sv), "\"\\", "] \"no end", ""}));
}

TEST(MonitorLine, scripts_and_unix_sockets_are_clients_too) {
  EXPECT_EQ(parse_monitor_line(R"(1.000000 [0 lua] "get" "k")")->client, "lua");
  EXPECT_EQ(parse_monitor_line(R"(1.000000 [0 unix:/tmp/a b.sock] "get" "k")")->client, "unix:/tmp/a b.sock");
}

TEST(MonitorLine, the_text_is_the_whole_line) {
  const std::string text = R"(1.000000 [0 a] "get" "\x00")";
  EXPECT_EQ(parse_monitor_line(text)->text, text);
}

// Valkey 8.1 (seen: 8.1.1) escapes what cannot be printed, but neither quotes nor backslashes.
TEST(MonitorLine, words_with_plain_quotes_and_backslashes_are_read_as_they_stand) {
  const std::string head = "1.000000 [0 127.0.0.1:7] ";
  EXPECT_EQ(parse_monitor_line(head + R"("set" "a"b\c" "x\ny")")->words, (Words{"set", "a\"b\\c", "x\ny"}));
  EXPECT_EQ(parse_monitor_line(head + R"("set" "plain" "v] "q")")->words, (Words{"set", "plain", "v] \"q"}));
  EXPECT_EQ(parse_monitor_line(head + R"("set" "\" """)")->words, (Words{"set", "\\", "\""}));
  EXPECT_EQ(parse_monitor_line(head + R"("get" "\q\x0g\x00")")->words, (Words{"get", std::string("\\q\\x0g\0"sv)}));
}

TEST(MonitorLine, a_line_that_breaks_off_is_read_as_far_as_it_goes) {
  const std::string head = "1.000000 [0 a] ";
  EXPECT_EQ(parse_monitor_line(head + R"("get)")->words, (Words{"get"}));
  EXPECT_EQ(parse_monitor_line(head + R"("get\)")->words, (Words{"get\\"}));
  EXPECT_EQ(parse_monitor_line(head + R"("get""k")")->words, (Words{"get\"\"k"}));
  EXPECT_EQ(parse_monitor_line(head + R"("get" )")->words, (Words{"get\" "}));
  EXPECT_EQ(parse_monitor_line(head + "\"")->words, (Words{""}));
}

TEST(MonitorLine, anything_else_is_refused) {
  for (const char* text :
       {"", "OK", "1.000000", "1.000000 [0 a]", "1.000000 [0 a] get", "1.00 [0 a] \"get\"", "x.000000 [0 a] \"get\"", "1.00000x [0 a] \"get\"",
        "-1.000000 [0 a] \"get\"", "99999999999.000000 [0 a] \"get\"", "1.000000 [x a] \"get\"", "1.000000 [-1 a] \"get\"", "1.000000 0 a] \"get\"",
        "1.-00001 [0 a] \"get\""}) {
    EXPECT_FALSE(parse_monitor_line(text)) << text;
  }
}

}  // namespace
}  // namespace rediscluster::wire
