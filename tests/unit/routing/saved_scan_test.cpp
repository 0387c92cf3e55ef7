/// A scan as text and back; texts that are none; cursors.
#include "routing/cursor_watch.hpp"
#include "routing/saved_scan.hpp"

#include <gtest/gtest.h>

namespace rediscluster::routing {
namespace {

SavedScan rich_scan() {
  SavedScan scan;
  scan.options.match = std::string("a;b=c:%\x00\xff *", 12);
  scan.options.count = 500;
  scan.options.type = "string";
  scan.options.parallel = 4;
  scan.options.patience = std::chrono::milliseconds(1500);
  scan.options.uncovered = Uncovered::allow;
  scan.covered.add(SlotRun{0, 5460});
  scan.halves[9000] = {"source,id", 12, "target"};
  SavedPass pass{{"node:1", "run", 7}, "18446744073709551615"};
  pass.pass.whole.add(SlotRun{6000, 7000});
  pass.pass.leaving[7001] = "t>x";
  pass.pass.leaving[7002] = "t";
  pass.pass.arriving.add(9000);
  scan.passes = {pass, {{"node2", "run2", 8}, std::string(scan_end)}};
  scan.nodes = {"0123456789abcdef", "fedc"};
  return scan;
}

TEST(SavedScan, comes_back_as_it_was) {
  const SavedScan scan = rich_scan();
  const Result<SavedScan> back = saved_scan_from_text(to_text(scan));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->options.match, scan.options.match);
  EXPECT_EQ(back->options.count, 500);
  EXPECT_EQ(back->options.type, "string");
  EXPECT_EQ(back->options.parallel.count(), 4);
  EXPECT_EQ(back->options.patience, std::chrono::milliseconds(1500));
  EXPECT_EQ(back->options.uncovered, Uncovered::allow);
  EXPECT_EQ(back->covered, scan.covered);
  EXPECT_EQ(back->halves, scan.halves);
  EXPECT_EQ(back->passes, scan.passes);
  EXPECT_EQ(back->nodes, (std::vector<std::string>{"01234567", "fedc"}));
}

TEST(SavedScan, of_nothing_comes_back_too) {
  const Result<SavedScan> back = saved_scan_from_text(to_text(SavedScan{}));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_FALSE(back->options.match);
  EXPECT_EQ(back->options.parallel.count(), 1);
  EXPECT_TRUE(back->covered.empty());
  EXPECT_TRUE(back->passes.empty());
}

TEST(SavedScan, is_printable_and_without_spaces) {
  for (const char c : to_text(rich_scan())) EXPECT_TRUE(c > ' ' && c < 127) << static_cast<int>(c);
}

TEST(SavedScan, is_refused_when_one_sign_is_another_or_missing) {
  const std::string text = to_text(rich_scan());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(saved_scan_from_text(changed)) << changed;
    EXPECT_FALSE(saved_scan_from_text(text.substr(0, i))) << i;
  }
}

TEST(SavedScan, is_refused_with_an_error_that_says_so) {
  for (const std::string& text : {std::string(), std::string("hello"), std::string("scan1"), std::string(10, '\0')}) {
    const Result<SavedScan> back = saved_scan_from_text(text);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, Errc::bad_option);
    EXPECT_NE(back.error().message.find("no scan saved by KeyScan::save()"), std::string::npos);
  }
}

TEST(Cursor, is_an_unsigned_number_of_64_bits) {
  for (const char* good : {"0", "1", "9223372036854775808", "18446744073709551615"}) EXPECT_TRUE(is_cursor(good)) << good;
  for (const char* bad : {"", "00", "01", "-1", "+1", " 1", "1 ", "x", "18446744073709551616"}) EXPECT_FALSE(is_cursor(bad)) << bad;
}

TEST(CursorWatch, finds_circles_of_any_length_and_no_others) {
  for (const int length : {1, 2, 3, 100}) {
    CursorWatch watch;
    int steps = 0;
    while (!watch.repeats(std::to_string(1000 + steps % length)) && steps < 1000) ++steps;
    EXPECT_LE(steps, 3 * length + 2) << length;
  }
  CursorWatch watch;
  for (int i = 1; i < 10'000; ++i) ASSERT_FALSE(watch.repeats(std::to_string(i)));
}

}  // namespace
}  // namespace rediscluster::routing
