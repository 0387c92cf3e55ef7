/// Where replies end: every type, at every split point (U18, U24).
#include "wire/frame_scanner.hpp"

#include <gtest/gtest.h>

#include "unit/wire/wire_samples.hpp"

namespace rediscluster::wire {
namespace {

using Status = FrameScanner::Status;

TEST(FrameScanner, finds_the_end_of_every_type_with_more_behind_it) {
  for (const std::string& reply : sample_replies()) {
    const auto result = scan_once(reply + "+NEXT\r\n");
    EXPECT_EQ(result.status, Status::complete) << reply;
    EXPECT_EQ(result.size, reply.size()) << reply;
  }
}

TEST(FrameScanner, completes_a_reply_fed_byte_by_byte_with_its_last_byte_only) {
  for (const std::string& reply : sample_replies()) {
    FrameScanner scanner;
    for (std::size_t size = 0; size < reply.size(); ++size) {
      const auto result = scanner.scan(std::string_view(reply).substr(0, size));
      ASSERT_EQ(result.status, Status::need_more) << reply << " after " << size;
      ASSERT_GT(result.size, size) << reply;
      ASSERT_LE(result.size, reply.size()) << reply;
    }
    const auto result = scanner.scan(reply);
    EXPECT_EQ(result.status, Status::complete) << reply;
    EXPECT_EQ(result.size, reply.size()) << reply;
  }
}

TEST(FrameScanner, goes_on_at_every_split_point_of_a_stream) {
  std::string stream;
  std::vector<std::size_t> sizes;
  for (const std::string& reply : sample_replies()) {
    stream += reply;
    sizes.push_back(reply.size());
  }
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    FrameScanner scanner;
    std::size_t begin = 0;
    std::size_t received = split;
    for (const std::size_t size : sizes) {
      auto result = scanner.scan(std::string_view(stream).substr(begin, received - begin));
      if (result.status == Status::need_more) {
        received = stream.size();
        result = scanner.scan(std::string_view(stream).substr(begin));
      }
      ASSERT_EQ(result.status, Status::complete) << "split " << split << " reply at " << begin;
      ASSERT_EQ(result.size, size) << "split " << split;
      begin += size;
      received = std::max(received, begin);
    }
  }
}

TEST(FrameScanner, tells_pushes_from_replies) {
  EXPECT_TRUE(scan_once(">1\r\n+invalidate\r\n").is_push);
  EXPECT_TRUE(scan_once(">0\r\n").is_push);
  EXPECT_FALSE(scan_once("*1\r\n+invalidate\r\n").is_push);
}

TEST(FrameScanner, tells_a_push_behind_attributes) {
  EXPECT_TRUE(scan_once("|1\r\n+ttl\r\n:1\r\n>1\r\n+invalidate\r\n").is_push);
}

TEST(FrameScanner, forgets_the_push_when_the_next_reply_begins) {
  FrameScanner scanner;
  ASSERT_TRUE(scanner.scan(">1\r\n+invalidate\r\n").is_push);
  EXPECT_FALSE(scanner.scan("+OK\r\n").is_push);
}

TEST(FrameScanner, refuses_a_push_inside_a_reply) {
  EXPECT_EQ(scan_once("*1\r\n>1\r\n+a\r\n").status, Status::broken);
  EXPECT_EQ(scan_once("|1\r\n+a\r\n>1\r\n+a\r\n+OK\r\n").status, Status::broken);
}

TEST(FrameScanner, keeps_attributes_with_the_reply_they_describe) {
  const std::string reply = "|1\r\n+key\r\n%1\r\n$1\r\na\r\n,0.19\r\n*2\r\n:1\r\n:2\r\n";
  EXPECT_EQ(scan_once(reply + ":7\r\n").size, reply.size());
}

TEST(FrameScanner, does_not_count_attributes_as_elements) {
  const std::string reply = "*3\r\n:1\r\n:2\r\n|1\r\n+ttl\r\n:3600\r\n:3\r\n";
  EXPECT_EQ(scan_once(reply + ":4\r\n").size, reply.size());
}

TEST(FrameScanner, knows_the_size_of_a_large_string_from_its_header) {
  const auto result = scan_once("$1000000\r\nabc");
  EXPECT_EQ(result.status, Status::need_more);
  EXPECT_EQ(result.size, std::string_view("$1000000\r\n").size() + 1000000 + 2);
}

TEST(FrameScanner, refuses_streamed_types_with_a_clear_text) {
  for (const char* reply : {"$?\r\n;4\r\nHell\r\n;0\r\n", "*?\r\n:1\r\n.\r\n", "%?\r\n", "~?\r\n"}) {
    const auto result = scan_once(reply);
    EXPECT_EQ(result.status, Status::broken) << reply;
    EXPECT_NE(std::string_view(result.error).find("streamed"), std::string_view::npos) << reply;
  }
}

TEST(FrameScanner, recognises_http) {
  const auto result = scan_once("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(result.status, Status::broken);
  EXPECT_NE(std::string_view(result.error).find("HTTP"), std::string_view::npos);
}

TEST(FrameScanner, recognises_a_tls_alert) {
  const auto result = scan_once(std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7));
  EXPECT_EQ(result.status, Status::broken);
  EXPECT_NE(std::string_view(result.error).find("TLS"), std::string_view::npos);
}

TEST(FrameScanner, refuses_every_byte_that_is_no_type) {
  const std::string_view types = "+-:$*_,#!=(%~>|";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (types.find(c) != std::string_view::npos) continue;
    EXPECT_EQ(scan_once(std::string(1, c) + "1\r\n").status, Status::broken) << byte;
    EXPECT_EQ(scan_once("*1\r\n" + std::string(1, c)).status, Status::broken) << byte;
  }
}

TEST(FrameScanner, stays_broken_until_reset) {
  FrameScanner scanner;
  ASSERT_EQ(scanner.scan("*2\r\n:1\r\n?").status, Status::broken);
  EXPECT_EQ(scanner.scan("+OK\r\n").status, Status::broken);
  EXPECT_NE(scanner.scan("+OK\r\n").error, nullptr);
  scanner.reset();
  EXPECT_EQ(scanner.scan("+OK\r\n").status, Status::complete);
}

TEST(FrameScanner, waits_on_nothing) {
  const auto result = scan_once("");
  EXPECT_EQ(result.status, Status::need_more);
  EXPECT_EQ(result.size, 1U);
}

}  // namespace
}  // namespace rediscluster::wire
