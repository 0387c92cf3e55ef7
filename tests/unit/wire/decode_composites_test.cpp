/// Values made of values, in RESP2 and RESP3 form.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

using Text = std::string;
using MaybeText = std::optional<std::string>;
using Texts = std::vector<std::string>;
using Scores = std::vector<std::pair<std::string, double>>;
using Fields = std::map<std::string, std::string>;

TEST(DecodeOptional, is_empty_for_nil_of_every_kind) {
  for (const char* reply : {"$-1\r\n", "*-1\r\n", "_\r\n", "|1\r\n+a\r\n:1\r\n_\r\n"}) {
    EXPECT_EQ(decoded<MaybeText>(reply), std::optional<MaybeText>(MaybeText{})) << reply;
    EXPECT_EQ(decoded<std::optional<Texts>>(reply), std::make_optional(std::optional<Texts>())) << reply;
  }
}

TEST(DecodeOptional, holds_what_is_there) {
  EXPECT_EQ(decoded<MaybeText>("$2\r\nab\r\n"), MaybeText("ab"));
  EXPECT_EQ(decoded<MaybeText>("$0\r\n\r\n"), MaybeText(""));
  EXPECT_EQ(decoded<MaybeText>("+OK\r\n"), MaybeText("OK"));
  EXPECT_EQ(decoded<std::optional<std::int64_t>>(":5\r\n"), std::optional<std::int64_t>(5));
}

TEST(DecodeOptional, takes_an_empty_array_for_nothing_only_where_it_cannot_be_a_value) {
  using MaybePair = std::optional<std::pair<Text, Text>>;
  EXPECT_EQ(decoded<MaybePair>("*0\r\n"), std::optional<MaybePair>(MaybePair{}));
  EXPECT_EQ(decoded<MaybePair>("*2\r\n$1\r\nk\r\n$1\r\nv\r\n"), std::optional<MaybePair>(MaybePair({"k", "v"})));
  EXPECT_EQ(decoded<std::optional<Texts>>("*0\r\n"), std::optional<std::optional<Texts>>(Texts{}));
  EXPECT_EQ(decoded<std::vector<MaybePair>>("*2\r\n*0\r\n*-1\r\n"), std::vector<MaybePair>(2));
}

TEST(DecodeVector, takes_arrays_sets_and_maps_in_turn) {
  for (const char* reply :
       {"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "~2\r\n+a\r\n+b\r\n", "%1\r\n+a\r\n+b\r\n", ">2\r\n+a\r\n+b\r\n"}) {
    EXPECT_EQ(decoded<Texts>(reply), (Texts{"a", "b"})) << reply;
  }
  EXPECT_EQ(decoded<Texts>("*0\r\n"), Texts{});
}

TEST(DecodeVector, keeps_nil_elements_in_place) {
  EXPECT_EQ(decoded<std::vector<MaybeText>>("*3\r\n$1\r\na\r\n$-1\r\n_\r\n"), (std::vector<MaybeText>{"a", {}, {}}));
}

TEST(DecodeVector, of_bool_and_of_integers_takes_both_protocols) {
  EXPECT_EQ(decoded<std::vector<bool>>("*3\r\n:1\r\n:0\r\n#t\r\n"), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(decoded<std::vector<std::int64_t>>("*2\r\n:1\r\n$2\r\n22\r\n"), (std::vector<std::int64_t>{1, 22}));
}

TEST(DecodeVector, refuses_scalars_and_wrong_elements) {
  for (const char* reply : {"$1\r\na\r\n", "$-1\r\n", "*-1\r\n", ":1\r\n", "*1\r\n$-1\r\n", "*2\r\n+a\r\n*0\r\n"}) {
    EXPECT_TRUE(is_refused<Texts>(reply)) << reply;
  }
}

TEST(DecodeSet, drops_repeats) {
  for (const char* reply : {"*3\r\n+b\r\n+a\r\n+b\r\n", "~2\r\n+b\r\n+a\r\n"}) {
    EXPECT_EQ(decoded<std::set<Text>>(reply), (std::set<Text>{"a", "b"})) << reply;
  }
}

TEST(DecodeMap, takes_map_flat_array_and_array_of_pairs) {
  for (const char* reply : {"%2\r\n+a\r\n+1\r\n+b\r\n+2\r\n", "*4\r\n+a\r\n+1\r\n+b\r\n+2\r\n",
                            "*2\r\n*2\r\n+a\r\n+1\r\n*2\r\n+b\r\n+2\r\n"}) {
    EXPECT_EQ(decoded<Fields>(reply), (Fields{{"a", "1"}, {"b", "2"}})) << reply;
  }
  EXPECT_EQ(decoded<Fields>("%0\r\n"), Fields{});
  EXPECT_EQ(decoded<Fields>("*0\r\n"), Fields{});
}

TEST(DecodeMap, takes_values_that_are_aggregates) {
  using Streams = std::map<Text, Texts>;
  const Streams expected{{"a", {"1"}}, {"b", {}}};
  for (const char* reply : {"%2\r\n+a\r\n*1\r\n+1\r\n+b\r\n*0\r\n", "*4\r\n+a\r\n*1\r\n+1\r\n+b\r\n*0\r\n",
                            "*2\r\n*2\r\n+a\r\n*1\r\n+1\r\n*2\r\n+b\r\n*0\r\n"}) {
    EXPECT_EQ(decoded<Streams>(reply), expected) << reply;
  }
}

TEST(DecodeMap, refuses_halves) {
  for (const char* reply :
       {"*3\r\n+a\r\n+1\r\n+b\r\n", "*1\r\n*1\r\n+a\r\n", "*1\r\n*3\r\n+a\r\n+b\r\n+c\r\n", "+a\r\n", "_\r\n"}) {
    EXPECT_TRUE(is_refused<Fields>(reply)) << reply;
  }
}

TEST(DecodePairs, keep_order_and_repeats_in_every_form) {
  const Scores expected{{"b", 2.5}, {"a", 1}, {"b", 3}};
  for (const char* reply : {"*6\r\n+b\r\n$3\r\n2.5\r\n+a\r\n$1\r\n1\r\n+b\r\n$1\r\n3\r\n",
                            "*3\r\n*2\r\n+b\r\n,2.5\r\n*2\r\n+a\r\n,1\r\n*2\r\n+b\r\n,3\r\n",
                            "%3\r\n+b\r\n,2.5\r\n+a\r\n,1\r\n+b\r\n,3\r\n"}) {
    EXPECT_EQ(decoded<Scores>(reply), expected) << reply;
  }
}

TEST(DecodePairs, of_stream_entries_nest) {
  using Entries = std::vector<std::pair<Text, std::vector<std::pair<Text, Text>>>>;
  const Entries expected{{"1-1", {{"f", "v"}, {"g", "w"}}}, {"1-2", {}}};
  EXPECT_EQ(decoded<Entries>("*2\r\n*2\r\n$3\r\n1-1\r\n*4\r\n+f\r\n+v\r\n+g\r\n+w\r\n*2\r\n$3\r\n1-2\r\n*0\r\n"),
            expected);
}

TEST(DecodePairs, whose_first_half_is_an_aggregate_are_taken_from_nested_arrays) {
  using Routes = std::vector<std::pair<Texts, std::int64_t>>;
  EXPECT_EQ(decoded<Routes>("*1\r\n*2\r\n*2\r\n+a\r\n+b\r\n:1\r\n"), (Routes{{{"a", "b"}, 1}}));
}

TEST(DecodePair, takes_exactly_two) {
  using Scan = std::pair<Text, Texts>;
  EXPECT_EQ(decoded<Scan>("*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n"), (Scan{"0", {"k"}}));
  for (const char* reply : {"*1\r\n$1\r\n0\r\n", "*3\r\n+0\r\n*0\r\n+x\r\n", "*0\r\n", "_\r\n", "+a\r\n"}) {
    EXPECT_TRUE(is_refused<Scan>(reply)) << reply;
  }
}

TEST(DecodeTuple, takes_exactly_as_many_as_it_has) {
  using Popped = std::tuple<Text, Text, double>;
  EXPECT_EQ(decoded<Popped>("*3\r\n+k\r\n+m\r\n$1\r\n2\r\n"), (Popped{"k", "m", 2.0}));
  EXPECT_EQ(decoded<Popped>("*3\r\n+k\r\n+m\r\n,2\r\n"), (Popped{"k", "m", 2.0}));
  EXPECT_TRUE(is_refused<Popped>("*2\r\n+k\r\n+m\r\n"));
  EXPECT_TRUE(is_refused<Popped>("*4\r\n+k\r\n+m\r\n,2\r\n,2\r\n"));
}

TEST(DecodeReply, shares_one_tree_among_elements) {
  const auto replies = decoded<std::vector<Reply>>("*3\r\n+OK\r\n-ERR in exec\r\n*1\r\n:3\r\n");
  ASSERT_TRUE(replies);
  ASSERT_EQ(replies->size(), 3U);
  EXPECT_EQ((*replies)[0].as_string(), "OK");
  EXPECT_TRUE((*replies)[1].is_error());
  EXPECT_EQ((*replies)[2][0].as_integer(), 3);
}

TEST(DecodeReply, stands_inside_other_values) {
  const auto map = decoded<std::map<Text, Reply>>("%2\r\n+a\r\n:1\r\n+b\r\n|1\r\n+x\r\n+y\r\n*1\r\n+z\r\n");
  ASSERT_TRUE(map);
  EXPECT_EQ(map->at("a").as_integer(), 1);
  EXPECT_EQ(map->at("b").to_string(), "[z]");
  const auto discarded = decoded<std::optional<std::vector<Reply>>>("*-1\r\n");
  ASSERT_TRUE(discarded);
  EXPECT_FALSE(discarded->has_value());
}

}  // namespace
}  // namespace rediscluster::wire
