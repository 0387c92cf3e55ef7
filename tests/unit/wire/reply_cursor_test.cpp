/// Walking frames that passed the scanner, and staying inside those that did not.
#include "wire/reply_cursor.hpp"

#include <gtest/gtest.h>

#include "unit/wire/wire_samples.hpp"

namespace rediscluster::wire {
namespace {

TEST(ReplyCursor, reads_headers_and_children_in_order) {
  ReplyCursor cursor("*3\r\n$2\r\nab\r\n%1\r\n+k\r\n:5\r\n_\r\n");
  ReplyValue value;
  std::string seen;
  while (cursor.next(value)) {
    seen += value.type;
    seen += std::string(value.text) + "/" + std::to_string(value.count) + " ";
  }
  EXPECT_EQ(seen, "*/3 $ab/0 %/2 +k/0 :5/0 _/0 ");
}

TEST(ReplyCursor, reads_nil_of_every_kind_alike) {
  for (const char* reply : {"$-1\r\n", "*-1\r\n", "_\r\n"}) {
    ReplyCursor cursor(reply);
    ReplyValue value;
    ASSERT_TRUE(cursor.next(value));
    EXPECT_TRUE(value.is_nil()) << reply;
    EXPECT_TRUE(cursor.at_end()) << reply;
  }
}

TEST(ReplyCursor, passes_over_attributes_wherever_they_stand) {
  ReplyCursor cursor("|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n*1\r\n:2\r\n*1\r\n|0\r\n|1\r\n+c\r\n:3\r\n:4\r\n");
  ReplyValue value;
  ASSERT_TRUE(cursor.next(value));
  EXPECT_EQ(value.type, '*');
  EXPECT_EQ(cursor.peek_type(), ':');
  ASSERT_TRUE(cursor.next(value));
  EXPECT_EQ(value.text, "4");
  EXPECT_TRUE(cursor.at_end());
}

TEST(ReplyCursor, skips_exactly_one_value) {
  for (const std::string& reply : sample_replies()) {
    const std::string two = reply + "+END\r\n";
    ReplyCursor cursor(two);
    ASSERT_TRUE(cursor.skip()) << reply;
    EXPECT_EQ(cursor.rest(), "+END\r\n") << reply;
  }
}

TEST(ReplyCursor, skips_a_million_levels_without_recursion) {
  const std::string deep = repeated("*1\r\n", 1000000) + ":1\r\n";
  ReplyCursor cursor(deep);
  EXPECT_TRUE(cursor.skip());
  EXPECT_TRUE(cursor.at_end());
}

TEST(ReplyCursor, ends_early_on_every_truncated_frame) {
  for (const std::string& reply : sample_replies()) {
    for (std::size_t size = 0; size < reply.size(); ++size) {
      const std::string cut(reply, 0, size);  // a copy, so that a sanitizer sees a step beyond it
      ReplyCursor cursor(cut);
      EXPECT_FALSE(cursor.skip()) << cut;
    }
  }
}

TEST(ReplyCursor, takes_bulks_and_integers_only_where_they_stand) {
  std::string_view text;
  std::int64_t number = 0;
  ReplyCursor cursor("$0\r\n\r\n$3\r\nabc\r\n:-42\r\n$-1\r\n");
  EXPECT_FALSE(cursor.take_integer(number));
  ASSERT_TRUE(cursor.take_bulk(text));
  EXPECT_EQ(text, "");
  ASSERT_TRUE(cursor.take_bulk(text));
  EXPECT_EQ(text, "abc");
  EXPECT_FALSE(cursor.take_bulk(text));
  ASSERT_TRUE(cursor.take_integer(number));
  EXPECT_EQ(number, -42);
  EXPECT_FALSE(cursor.take_bulk(text));
  EXPECT_EQ(cursor.rest(), "$-1\r\n");
}

}  // namespace
}  // namespace rediscluster::wire
