/// Replies of the geo and array commands, and the scalars that came with them.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

using namespace std::chrono_literals;
using TimePoint = std::chrono::system_clock::time_point;
using Matches = std::vector<GeoMatch>;

TEST(DecodeGeoPosition, takes_texts_and_doubles) {
  const GeoPosition palermo{13.5, 38.25};
  EXPECT_EQ(decoded<GeoPosition>("*2\r\n$4\r\n13.5\r\n$5\r\n38.25\r\n"), palermo);
  EXPECT_EQ(decoded<GeoPosition>("*2\r\n,13.5\r\n,38.25\r\n"), palermo);
  EXPECT_EQ(decoded<std::vector<std::optional<GeoPosition>>>("*2\r\n*-1\r\n_\r\n"),
            (std::vector<std::optional<GeoPosition>>(2)));
}

TEST(DecodeGeoPosition, refuses_other_shapes) {
  for (const char* reply : {"*0\r\n", "*1\r\n,1.5\r\n", "*2\r\n,1.5\r\n+north\r\n", ",1.5\r\n", "$-1\r\n"}) {
    EXPECT_TRUE(is_refused<GeoPosition>(reply)) << reply;
  }
}

TEST(DecodeGeoMatch, takes_what_was_asked_for) {
  EXPECT_EQ(decoded<Matches>("*2\r\n$1\r\na\r\n$1\r\nb\r\n"), (Matches{{"a", {}, {}, {}}, {"b", {}, {}, {}}}));
  EXPECT_EQ(decoded<Matches>("*1\r\n*2\r\n$1\r\na\r\n$3\r\n1.5\r\n"), (Matches{{"a", 1.5, {}, {}}}));
  EXPECT_EQ(decoded<Matches>("*1\r\n*2\r\n$1\r\na\r\n:77\r\n"), (Matches{{"a", {}, 77, {}}}));
  EXPECT_EQ(decoded<Matches>("*1\r\n*2\r\n$1\r\na\r\n*2\r\n,1.5\r\n,2.5\r\n"), (Matches{{"a", {}, {}, GeoPosition{1.5, 2.5}}}));
  EXPECT_EQ(decoded<Matches>("*1\r\n*4\r\n$1\r\na\r\n,0.5\r\n:77\r\n*2\r\n,1.5\r\n,2.5\r\n"),
            (Matches{{"a", 0.5, 77, GeoPosition{1.5, 2.5}}}));
  EXPECT_EQ(decoded<Matches>("*0\r\n"), Matches{});
}

TEST(DecodeGeoMatch, refuses_other_shapes_and_cuts) {
  for (const char* reply : {"*1\r\n*0\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n$1\r\na\r\n$1\r\nx\r\n",
                            "*1\r\n*2\r\n$1\r\na\r\n*1\r\n,1.5\r\n", "*1\r\n*2\r\n$1\r\na\r\n%0\r\n", "$1\r\na\r\n"}) {
    EXPECT_TRUE(is_refused<Matches>(reply)) << reply;
  }
  const std::string_view whole = "*1\r\n*4\r\n$1\r\na\r\n,0.5\r\n:77\r\n*2\r\n,1.5\r\n,2.5\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ReplyCursor cursor(whole.substr(0, size));
    Matches matches;
    Mismatch why;
    EXPECT_FALSE(Decoder<Matches>::decode(cursor, matches, why)) << size;
  }
}

TEST(DecodeArrayInfo, takes_the_short_and_the_full_form) {
  const auto brief = decoded<ArrayInfo>("%2\r\n$5\r\ncount\r\n:3\r\n$3\r\nlen\r\n$20\r\n18446744073709551615\r\n");
  ASSERT_TRUE(brief);
  EXPECT_EQ(brief->count, 3u);
  EXPECT_EQ(brief->length, 18446744073709551615u);
  EXPECT_FALSE(brief->dense_slices);
  const auto full = decoded<ArrayInfo>("*6\r\n$5\r\ncount\r\n:3\r\n$12\r\ndense-slices\r\n:1\r\n$14\r\navg-dense-fill\r\n$3\r\n0.5\r\n");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->dense_slices, 1u);
  EXPECT_EQ(full->average_dense_fill, 0.5);
  EXPECT_TRUE(is_refused<ArrayInfo>("*2\r\n$3\r\nlen\r\n:3\r\n"));
}

TEST(DecodeUnsigned, takes_what_fits_and_refuses_the_rest) {
  EXPECT_EQ(decoded<std::uint64_t>(":0\r\n"), 0u);
  EXPECT_EQ(decoded<std::uint64_t>("$20\r\n18446744073709551615\r\n"), 18446744073709551615u);
  EXPECT_EQ(decoded<std::uint64_t>("(18446744073709551615\r\n"), 18446744073709551615u);
  for (const char* reply : {":-1\r\n", "(18446744073709551616\r\n", "$1\r\nx\r\n", "$0\r\n\r\n", "$-1\r\n", "*0\r\n", ",1.5\r\n"}) {
    EXPECT_TRUE(is_refused<std::uint64_t>(reply)) << reply;
  }
}

TEST(DecodeTimes, takes_milliseconds) {
  EXPECT_EQ(decoded<std::chrono::milliseconds>(":-1\r\n"), -1ms);
  EXPECT_EQ(decoded<TimePoint>(":1500\r\n"), TimePoint(1500ms));
}

TEST(DecodeTimes, refuses_times_that_the_clock_cannot_hold) {
  EXPECT_TRUE(is_refused<TimePoint>(":9223372036854775807\r\n"));
  EXPECT_TRUE(is_refused<TimePoint>(":-9223372036854775807\r\n"));
  EXPECT_TRUE(is_refused<TimePoint>("$4\r\nsoon\r\n"));
}

}  // namespace
}  // namespace rediscluster::wire
