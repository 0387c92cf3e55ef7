/// What decoding says when it cannot: the server's error, or what was expected and what came.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

TEST(DecodeErrors, an_error_reply_becomes_its_error_whatever_the_type) {
  for (const char* reply : {"-LOADING wait\r\n", "!12\r\nLOADING wait\r\n", "|1\r\n+a\r\n:1\r\n-LOADING wait\r\n"}) {
    for (const auto& error :
         {decode_reply<bool>(reply).error(), decode_reply<std::optional<std::string>>(reply).error(),
          decode_reply<std::map<std::string, double>>(reply).error(), decode_reply<Reply>(reply).error()}) {
      EXPECT_EQ(error.code, Errc::loading) << reply;
      EXPECT_EQ(error.message, "LOADING wait") << reply;
      EXPECT_EQ(error.execution, Execution::not_executed) << reply;
    }
  }
}

TEST(DecodeErrors, an_error_element_becomes_its_error) {
  const auto result = decode_reply<std::vector<std::optional<std::string>>>("*2\r\n$1\r\na\r\n-WRONGTYPE no\r\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::wrong_type);
  EXPECT_EQ((decode_reply<std::pair<std::string, std::int64_t>>("*2\r\n+a\r\n!6\r\nOOM no\r\n").error().code),
            Errc::out_of_memory);
  EXPECT_EQ((decode_reply<std::map<std::string, std::string>>("%1\r\n+a\r\n-BUSY x\r\n").error().code), Errc::busy);
}

TEST(DecodeErrors, a_wrong_shape_names_command_expectation_and_first_bytes) {
  const auto result = decode_reply<std::int64_t>("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "TEST CMD: expected an integer, got \"*2\\r\\n$1\\r\\na\\r\\n$1\\r\\nb\\r\\n\"");
  EXPECT_EQ(result.error().code, Errc::unexpected_reply);
  EXPECT_EQ(result.error().execution, Execution::executed);
}

TEST(DecodeErrors, a_wrong_element_is_shown_from_where_it_stands_and_cut) {
  const auto result = decode_reply<std::vector<std::int64_t>>("*2\r\n:1\r\n" + bulk(std::string(100, 'x')));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "TEST CMD: expected an integer, got \"$100\\r\\n" + std::string(29, 'x') + "...\"");
}

TEST(DecodeErrors, an_empty_frame_is_refused) {
  EXPECT_EQ(decode<std::string>(Frame(), test_facts).error().message, "TEST CMD: expected a string, got nothing");
  EXPECT_EQ(decode<std::optional<std::string>>(Frame(), test_facts).error().code, Errc::unexpected_reply);
  EXPECT_EQ(decode<Reply>(Frame(), test_facts).error().code, Errc::unexpected_reply);
}

TEST(DecodeErrors, damaged_frames_are_refused_at_every_length) {
  using Everything = std::map<std::string, std::vector<std::pair<std::string, std::optional<std::int64_t>>>>;
  const std::string whole = "%1\r\n$1\r\na\r\n*2\r\n*2\r\n+b\r\n:1\r\n*2\r\n|1\r\n+c\r\n+d\r\n+e\r\n$-1\r\n";
  ASSERT_TRUE(decoded<Everything>(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode<Everything>(own(whole.substr(0, size)), test_facts)) << size;
    EXPECT_FALSE(decode<Reply>(own(whole.substr(0, size)), test_facts)) << size;
  }
}

TEST(DecodeErrors, a_lying_header_reserves_no_memory) {
  for (const char* reply : {"*1152921504606846975\r\n", "%9223372036854775807\r\n:1\r\n", "~4294967295\r\n"}) {
    EXPECT_FALSE(decode<std::vector<std::string>>(own(reply), test_facts)) << reply;
    EXPECT_FALSE((decode<std::vector<std::pair<std::string, std::string>>>(own(reply), test_facts))) << reply;
    EXPECT_FALSE(decode<Reply>(own(reply), test_facts)) << reply;
  }
}

}  // namespace
}  // namespace rediscluster::wire
