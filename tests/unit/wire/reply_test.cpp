/// The tree of any reply.
#include <gtest/gtest.h>

#include <rediscluster/reply_decoder.hpp>
#include <ranges>
#include <stdexcept>

#include "unit/wire/decode_play.hpp"
#include "wire/reply_tree.hpp"

namespace rediscluster {
namespace {

using Type = Reply::Type;

Reply parse(std::string_view bytes) { return wire::decode_any(wire::own(bytes)).value(); }

TEST(Reply, knows_every_type) {
  const std::vector<std::pair<const char*, Type>> table{
      {"_\r\n", Type::nil},
      {"$-1\r\n", Type::nil},
      {"*-1\r\n", Type::nil},
      {"+OK\r\n", Type::status},
      {":1\r\n", Type::integer},
      {"$1\r\na\r\n", Type::text},
      {"=4\r\ntxt:\r\n", Type::verbatim},
      {",1\r\n", Type::number},
      {"#t\r\n", Type::boolean},
      {"(1\r\n", Type::big_number},
      {"-ERR\r\n", Type::error},
      {"!3\r\nERR\r\n", Type::error},
      {"*0\r\n", Type::array},
      {"~0\r\n", Type::set},
      {"%0\r\n", Type::map},
      {">0\r\n", Type::push},
  };
  for (const auto& [bytes, type] : table) EXPECT_EQ(parse(bytes).type(), type) << bytes;
}

TEST(Reply, is_nil_by_default) {
  const Reply reply;
  EXPECT_TRUE(reply.is_nil());
  EXPECT_EQ(reply.size(), 0U);
  EXPECT_EQ(reply.to_string(), "nil");
  EXPECT_FALSE(reply.find("x"));
}

TEST(Reply, gives_text_of_every_scalar) {
  EXPECT_EQ(parse("$3\r\na\r\n\r\n").as_string(), "a\r\n");
  EXPECT_EQ(parse("$0\r\n\r\n").as_string(), "");
  EXPECT_EQ(parse("=5\r\nmkd:x\r\n").as_string(), "x");
  EXPECT_EQ(parse(":-5\r\n").as_string(), "-5");
  EXPECT_EQ(parse(",1.5\r\n").as_string(), "1.5");
  EXPECT_EQ(parse("(99999999999999999999\r\n").as_string(), "99999999999999999999");
  EXPECT_EQ(parse("-ERR x\r\n").as_string(), "ERR x");
  EXPECT_EQ(parse("#t\r\n").as_string(), "true");
}

TEST(Reply, gives_numbers) {
  EXPECT_EQ(parse(":5\r\n").as_integer(), 5);
  EXPECT_EQ(parse("$2\r\n-7\r\n").as_integer(), -7);
  EXPECT_EQ(parse("#t\r\n").as_integer(), 1);
  EXPECT_EQ(parse(",2.5\r\n").as_double(), 2.5);
  EXPECT_EQ(parse("$3\r\n2.5\r\n").as_double(), 2.5);
  EXPECT_EQ(parse(":2\r\n").as_double(), 2.0);
  EXPECT_TRUE(parse("#t\r\n").as_bool());
  EXPECT_FALSE(parse(":0\r\n").as_bool());
}

TEST(Reply, throws_invalid_response_naming_what_it_is) {
  EXPECT_THROW(parse("$-1\r\n").as_string(), InvalidResponse);
  EXPECT_THROW(parse("*0\r\n").view(), InvalidResponse);
  EXPECT_THROW(parse("$1\r\nx\r\n").as_integer(), InvalidResponse);
  EXPECT_THROW(parse(",1.5\r\n").as_integer(), InvalidResponse);
  EXPECT_THROW(parse("(99999999999999999999\r\n").as_integer(), InvalidResponse);
  EXPECT_THROW(parse("#t\r\n").as_double(), InvalidResponse);
  EXPECT_THROW(parse(":2\r\n").as_bool(), InvalidResponse);
  try {
    parse("-ERR no\r\n").as_integer();
    FAIL() << "no exception";
  } catch (const InvalidResponse& error) {
    EXPECT_EQ(error.error().message, "the reply is an error, not an integer: ERR no");
    EXPECT_EQ(error.execution(), Execution::executed);
  }
}

TEST(Reply, gives_children_by_index) {
  const Reply reply = parse("*3\r\n:1\r\n*2\r\n+a\r\n*1\r\n+b\r\n%1\r\n+k\r\n:2\r\n");
  ASSERT_EQ(reply.size(), 3U);
  EXPECT_EQ(reply[0].as_integer(), 1);
  EXPECT_EQ(reply[1].size(), 2U);
  EXPECT_EQ(reply[1][1][0].as_string(), "b");
  EXPECT_EQ(reply[2].size(), 2U);
  EXPECT_EQ(reply[2][1].as_integer(), 2);
  EXPECT_THROW(reply[3], std::out_of_range);
  EXPECT_THROW(reply[0][0], std::out_of_range);
}

TEST(Reply, finds_keys_in_maps_and_flat_arrays) {
  for (const char* bytes : {"%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n", "*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n"}) {
    const Reply reply = parse(bytes);
    ASSERT_TRUE(reply.find("b")) << bytes;
    EXPECT_EQ(reply.find("b")->as_integer(), 2) << bytes;
    EXPECT_FALSE(reply.find("1")) << bytes;
  }
  EXPECT_FALSE(parse("*1\r\n+a\r\n").find("a"));
  EXPECT_FALSE(parse("%1\r\n*0\r\n:1\r\n").find(""));
}

TEST(Reply, leaves_attributes_out) {
  EXPECT_EQ(parse("|1\r\n+a\r\n:1\r\n*2\r\n:1\r\n|1\r\n+b\r\n*1\r\n:9\r\n:2\r\n").to_string(), "[1, 2]");
}

TEST(Reply, is_written_for_people) {
  EXPECT_EQ(parse("*3\r\n$1\r\na\r\n:1\r\n$-1\r\n").to_string(), "[\"a\", 1, nil]");
  EXPECT_EQ(parse("%2\r\n+a\r\n#t\r\n+b\r\n*0\r\n").to_string(), "{a: true, b: []}");
  EXPECT_EQ(parse("~1\r\n,1.5\r\n").to_string(), "~[1.5]");
  EXPECT_EQ(parse(">1\r\n=5\r\ntxt:x\r\n").to_string(), ">[\"x\"]");
  EXPECT_EQ(parse("*1\r\n-ERR x\r\n").to_string(), "[(error) ERR x]");
  EXPECT_EQ(parse(std::string_view("$8\r\na\"\\\r\n\t\x01\x7f\r\n", 14)).to_string(),
            "\"a\\\"\\\\\\r\\n\\t\\x01\\x7f\"");
}

TEST(Reply, outlives_the_reply_it_came_from) {
  Reply child;
  std::string_view view;
  {
    const Reply reply = parse("*2\r\n$3\r\nabc\r\n:1\r\n");
    child = reply[0];
    view = child.view();
  }
  EXPECT_EQ(view, "abc");
}

TEST(Reply, does_not_depend_on_memory_the_frame_only_looks_at) {
  std::string memory = "*1\r\n$3\r\nabc\r\n";
  const Reply reply = wire::decode_any(wire::Frame(memory, {})).value();
  memory.assign(memory.size(), '?');
  EXPECT_EQ(reply.to_string(), "[\"abc\"]");
}

TEST(Reply, copies_a_small_frame_instead_of_keeping_its_block) {
  const base::BlockRef block = base::Block::make(16384);
  std::copy_n("$3\r\nabc\r\n", 9, block->data());
  const Reply reply = wire::decode_any(wire::Frame({block->data(), 9}, block)).value();
  EXPECT_TRUE(block->unique());
}

TEST(Reply, keeps_the_block_of_a_large_frame) {
  const std::string bytes = wire::bulk(std::string(1000, 'x'));
  const wire::Frame frame = wire::own(bytes);
  const Reply reply = wire::decode_any(frame).value();
  EXPECT_FALSE(frame.block()->unique());
  EXPECT_EQ(reply.view().data(), frame.bytes().data() + 7);
}

TEST(Reply, is_a_range_of_its_children) {
  std::vector<std::string> seen;
  for (const Reply& each : parse("*2\r\n$1\r\na\r\n:2\r\n")) seen.push_back(each.as_string());
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "2"}));
  EXPECT_EQ(std::ranges::distance(parse("%1\r\n+k\r\n+v\r\n")), 2);
  for (const char* childless : {"_\r\n", ":1\r\n", "*0\r\n", "$1\r\na\r\n"}) EXPECT_EQ(std::ranges::distance(parse(childless)), 0) << childless;
  static_assert(std::ranges::random_access_range<Reply>);
}

TEST(Reply, keeps_its_bytes_alive_for_its_iterators) {
  Reply::Iterator it = parse("*2\r\n$1\r\na\r\n$1\r\nb\r\n").begin();
  EXPECT_EQ((*it).as_string(), "a");
  EXPECT_EQ(it[1].as_string(), "b");
}

TEST(Reply, becomes_what_a_typed_command_gives) {
  using Strings = std::vector<std::string>;
  using Fields = std::map<std::string, std::string>;
  EXPECT_EQ(parse("*2\r\n$1\r\na\r\n+b\r\n").as<Strings>(), (Strings{"a", "b"}));
  EXPECT_EQ(parse("*2\r\n$1\r\na\r\n$1\r\nb\r\n").as<Fields>(), (Fields{{"a", "b"}}));
  EXPECT_EQ(parse("%1\r\n$1\r\na\r\n$1\r\nb\r\n").as<Fields>(), (Fields{{"a", "b"}}));
  EXPECT_EQ(parse(":7\r\n").as<std::int64_t>(), 7);
  EXPECT_EQ(parse("$-1\r\n").as<std::optional<std::string>>(), std::nullopt);
  EXPECT_EQ(parse(":7\r\n").as<Reply>().as_integer(), 7);
  EXPECT_EQ(Reply().as<std::optional<std::string>>(), std::nullopt);
}

// Every type inside of another one: what a part becomes must not depend on the whole around it.
TEST(Reply, gives_its_parts_as_typed_values_too) {
  using Strings = std::vector<std::string>;
  const Reply whole = parse("*9\r\n*2\r\n$1\r\na\r\n*1\r\n:2\r\n,1.5\r\n#t\r\n_\r\n~1\r\n+x\r\n%1\r\n$1\r\nk\r\n(123\r\n=5\r\ntxt:v\r\n!5\r\nERR x\r\n-BUSY y\r\n");
  EXPECT_EQ(whole[0].to_string(), whole[0].as<Reply>().to_string());
  EXPECT_EQ(whole[0][1].as<std::vector<std::int64_t>>(), std::vector<std::int64_t>{2});
  EXPECT_EQ(whole[1].as<double>(), 1.5);
  EXPECT_EQ(whole[2].as<bool>(), true);
  EXPECT_EQ(whole[3].as<std::optional<std::string>>(), std::nullopt);
  EXPECT_EQ(whole[4].as<Strings>(), Strings{"x"});
  EXPECT_EQ(whole[5].as<Reply>().to_string(), whole[5].to_string());
  EXPECT_EQ(whole[6].as<std::string>(), "v");
  EXPECT_THROW(whole[7].as<std::string>(), ResponseError);
  EXPECT_THROW(whole[8].as<Reply>(), ResponseError);
}

TEST(Reply, of_another_shape_is_no_value) {
  try {
    parse(":7\r\n").as<std::vector<std::string>>();
    FAIL() << "an integer is no list";
  } catch (const InvalidResponse& error) {
    EXPECT_EQ(error.execution(), Execution::executed);
    EXPECT_NE(error.error().message.find("expected"), std::string::npos) << error.error().message;
  }
}

TEST(Reply, names_the_key_that_is_missing) {
  EXPECT_EQ(parse("%1\r\n+k\r\n+v\r\n").at("k").as_string(), "v");
  EXPECT_EQ(parse("*1\r\n+v\r\n").at(0).as_string(), "v");
  for (const char* without : {"%1\r\n+k\r\n+v\r\n", "*0\r\n", ":1\r\n", "_\r\n"}) {
    try {
      parse(without).at("missing");
      FAIL() << without;
    } catch (const InvalidResponse& error) {
      EXPECT_NE(error.error().message.find("missing"), std::string::npos) << error.error().message;
    }
  }
}

TEST(Reply, is_built_printed_and_freed_a_million_levels_deep) {
  const std::size_t depth = 1000000;
  const Reply reply = parse(wire::repeated("*1\r\n", depth) + ":1\r\n");
  EXPECT_EQ(reply.to_string(), std::string(depth, '[') + "1" + std::string(depth, ']'));
}

TEST(Reply, takes_an_error_as_a_value_or_as_an_error) {
  EXPECT_TRUE(wire::decode_any(wire::own("-ERR x\r\n"))->is_error());
  EXPECT_EQ(wire::decode_tree(wire::own("-BUSY x\r\n")).error().code, Errc::busy);
}

}  // namespace
}  // namespace rediscluster
