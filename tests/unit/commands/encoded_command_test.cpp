/// The bytes, the slot and the copies of encoded commands.
#include <rediscluster/commands/all.hpp>
#include <rediscluster/key_slot.hpp>

#include "commands/slot_of_key.hpp"
#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

using std::string;
using std::string_view_literals::operator""sv;

TEST(EncodedCommand, writes_an_array_of_bulk_strings) {
  EXPECT_EQ(cmd::get("k").bytes(), "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
}

TEST(EncodedCommand, writes_a_sub_command_as_a_word_of_its_own) {
  EXPECT_EQ(cmd::config_get("x").bytes(), "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$1\r\nx\r\n");
}

TEST(EncodedCommand, keeps_line_ends_and_nul_in_arguments) {
  EXPECT_EQ(cmd::set("a\r\nb", "\0\r\n*3\xff"sv).bytes(),
            "*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$6\r\n\0\r\n*3\xff\r\n"sv);
}

TEST(EncodedCommand, writes_empty_arguments) {
  EXPECT_EQ(cmd::set("", std::string_view()).bytes(), "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n");
}

TEST(EncodedCommand, writes_numbers_in_decimal) {
  const auto command = cmd::zadd("z", {{"m", -1.5}, {"n", 3}, {"o", 1e300}});
  EXPECT_EQ(sentence_of(command), "ZADD z -1.5 m 3 n 1e+300 o");
}

TEST(EncodedCommand, keeps_the_count_right_for_any_number_of_arguments) {
  EncodedCommand command(facts::del);
  for (int count = 1; count <= 1'000'000;) {
    for (const int stop = count < 2000 ? count + 1 : 1'000'001; count < stop; ++count) command.arg("x");
    ASSERT_EQ(command.argument_count(), count);
    const string head = "*" + std::to_string(count) + "\r\n$3\r\nDEL\r\n";
    ASSERT_EQ(command.bytes().substr(0, head.size()), head);
  }
  EXPECT_EQ(command.bytes().size(), 10 + 9 + 7u * 1'000'000);
}

TEST(EncodedCommand, writes_lengths_of_every_number_of_digits) {
  for (const std::size_t size : {9u, 10u, 99u, 100u, 999u, 1000u, 123'456u, 20'000'000u}) {
    const string value(size, 'v');
    const string expected = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + std::to_string(size) + "\r\n" + value + "\r\n";
    ASSERT_TRUE(cmd::set("k", value).bytes() == expected) << size;
  }
}

TEST(EncodedCommand, has_the_slot_of_its_key) { EXPECT_EQ(cmd::get("foo").slot(), 12182); }

TEST(EncodedCommand, has_the_slot_that_keyslot_gives_for_keys_of_every_length_and_byte) {
  string key;
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(slot_of_key(key), keyslot(key)) << i;
    ASSERT_EQ(slot_of_key("x{" + key + "}"), keyslot("x{" + key + "}")) << i;
    key += static_cast<char>(i * 151 + 7);
  }
}

TEST(EncodedCommand, has_no_slot_without_a_key) { EXPECT_EQ(cmd::ping().slot(), EncodedCommand::no_slot); }

TEST(EncodedCommand, has_one_slot_for_keys_with_one_hash_tag) {
  EXPECT_EQ(cmd::del({"{foo}a", "{foo}b", "foo"}).slot(), 12182);
}

TEST(EncodedCommand, knows_that_its_keys_have_several_slots) {
  EXPECT_EQ(cmd::del({"foo", "bar", "foo"}).slot(), EncodedCommand::several_slots);
}

TEST(EncodedCommand, takes_the_slot_of_a_slot_number) { EXPECT_EQ(cmd::cluster_countkeysinslot(7).slot(), 7); }

TEST(EncodedCommand, does_not_take_values_for_keys) { EXPECT_EQ(cmd::mset({{"foo", "bar"}}).slot(), 12182); }

TEST(EncodedCommand, walks_its_arguments) {
  const auto command = cmd::set("k\r\n", "");
  EXPECT_EQ(words_of(command), (std::vector<string>{"SET", "k\r\n", ""}));
}

TEST(EncodedCommand, is_the_same_after_a_copy_whether_small_or_large) {
  for (const std::size_t size : {1u, 150u, 180u, 200u, 5000u}) {
    const auto original = cmd::set("foo", string(size, 'x'));
    const EncodedCommand copy = original;
    ASSERT_EQ(copy.bytes(), original.bytes());
    ASSERT_EQ(copy.slot(), original.slot());
    ASSERT_EQ(copy.argument_count(), 3);
  }
}

TEST(EncodedCommand, is_the_same_after_a_move_whether_small_or_large) {
  for (const std::size_t size : {1u, 150u, 180u, 200u, 5000u}) {
    EncodedCommand original = cmd::set("foo", string(size, 'x'));
    const string bytes(original.bytes());
    const EncodedCommand moved = std::move(original);
    ASSERT_EQ(moved.bytes(), bytes);
    ASSERT_EQ(moved.slot(), 12182);
  }
}

TEST(EncodedCommand, can_be_assigned_in_both_directions_and_to_itself) {
  EncodedCommand small = cmd::get("k"), large = cmd::set("k", string(5000, 'x'));
  const string small_bytes(small.bytes()), large_bytes(large.bytes());
  std::swap(small, large);
  const EncodedCommand& same = small;
  small = same;
  EXPECT_TRUE(small.bytes() == large_bytes && large.bytes() == small_bytes);
}

TEST(EncodedCommand, can_grow_after_a_copy_without_changing_the_original) {
  const auto original = cmd::del({"a"});
  EncodedCommand copy = original;
  copy.arg(string(1000, 'x'));
  EXPECT_EQ(original.bytes(), "*2\r\n$3\r\nDEL\r\n$1\r\na\r\n");
}

TEST(EncodedCommand, tells_how_long_the_server_may_wait) {
  EXPECT_EQ(cmd::blpop("k", std::chrono::milliseconds(1500)).block_for(), std::chrono::milliseconds(1500));
}

TEST(EncodedCommand, keeps_its_bytes_under_another_reply_type) {
  EXPECT_EQ(cmd::get("k").as<Reply>().bytes(), cmd::get("k").bytes());
}

}  // namespace
}  // namespace rediscluster
