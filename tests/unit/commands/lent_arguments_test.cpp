/// Long arguments that are not copied: what is sent is the same, and whoever keeps the command owns it.
#include <gtest/gtest.h>

#include <map>
#include <rediscluster/commands/all.hpp>
#include <string>
#include <vector>


namespace rediscluster {
namespace {

const std::string long_value(100'000, 'v');
const std::string other_value(50'000, 'w');
constexpr auto lent = detail::Loan::yes;

std::string joined(const EncodedCommand& command) {
  std::string bytes;
  command.for_each_piece([&](std::string_view piece) { bytes += piece; });
  return bytes;
}

bool stands_elsewhere(const EncodedCommand& command, const std::string& text) {
  bool found = false;
  command.for_each_piece([&](std::string_view piece) { found = found || piece.data() == text.data(); });
  return found;
}

void expect_the_same(const EncodedCommand& command, const EncodedCommand& owned) {
  EXPECT_TRUE(command.has_lent());
  EXPECT_FALSE(owned.has_lent());
  EXPECT_EQ(command.size(), owned.size());
  EXPECT_EQ(command.argument_count(), owned.argument_count());
  EXPECT_EQ(command.slot(), owned.slot());
  EXPECT_TRUE(joined(command) == owned.bytes());
  EXPECT_TRUE(command.bytes() == owned.bytes());
  EXPECT_FALSE(command.has_lent()) << "bytes() joins them";
  EXPECT_TRUE(joined(command) == owned.bytes());
}

TEST(LentArguments, are_the_same_bytes_as_copied_ones) {
  const std::vector<std::string> list{"a", long_value, "b", other_value};
  const std::map<std::string, std::string> map{{"k1", long_value}, {"k2", other_value}, {"k3", "short"}};
  std::vector<std::string> many(30, long_value);
  expect_the_same(cmd::set("k", long_value, {}, lent), cmd::set("k", long_value));
  expect_the_same(cmd::append("k", long_value, lent), cmd::append("k", long_value));
  expect_the_same(cmd::rpush("k", list, lent), cmd::rpush("k", list));
  expect_the_same(cmd::rpush("k", many, lent), cmd::rpush("k", many));
  expect_the_same(cmd::mset(map, lent), cmd::mset(map));
  expect_the_same(cmd::hset("k", map, lent), cmd::hset("k", map));
  expect_the_same(cmd::eval("return 1", {"k"}, {long_value, "x"}, lent), cmd::eval("return 1", {"k"}, {long_value, "x"}));
}

TEST(LentArguments, stay_where_they_are) {
  const auto command = cmd::set("k", long_value, {.keep_ttl = true}, lent);
  EXPECT_TRUE(stands_elsewhere(command, long_value));
}

TEST(LentArguments, are_copied_when_they_are_short_or_the_command_is_a_value) {
  EXPECT_FALSE(cmd::set("k", "short", {}, lent).has_lent());
  EXPECT_FALSE(cmd::set("k", long_value).has_lent());
}

/// "a" and "b" with a long tail, each made when it is asked for.
class MadeAsItGoes {
 public:
  class Iterator {
   public:
    using value_type = std::string;
    using difference_type = std::ptrdiff_t;
    std::string operator*() const { return std::string(1, letter_) + long_value; }
    Iterator& operator++() {
      ++letter_;
      return *this;
    }
    Iterator operator++(int) { return {static_cast<char>(letter_++)}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;
    char letter_ = 'a';
  };
  Iterator begin() const { return {'a'}; }
  Iterator end() const { return {'c'}; }
};

TEST(LentArguments, are_copied_when_a_range_makes_them_as_it_goes) {
  const auto command = cmd::rpush("k", MadeAsItGoes(), lent);
  EXPECT_FALSE(command.has_lent());
  EXPECT_TRUE(command.bytes() == cmd::rpush("k", std::vector<std::string>{"a" + long_value, "b" + long_value}).bytes());
}

TEST(LentArguments, are_owned_by_a_copy_and_still_lent_by_what_was_moved) {
  const EncodedCommand owned = cmd::set("k", long_value);
  EncodedCommand command = cmd::set("k", long_value, {}, lent);
  EncodedCommand moved = std::move(command);
  EXPECT_TRUE(stands_elsewhere(moved, long_value));
  const EncodedCommand copy = moved;
  EXPECT_FALSE(copy.has_lent());
  EXPECT_TRUE(copy.bytes() == owned.bytes());
  moved = cmd::get("k");
  EXPECT_EQ(moved.bytes(), cmd::get("k").bytes());
}

}  // namespace
}  // namespace rediscluster
