/// What the scanner refuses, and what it costs to be lied to (U19 to U23).
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <new>

#include "unit/wire/wire_samples.hpp"
#include "wire/frame_scanner.hpp"

namespace rediscluster::wire {
namespace {

using Status = FrameScanner::Status;

long peak_resident_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Refused whole, and at the same value when it comes byte by byte.
void expect_broken(const std::vector<std::string>& malformed) {
  for (const std::string& bytes : malformed) {
    EXPECT_EQ(scan_once(bytes).status, Status::broken) << bytes;
    FrameScanner scanner;
    auto result = scanner.scan("");
    for (std::size_t size = 1; size <= bytes.size(); ++size)
      result = scanner.scan(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(result.status, Status::broken) << bytes;
    ASSERT_NE(result.error, nullptr) << bytes;
  }
}

TEST(FrameScannerLimits, refuses_malformed_lengths_of_strings) {
  expect_broken({"$-2\r\n",
                 "$-10\r\n",
                 "$-\r\n",
                 "$+1\r\n",
                 "$01\r\n",
                 "$ 1\r\n",
                 "$1 \r\n",
                 "$1\n\r",
                 "$1\ra\n",
                 "$\r\n",
                 "$a\r\n",
                 "$00\r\n",
                 "$9223372036854775808\r\n",
                 "$99999999999999999999\r\n",
                 "$3\r\nabcd\r\n",
                 "$3\r\nabc\n\n",
                 "!-1\r\n",
                 "=-1\r\n",
                 "=3\r\ntxt\r\n",
                 "=4\r\ntxta\r\n",
                 "=0\r\n\r\n"});
}

TEST(FrameScannerLimits, refuses_malformed_lengths_of_aggregates) {
  expect_broken({"*-2\r\n", "*+1\r\n", "*01\r\n", "*1\n", "*4611686018427387905\r\n", "%-1\r\n",
                 "%9223372036854775807\r\n", "~-1\r\n", ">-1\r\n", "|-1\r\n"});
}

TEST(FrameScannerLimits, refuses_malformed_integers) {
  expect_broken({":\r\n", ":-\r\n", ":+-1\r\n", ":1a\r\n", ": 1\r\n", ":1 \r\n", ":9223372036854775808\r\n",
                 ":-9223372036854775809\r\n", ":99999999999999999999\r\n", ":1\n", ":1\r1"});
}

TEST(FrameScannerLimits, refuses_malformed_constants_and_lines) {
  expect_broken({"+OK\n", "-ERR\n", "+\n", "_a\r\n", "_\n", "_\r1", "#x\r\n", "#\r\n", "#tt\r\n", "#T\r\n", "#t\n"});
}

TEST(FrameScannerLimits, refuses_malformed_doubles_and_big_numbers) {
  expect_broken({",\r\n", ",a\r\n", ",1.\r\n", ",.5\r\n", ",1e\r\n", ",1.5x\r\n", ",Inf\r\n", ",1,5\r\n", ", 1\r\n",
                 ",0x1p3\r\n", "(\r\n", "(-\r\n", "(12a\r\n", "(1.5\r\n", "(1\n"});
}

TEST(FrameScannerLimits, takes_every_form_of_a_double) {
  for (const char* reply : {",1\r\n", ",-1.25\r\n", ",+1.5E+10\r\n", ",1e400\r\n", ",0\r\n", ",nan\r\n", ",-nan\r\n"}) {
    EXPECT_EQ(scan_once(reply).status, Status::complete) << reply;
  }
}

TEST(FrameScannerLimits, takes_a_big_number_of_a_million_digits_but_not_more) {
  EXPECT_EQ(scan_once("(" + std::string(1000000, '7') + "\r\n").status, Status::complete);
  EXPECT_EQ(scan_once("(" + std::string(1100000, '7') + "\r\n").status, Status::broken);
}

TEST(FrameScannerLimits, refuses_an_endless_line_before_it_ends) {
  for (const char type : {'+', '-', '('}) {
    EXPECT_EQ(scan_once(type + std::string(1024 * 1024, '1')).status, Status::broken) << type;
  }
  EXPECT_EQ(scan_once("," + std::string(1024, '1')).status, Status::broken);
  EXPECT_EQ(scan_once(":" + std::string(20, '1')).status, Status::broken);
  EXPECT_EQ(scan_once("$" + std::string(20, '1')).status, Status::broken);
}

TEST(FrameScannerLimits, searches_a_long_line_once_however_it_arrives) {
  const std::string line = "-" + std::string(1000000, 'e') + "\r\n";
  FrameScanner scanner;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t size = 0; size < line.size(); ++size) {
    ASSERT_EQ(scanner.scan(std::string_view(line).substr(0, size)).status, Status::need_more);
  }
  EXPECT_EQ(scanner.scan(line).status, Status::complete);
  // Searching the line anew for each byte would pass 500 GB; once is a matter of milliseconds.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST(FrameScannerLimits, accepts_depth_up_to_the_limit_and_no_deeper) {
  for (const std::size_t depth : {std::size_t{1}, std::size_t{7}, std::size_t{100}, std::size_t{128}}) {
    const std::string reply = repeated("*1\r\n", depth) + ":1\r\n";
    EXPECT_EQ(scan_once(reply).status, Status::complete) << depth;
  }
  EXPECT_EQ(scan_once(repeated("*1\r\n", 129)).status, Status::broken);
  EXPECT_EQ(scan_once(repeated("*1\r\n", 128) + "*0\r\n").status, Status::broken);
  EXPECT_EQ(scan_once(repeated("|1\r\n", 129)).status, Status::broken);
  EXPECT_EQ(scan_once(repeated("*1\r\n", 1000000)).status, Status::broken);
}

TEST(FrameScannerLimits, allocates_nothing_for_announced_lengths) {
  const Limits generous{.max_bulk_bytes = UINT64_MAX, .max_elements = UINT64_MAX, .max_reply_bytes = UINT64_MAX};
  for (const char* header : {"*4294967295\r\n", "%4294967295\r\n", "$4294967295\r\n", "*128\r\n*4294967295\r\n"}) {
    FrameScanner scanner(generous);
    const long before = peak_resident_kib();
    EXPECT_EQ(scanner.scan(header).status, Status::need_more) << header;
    EXPECT_LT(peak_resident_kib() - before, 1024) << header;
  }
}

TEST(FrameScannerLimits, refuses_lengths_above_the_limits_at_the_header) {
  const Limits limits{.max_bulk_bytes = 10, .max_elements = 4};
  EXPECT_EQ(scan_once("$10\r\n", limits).status, Status::need_more);
  EXPECT_EQ(scan_once("$11\r\n", limits).status, Status::broken);
  EXPECT_EQ(scan_once("!11\r\n", limits).status, Status::broken);
  EXPECT_EQ(scan_once("*4\r\n", limits).status, Status::need_more);
  EXPECT_EQ(scan_once("*5\r\n", limits).status, Status::broken);
  EXPECT_EQ(scan_once("%2\r\n", limits).status, Status::need_more);
  EXPECT_EQ(scan_once("%3\r\n", limits).status, Status::broken);
  EXPECT_EQ(scan_once("*4294967295\r\n").status, Status::broken);
}

TEST(FrameScannerLimits, bounds_the_whole_reply) {
  const Limits limits{.max_reply_bytes = 20};
  EXPECT_EQ(scan_once("$13\r\n" + std::string(13, 'x') + "\r\n", limits).status, Status::complete);
  EXPECT_EQ(scan_once("$14\r\n", limits).status, Status::broken);
  EXPECT_EQ(scan_once("*9\r\n" + repeated("+a\r\n", 9), limits).status, Status::broken);
  EXPECT_EQ(scan_once("*9\r\n" + repeated("+a\r\n", 4), limits).status, Status::broken);
}

TEST(FrameScannerLimits, counts_only_the_bytes_of_the_reply_itself) {
  const Limits limits{.max_reply_bytes = 20};
  EXPECT_EQ(scan_once(repeated("+OK\r\n", 100), limits).status, Status::complete);
}

TEST(FrameScannerLimits, bounds_pushes_by_their_own_limit) {
  const Limits limits{.max_push_bytes = 20};
  const std::string long_text = bulk(std::string(30, 'x'));
  EXPECT_EQ(scan_once("*1\r\n" + long_text, limits).status, Status::complete);
  EXPECT_EQ(scan_once(">1\r\n" + long_text, limits).status, Status::broken);
  EXPECT_EQ(scan_once(">1\r\n$30\r\n", limits).status, Status::broken);
}

}  // namespace
}  // namespace rediscluster::wire
