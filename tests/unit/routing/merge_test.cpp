/// Several replies become one, by every policy; replies of a wrong shape become an error.
#include "routing/merge.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::routing {
namespace {

using Texts = std::vector<std::string>;
using Policy = ResponsePolicy;

Result<wire::Frame> merged(Policy policy, const Texts& texts, const std::vector<std::vector<std::uint32_t>>& keys = {},
                           std::uint32_t key_count = 0) {
  std::vector<wire::Frame> frames;
  for (const std::string& text : texts) frames.push_back(wire::own(text));
  const std::vector<std::span<const std::uint32_t>> keys_of_parts(keys.begin(), keys.end());
  return merge(policy, frames, keys_of_parts, key_count);
}

struct Row {
  const char* name;
  Policy policy;
  Texts replies;
  std::string result;
};
class MergeTable : public ::testing::TestWithParam<Row> {};

TEST_P(MergeTable, is_followed) {
  const Result<wire::Frame> reply = merged(GetParam().policy, GetParam().replies);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->bytes(), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Each, MergeTable,
    ::testing::Values(
        Row{"sum", Policy::agg_sum, {":1\r\n", ":20\r\n", ":300\r\n"}, ":321\r\n"},
        Row{"sum_of_one", Policy::agg_sum, {":7\r\n"}, ":7\r\n"},
        Row{"sum_of_negatives", Policy::agg_sum, {":-5\r\n", ":3\r\n"}, ":-2\r\n"},
        Row{"min", Policy::agg_min, {":3\r\n", ":-1\r\n", ":2\r\n"}, ":-1\r\n"},
        Row{"max", Policy::agg_max, {":3\r\n", ":9\r\n", ":2\r\n"}, ":9\r\n"},
        Row{"and_true", Policy::agg_logical_and, {":1\r\n", ":1\r\n"}, ":1\r\n"},
        Row{"and_false", Policy::agg_logical_and, {":1\r\n", ":0\r\n"}, ":0\r\n"},
        Row{"or_true", Policy::agg_logical_or, {":0\r\n", ":1\r\n"}, ":1\r\n"},
        Row{"or_false", Policy::agg_logical_or, {":0\r\n", ":0\r\n"}, ":0\r\n"},
        Row{"and_of_booleans", Policy::agg_logical_and, {"#t\r\n", "#f\r\n"}, ":0\r\n"},
        Row{"and_of_arrays",
            Policy::agg_logical_and,
            {"*3\r\n:1\r\n:0\r\n:1\r\n", "*3\r\n:1\r\n:1\r\n:0\r\n"},
            "*3\r\n:1\r\n:0\r\n:0\r\n"},
        Row{"sum_of_empty_arrays", Policy::agg_sum, {"*0\r\n", "*0\r\n"}, "*0\r\n"},
        Row{"sum_behind_attributes", Policy::agg_sum, {"|1\r\n+a\r\n:9\r\n:1\r\n", ":2\r\n"}, ":3\r\n"},
        Row{"concatenate",
            Policy::concatenate,
            {"*2\r\n$1\r\na\r\n:1\r\n", "*0\r\n", "*1\r\n$1\r\na\r\n"},
            "*3\r\n$1\r\na\r\n:1\r\n$1\r\na\r\n"},
        Row{"concatenate_sets", Policy::concatenate, {"~1\r\n:1\r\n", "~1\r\n:2\r\n"}, "*2\r\n:1\r\n:2\r\n"},
        Row{"concatenate_nested",
            Policy::concatenate,
            {"*1\r\n*2\r\n:1\r\n*0\r\n", "*1\r\n_\r\n"},
            "*2\r\n*2\r\n:1\r\n*0\r\n_\r\n"},
        Row{"union",
            Policy::union_of_sets,
            {"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "*2\r\n$1\r\nb\r\n$1\r\nc\r\n"},
            "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"},
        Row{"sum_by_name",
            Policy::sum_by_name,
            {"*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n", "*2\r\n$1\r\na\r\n:5\r\n"},
            "*4\r\n$1\r\na\r\n:6\r\n$1\r\nb\r\n:2\r\n"},
        Row{"sum_by_name_of_maps",
            Policy::sum_by_name,
            {"%1\r\n$1\r\na\r\n:1\r\n", "*0\r\n"},
            "*2\r\n$1\r\na\r\n:1\r\n"},
        Row{"first", Policy::first, {"+a\r\n", "+b\r\n"}, "+a\r\n"},
        Row{"all_succeeded", Policy::all_succeeded, {"+OK\r\n", "+OK\r\n"}, "+OK\r\n"},
        Row{"one_succeeded_skips_nil", Policy::one_succeeded, {"_\r\n", "$-1\r\n", "*-1\r\n", "+b\r\n"}, "+b\r\n"},
        Row{"special_all_nil", Policy::special, {"_\r\n", "$-1\r\n"}, "_\r\n"},
        Row{"per_node_takes_the_first", Policy::per_node, {":1\r\n", ":2\r\n"}, ":1\r\n"}),
    [](const auto& each) { return std::string(each.param.name); });

class MergeWrongShape : public ::testing::TestWithParam<Row> {};

TEST_P(MergeWrongShape, is_an_error_and_no_crash) {
  const Result<wire::Frame> reply = merged(GetParam().policy, GetParam().replies);
  ASSERT_FALSE(reply) << reply->bytes();
  EXPECT_EQ(reply.error().code, Errc::unexpected_reply);
  EXPECT_EQ(reply.error().execution, Execution::executed);
}

INSTANTIATE_TEST_SUITE_P(
    Each, MergeWrongShape,
    ::testing::Values(Row{"sum_of_text", Policy::agg_sum, {":1\r\n", "+a\r\n"}, ""},
                    Row{"sum_of_nil", Policy::agg_sum, {":1\r\n", "_\r\n"}, ""},
                    Row{"sum_of_nil_bulk", Policy::agg_sum, {"$-1\r\n", ":1\r\n"}, ""},
                    Row{"sum_of_nil_array", Policy::agg_sum, {"*-1\r\n", ":1\r\n"}, ""},
                    Row{"sum_of_second_nil_array", Policy::agg_sum, {":1\r\n", "*-1\r\n"}, ""},
                    Row{"sum_of_different_lengths", Policy::agg_sum, {"*1\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n"}, ""},
                    Row{"sum_of_arrays_in_arrays", Policy::agg_sum, {"*1\r\n*1\r\n:1\r\n"}, ""},
                    Row{"sum_of_a_map", Policy::agg_sum, {"%1\r\n+a\r\n:1\r\n"}, ""},
                    Row{"sum_beyond_64_bits", Policy::agg_sum, {":9223372036854775807\r\n", ":1\r\n"}, ""},
                    Row{"sum_below_64_bits", Policy::agg_sum, {":-9223372036854775808\r\n", ":-1\r\n"}, ""},
                    Row{"sum_of_array_and_number", Policy::agg_sum, {":1\r\n", "*2\r\n:1\r\n:1\r\n"}, ""},
                    Row{"concatenate_text", Policy::concatenate, {"*0\r\n", "+a\r\n"}, ""},
                    Row{"concatenate_nil", Policy::concatenate, {"*-1\r\n"}, ""},
                    Row{"concatenate_maps", Policy::concatenate, {"%1\r\n:1\r\n:2\r\n"}, ""},
                    Row{"union_of_text", Policy::union_of_sets, {"$1\r\na\r\n"}, ""},
                    Row{"sum_by_name_of_odd_array", Policy::sum_by_name, {"*3\r\n+a\r\n:1\r\n+b\r\n"}, ""},
                    Row{"sum_by_name_of_text", Policy::sum_by_name, {"+a\r\n"}, ""},
                    Row{"sum_by_name_without_number", Policy::sum_by_name, {"*2\r\n+a\r\n+b\r\n"}, ""},
                    Row{"sum_by_name_of_array_names", Policy::sum_by_name, {"*2\r\n*0\r\n:1\r\n"}, ""},
                    Row{"sum_by_name_beyond_64_bits",
                        Policy::sum_by_name,
                        {"*2\r\n+a\r\n:9223372036854775807\r\n", "*2\r\n+a\r\n:9223372036854775807\r\n"},
                        ""}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Merge, puts_values_back_in_the_order_of_the_keys) {
  const auto reply = merged(Policy::by_key_order, {"*2\r\n$1\r\na\r\n_\r\n", "*1\r\n$-1\r\n", "*1\r\n*1\r\n:3\r\n"},
                            {{0, 3}, {2}, {1}}, 4);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->bytes(), "*4\r\n$1\r\na\r\n*1\r\n:3\r\n$-1\r\n_\r\n");
}

TEST(Merge, refuses_parts_with_more_or_fewer_values_than_keys) {
  EXPECT_FALSE(merged(Policy::by_key_order, {"*1\r\n:1\r\n"}, {{0, 1}}, 2));
  EXPECT_FALSE(merged(Policy::by_key_order, {"*3\r\n:1\r\n:2\r\n:3\r\n"}, {{0, 1}}, 2));
  EXPECT_FALSE(merged(Policy::by_key_order, {"*-1\r\n"}, {{0}}, 1));
  EXPECT_FALSE(merged(Policy::by_key_order, {"+OK\r\n"}, {{0}}, 1));
}

}  // namespace
}  // namespace rediscluster::routing
