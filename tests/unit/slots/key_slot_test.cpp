/// The slot of a key against vectors of the specification, of redis-py-cluster and of a server.
#include <gtest/gtest.h>

#include <rediscluster/key_slot.hpp>
#include <string>

#include "base/random.hpp"

namespace rediscluster {
namespace {

using namespace std::string_view_literals;

static_assert(keyslot("foo") == 12182, "usable at compile time");
static_assert(keyslot("{user1000}.following") == keyslot("{user1000}.followers"));
static_assert(detail::crc16("123456789") == 0x31c3, "the check value of CRC16/XMODEM");

TEST(KeySlot, agrees_with_the_seeds_vectors) {
  EXPECT_EQ(keyslot("foo"), 12182);
  EXPECT_EQ(keyslot("{foo}bar"), 12182);
  EXPECT_EQ(keyslot("{foo}"), 12182);
  EXPECT_EQ(keyslot("1337"), 4314);
  EXPECT_EQ(keyslot("G0B96"), keyslot("TEFX5"));
}

TEST(KeySlot, knows_keys_of_the_first_slot) {
  for (const char* key :
       {"GQ5KU", "IFWJL", "X582D", "60ZE7", "8I2EQ", "R8H1V", "NJP6N", "0VI0A", "0CEIC", "MV75A", "TMKD9"}) {
    EXPECT_EQ(keyslot(key), 0) << key;
  }
}

TEST(KeySlot, knows_keys_of_slot_16299) {
  for (const char* key : {"0J8KD", "822JO", "8TJPT", "HD644", "SKUCM", "N4N5Z", "NRSWJ"})
    EXPECT_EQ(keyslot(key), 16299) << key;
}

TEST(KeySlot, hashes_the_empty_key_to_zero) { EXPECT_EQ(keyslot(""), 0); }

TEST(HashTag, is_what_stands_between_the_first_open_and_the_next_close) {
  EXPECT_EQ(hash_tag("a{b}c"), "b");
  EXPECT_EQ(hash_tag("{b}"), "b");
  EXPECT_EQ(hash_tag("a{b}c{d}"), "b");
  EXPECT_EQ(hash_tag("}{b}"), "b");
  EXPECT_EQ(hash_tag("{{a}}"), "{a");
  EXPECT_EQ(hash_tag("foo{{bar}}zap"), "{bar");
}

TEST(HashTag, is_the_whole_key_when_the_braces_hold_nothing_or_do_not_match) {
  for (const std::string_view key : {"{}"sv, "{}x"sv, "foo{}{bar}"sv, "a{b"sv, "}{"sv, "a}b"sv, "{"sv, "}"sv, ""sv})
    EXPECT_EQ(hash_tag(key), key);
}

TEST(HashTag, may_hold_any_bytes) {
  EXPECT_EQ(hash_tag("{\0\xff}x"sv), "\0\xff"sv);
  EXPECT_EQ(keyslot("\0{\xff\0}\0"sv), keyslot("\xff\0"sv));
}

// CRC16/XMODEM bit by bit, written apart from the table.
int slow_slot(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t length = key.substr(open + 1).find('}');
    if (length != std::string_view::npos && length > 0) key = key.substr(open + 1, length);
  }
  unsigned crc = 0;
  for (const char c : key) {
    for (int bit = 7; bit >= 0; --bit) {
      const unsigned top = ((crc >> 15) ^ (static_cast<unsigned char>(c) >> bit)) & 1u;
      crc = ((crc << 1) ^ (top != 0 ? 0x1021u : 0u)) & 0xffffu;
    }
  }
  return static_cast<int>(crc % 16384);
}

TEST(KeySlot, agrees_with_a_bitwise_reference_on_a_million_random_keys) {
  base::Random random(7);
  for (int i = 0; i < 1'000'000; ++i) {
    std::string key(random.below(24), '\0');
    for (char& c : key) c = random.below(5) == 0 ? "{}"[random.below(2)] : static_cast<char>(random.next());
    ASSERT_EQ(keyslot(key), slow_slot(key)) << ::testing::PrintToString(key);
  }
}

}  // namespace
}  // namespace rediscluster
