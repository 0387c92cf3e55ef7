/// When a slot counts as covered: every way a slot can move, a node can change, between the two ends of a pass.
#include "routing/scan_book.hpp"

#include <gtest/gtest.h>

namespace rediscluster::routing {
namespace {

using slots::OwnView;
using slots::SlotSet;

constexpr int s = 7;        // the slot in question
constexpr int other = 100;  // a slot of the same node that stays

OwnView node(const std::string& id, std::initializer_list<int> owned, std::int64_t epoch = 1) {
  OwnView view{id, "run-" + id, true, epoch, {}};
  for (const int slot : owned) view.owned.add(slot);
  return view;
}
OwnView leaving(OwnView view, const std::string& target) {
  view.leaving[s] = target;
  return view;
}
OwnView importing(OwnView view, const std::string& source) {
  view.arriving[s] = source;
  return view;
}

int pass(ScanBook& book, const OwnView& at_start, const OwnView& at_end, const std::vector<OwnView>& witnesses = {}) {
  return book.finish(book.begin(at_start), at_end, witnesses);
}

// A book in which the source "S" has been read while the slot was on its way to "T".
ScanBook half_read() {
  ScanBook book;
  const OwnView source = leaving(node("S", {s, other}), "T");
  EXPECT_EQ(pass(book, source, source), 1) << "only the slot that stays";
  EXPECT_EQ(book.halves().at(s), (HalfSlot{"S", 1, "T"}));
  return book;
}

TEST(ScanBook, covers_what_a_node_has_at_both_ends) {
  ScanBook book;
  EXPECT_EQ(pass(book, node("A", {1, 2, 3}), node("A", {1, 2, 3})), 3);
  EXPECT_EQ(to_text(book.covered()), "1-3");
  EXPECT_FALSE(book.complete());
}

TEST(ScanBook, is_complete_with_all_slots) {
  ScanBook book;
  OwnView all = node("A", {});
  all.owned = SlotSet::all();
  EXPECT_EQ(pass(book, all, all), 16384);
  EXPECT_TRUE(book.complete());
}

TEST(ScanBook, does_not_hunt_what_is_covered_already) {
  ScanBook book;
  pass(book, node("A", {1, 2}), node("A", {1, 2}));
  EXPECT_EQ(to_text(book.begin(node("B", {2, 3})).hunted()), "3");
}

TEST(ScanBook, does_not_cover_a_slot_that_left_or_came_meanwhile) {
  ScanBook book;
  EXPECT_EQ(pass(book, node("A", {1, s}), node("A", {1, other})), 1);
  EXPECT_EQ(to_text(book.covered()), "1");
}

struct Change {
  const char* name;
  void (*apply)(OwnView& at_end);
};
class NodeThatChanged : public ::testing::TestWithParam<Change> {};

TEST_P(NodeThatChanged, covers_nothing) {
  ScanBook book;
  OwnView at_end = node("A", {s});
  GetParam().apply(at_end);
  EXPECT_EQ(pass(book, node("A", {s}), at_end), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Each, NodeThatChanged,
    ::testing::Values(Change{"restarted", [](OwnView& view) { view.process = "another"; }},
                    Change{"demoted", [](OwnView& view) { view.is_primary = false; }},
                    Change{"another_node_at_its_address", [](OwnView& view) { view.node_id = "B"; }},
                    Change{"took_slots_or_was_promoted_anew", [](OwnView& view) { view.config_epoch = 9; }}),
    [](const auto& row) { return row.param.name; });

TEST(ScanBook, hunts_nothing_on_a_replica) {
  ScanBook book;
  OwnView replica = node("A", {s});
  replica.is_primary = false;
  EXPECT_TRUE(book.begin(replica).hunted().empty());
}

TEST(ScanBook, reads_a_migrating_slot_at_the_source_and_then_at_the_target) {
  ScanBook book = half_read();
  const OwnView target = importing(node("T", {}), "S");
  const ScanPass at_target = book.begin(target);
  EXPECT_EQ(to_text(at_target.hunted()), "7");
  EXPECT_EQ(book.witnesses(at_target, target), (std::set<std::string>{"S"}));
  EXPECT_EQ(book.finish(at_target, target, std::vector<OwnView>{leaving(node("S", {s, other}), "T")}), 1);
  EXPECT_TRUE(book.covered().has(s));
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, does_not_need_the_source_when_the_move_ends_under_the_pass) {
  ScanBook book = half_read();
  const ScanPass at_target = book.begin(importing(node("T", {}), "S"));
  EXPECT_TRUE(book.witnesses(at_target, node("T", {s})).empty());
  EXPECT_EQ(book.finish(at_target, node("T", {s}), {}), 1);
}

TEST(ScanBook, takes_a_move_that_began_under_the_pass_for_half_read) {
  ScanBook book;
  EXPECT_EQ(pass(book, node("S", {s}), leaving(node("S", {s}), "T")), 0);
  EXPECT_EQ(book.halves().at(s), (HalfSlot{"S", 1, "T"}));
}

TEST(ScanBook, does_not_count_a_target_that_was_read_before_the_source) {
  ScanBook book;
  const OwnView target = importing(node("T", {}), "S");
  EXPECT_EQ(pass(book, target, target), 0);
  const ScanPass early = book.begin(target);
  const OwnView source = leaving(node("S", {s}), "T");
  pass(book, source, source);
  EXPECT_EQ(book.finish(early, target, std::vector<OwnView>{source}), 0) << "it began before the source was read";
  EXPECT_EQ(book.halves().count(s), 1u);
}

TEST(ScanBook, begins_again_when_the_source_says_otherwise) {
  const OwnView target = importing(node("T", {}), "S");
  const std::vector<OwnView> contradictions{
      node("S", {s}),                          // the move was given up
      leaving(node("S", {s}), "U"),            // it goes elsewhere now
      leaving(node("S", {s}, 5), "T"),         // the slot was away and came back
      leaving(node("S", {other}), "T"),        // it is not the owner any more
  };
  for (const OwnView& source : contradictions) {
    ScanBook book = half_read();
    EXPECT_EQ(pass(book, target, target, {source}), 0);
    EXPECT_TRUE(book.halves().empty()) << "pending from scratch";
    EXPECT_FALSE(book.covered().has(s));
  }
  ScanBook book = half_read();
  EXPECT_EQ(pass(book, target, target), 0) << "the source did not answer";
}

TEST(ScanBook, begins_again_when_the_target_took_slots_under_the_pass) {
  ScanBook book = half_read();
  EXPECT_EQ(pass(book, importing(node("T", {}), "S"), node("T", {s}, 8)), 0);
  EXPECT_TRUE(book.halves().empty());
  EXPECT_EQ(pass(book, node("T", {s}, 8), node("T", {s}, 8)), 1);
}

TEST(ScanBook, begins_again_when_the_target_does_not_import) {
  ScanBook book = half_read();
  EXPECT_TRUE(book.begin(node("T", {})).hunted().empty());
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, reads_a_slot_that_arrived_before_the_pass_as_any_other) {
  ScanBook book = half_read();
  EXPECT_EQ(pass(book, node("T", {s}), node("T", {s})), 1);
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, does_not_trust_a_slot_that_goes_on_to_a_third_node) {
  ScanBook book = half_read();
  EXPECT_EQ(pass(book, importing(node("T", {}), "S"), leaving(node("T", {s}), "U")), 0);
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, does_not_cover_a_move_that_was_given_up_under_the_pass) {
  ScanBook book;
  EXPECT_EQ(pass(book, leaving(node("S", {s}), "T"), node("S", {s})), 0) << "keys that had left may have come back late";
  EXPECT_TRUE(book.halves().empty());
  EXPECT_EQ(pass(book, node("S", {s}), node("S", {s})), 1);
}

TEST(ScanBook, leaves_alone_what_another_pass_has_covered_meanwhile) {
  ScanBook book;
  const ScanPass slow = book.begin(node("S", {s}));
  pass(book, node("T", {s}), node("T", {s}));
  EXPECT_EQ(book.finish(slow, leaving(node("S", {s}), "T"), {}), 0);
  EXPECT_TRUE(book.halves().empty());
}

SlotSet only(int slot) {
  SlotSet set;
  set.add(slot);
  return set;
}

TEST(ScanBook, does_not_cover_what_others_know_was_taken_from_the_node) {
  ScanBook book;
  const OwnView replaced = node("A", {s, other});
  EXPECT_EQ(book.finish(book.begin(replaced), replaced, {}, only(s)), 1);
  EXPECT_EQ(to_text(book.covered()), "100");
  EXPECT_EQ(pass(book, node("B", {s}, 2), node("B", {s}, 2)), 1) << "its successor has it";
}

TEST(ScanBook, begins_a_moving_slot_again_that_was_taken_from_either_end) {
  ScanBook book;
  const OwnView source = leaving(node("S", {s}), "T");
  EXPECT_EQ(book.finish(book.begin(source), source, {}, only(s)), 0);
  EXPECT_TRUE(book.halves().empty());
  book = half_read();
  const OwnView target = importing(node("T", {}), "S");
  EXPECT_EQ(book.finish(book.begin(target), target, std::vector<OwnView>{leaving(node("S", {s, other}), "T")}, only(s)), 0);
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, begins_again_when_the_target_was_demoted) {
  OwnView demoted = importing(node("T", {}), "S");
  demoted.is_primary = false;
  ScanBook book = half_read();
  EXPECT_TRUE(book.begin(demoted).hunted().empty());
  EXPECT_TRUE(book.halves().empty()) << "pending from scratch";
  book = half_read();
  const ScanPass at_target = book.begin(importing(node("T", {}), "S"));
  EXPECT_EQ(book.finish(at_target, demoted, {}), 0);
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, forgets_a_target_that_cannot_be_read) {
  ScanBook book = half_read();
  book.forget_target("U");
  EXPECT_EQ(book.halves().size(), 1u);
  book.forget_target("T");
  EXPECT_TRUE(book.halves().empty());
}

TEST(ScanBook, names_what_is_missing) {
  SlotSet few;
  few.add(SlotRun{0, 99});
  few.add(5461);
  EXPECT_NE(not_covered_message(few, "no node serves them").find("slots 0-99, 5461 were not covered: no node serves them"), std::string::npos);
}

}  // namespace
}  // namespace rediscluster::routing
