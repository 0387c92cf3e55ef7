// Names of temporary keys and holding lists: in the right slot, whatever the user's key looks like.
#include "emulation/own_keys.hpp"

#include <gtest/gtest.h>

#include <rediscluster/key_slot.hpp>
#include <string>

namespace rediscluster::emulation {
namespace {

const std::string odd_keys[] = {
    "", "plain", "{user:1}:cart", "{}empty tag", "}{", "{", "}", "}a{b}c", "{a{b}c", "{{a}}", "a}b", std::string("\0\xff\r\n", 4), std::string(5000, 'k'),
    "{" + std::string(5000, 't') + "}x", "rediscluster:tmp:{a}:b"};

TEST(OwnKeys, stand_in_the_slot_of_the_users_key) {
  for (const std::string& key : odd_keys) {
    SCOPED_TRACE(key.substr(0, 40));
    EXPECT_EQ(keyslot(temporary_key(key)), keyslot(key));
    EXPECT_EQ(keyslot(holding_key(key, "LEFT")), keyslot(key));
    EXPECT_EQ(keyslot("{" + tag_beside(key) + "}"), keyslot(key));
    EXPECT_EQ(tag_beside(key).find_first_of("{}"), std::string::npos);
    EXPECT_LE(tag_beside(key).size(), 64u);
  }
}

TEST(OwnKeys, keep_a_short_tag_readable) {
  EXPECT_EQ(tag_beside("plain"), "plain");
  EXPECT_EQ(tag_beside("{user:1}:cart"), "user:1");
}

TEST(OwnKeys, never_give_a_name_twice) {
  const std::string name = temporary_key("k");
  EXPECT_TRUE(name.starts_with("rediscluster:tmp:{k}:")) << name;
  EXPECT_EQ(name.size(), std::string("rediscluster:tmp:{k}:").size() + 32);
  EXPECT_NE(temporary_key("k"), name);
}

TEST(OwnKeys, a_holding_list_says_where_its_element_came_from) {
  const std::string name = holding_key("{jobs}:in", "RIGHT");
  EXPECT_TRUE(name.starts_with("rediscluster:holding:{jobs}:")) << name;
  EXPECT_TRUE(name.ends_with(":RIGHT:{jobs}:in")) << name;
  EXPECT_TRUE(holding_key("jobs", "LEFT").ends_with(":LEFT:jobs"));
  EXPECT_LT(holding_key(std::string(5000, 'k'), "ALL").size(), 150u);
}

}  // namespace
}  // namespace rediscluster::emulation
