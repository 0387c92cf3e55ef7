/// The book when connections are lost and topics move: where it asks, when, and which gaps it tells.
#include <gtest/gtest.h>

#include <string>

#include "book_play.hpp"

namespace rediscluster::pubsub {
namespace {

TEST(BookMoves, a_lost_connection_means_one_gap_told_when_it_is_restored) {
  Play play;
  play.subscribe(a);
  play.book.lost(0, "the cable");
  EXPECT_FALSE(play.accepts(0, a));
  EXPECT_EQ(play.told(), "");
  EXPECT_EQ(play.plan(), "");
  EXPECT_TRUE(play.book.needs(0));
  play.book.opened(0);
  play.plan();
  play.book.lost(0, "the cable again");  // before it was restored: still the same gap
  play.book.opened(0);
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.book.subscribed(0, a);
  const std::vector<Message> told = play.book.take_announcements();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].type, Message::Type::gap);
  EXPECT_EQ(told[0].gap, Message::Gap::connection_lost);
  EXPECT_EQ(told[0].channel, "a");
  EXPECT_EQ(told[0].data, "the cable");
}

TEST(BookMoves, a_subscription_that_was_never_confirmed_has_no_gap) {
  Play play;
  play.book.want(a);
  play.book.opened(0);
  play.plan();
  play.book.lost(0, "the cable");
  play.book.opened(0);
  play.plan();
  play.confirm(0, a);
  EXPECT_EQ(play.told(), "ssubscribe a 1");
}

TEST(BookMoves, what_the_server_takes_away_is_asked_for_again_with_a_gap) {
  Play play;
  play.subscribe(a);
  EXPECT_TRUE(play.book.unsubscribed(0, a));
  EXPECT_FALSE(play.accepts(0, a));
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.home = 1;  // MOVED
  play.settle(0, Action::subscribe, {a}, Verdict::elsewhere, Errc::moved);
  play.plan();
  EXPECT_TRUE(play.book.needs(1));
  EXPECT_FALSE(play.book.needs(0));
  play.book.opened(1);
  EXPECT_EQ(play.plan(), "1:SSUBSCRIBE a");
  play.confirm(1, a);
  EXPECT_EQ(play.told(), "gap a moved");
  EXPECT_TRUE(play.accepts(1, a));
}

TEST(BookMoves, after_a_move_the_old_place_is_dropped_and_its_messages_do_not_count) {
  Play play;
  play.subscribe(a);
  play.book.opened(1);
  play.home = 1;
  play.book.reroute(play.route());
  EXPECT_FALSE(play.accepts(0, a));
  EXPECT_EQ(play.plan(), "0:SUNSUBSCRIBE a | 1:SSUBSCRIBE a");
  play.confirm(1, a);
  EXPECT_FALSE(play.accepts(0, a)) << "the old one has not answered yet, but would bring everything twice";
  EXPECT_TRUE(play.accepts(1, a));
  EXPECT_EQ(play.told(), "gap a moved");
  EXPECT_FALSE(play.book.unsubscribed(0, a)) << "that was the old one";
  EXPECT_TRUE(play.accepts(1, a));
}

TEST(BookMoves, a_place_that_may_be_behind_the_old_one_is_asked_after_a_while_however_often_it_changes) {
  Play play;
  play.subscribe(news);
  const Book::Settling settling = [](const Topic&, Place, Place) { return 200ms; };
  play.book.lost(0, "the cable");
  for (const Place place : {1, 2, 3}) {
    play.home = place;
    play.book.opened(place);
    EXPECT_TRUE(play.book.plan(play.route(), play.now, settling).empty());
    EXPECT_EQ(play.book.next_retry().when(), base::TimePoint{} + 200ms);
    play.now += 10ms;
  }
  play.book.reroute(play.route(), settling);  // a new map is no reason for haste
  EXPECT_TRUE(play.book.plan(play.route(), play.now, settling).empty());
  play.now = base::TimePoint{} + 200ms;
  EXPECT_EQ(play.book.plan(play.route(), play.now, settling).size(), 1u);
}

TEST(BookMoves, going_back_to_the_same_place_needs_no_waiting) {
  Play play;
  play.subscribe(news);
  play.book.lost(0, "the cable");
  play.book.opened(0);
  EXPECT_EQ(play.book.plan(play.route(), play.now, [](const Topic&, Place, Place) { return 200ms; }).size(), 1u);
}

TEST(BookMoves, a_late_confirmation_from_the_old_place_is_dropped_there) {
  Play play;
  play.book.opened(0);
  play.book.opened(1);
  play.book.want(a);
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.home = 1;
  play.book.reroute(play.route());
  EXPECT_EQ(play.plan(), "1:SSUBSCRIBE a");
  play.confirm(0, a);
  EXPECT_FALSE(play.accepts(0, a));
  EXPECT_EQ(play.plan(), "0:SUNSUBSCRIBE a");
  play.confirm(1, a);
  EXPECT_EQ(play.told(), "ssubscribe a 1");
}

TEST(BookMoves, a_map_without_an_owner_changes_nothing) {
  Play play;
  play.subscribe(a);
  play.home = nowhere;
  play.book.reroute(play.route());
  EXPECT_TRUE(play.accepts(0, a));
  EXPECT_EQ(play.plan(), "");
}

TEST(BookMoves, nodes_that_send_us_in_circles_get_pauses_too) {
  Play play;
  play.book.opened(0);
  play.book.want(a);
  int sent = 0;
  for (int i = 0; i < 100 && play.plan() == "0:SSUBSCRIBE a"; ++i, ++sent) play.settle(0, Action::subscribe, {a}, Verdict::elsewhere, Errc::moved);
  EXPECT_EQ(sent, 4);
  EXPECT_GT(play.book.next_retry().when(), play.now);
}

TEST(BookMoves, nodes_that_send_us_in_circles_get_pauses_although_each_answer_changes_the_map) {
  Play play;
  play.book.opened(0);
  play.book.opened(1);
  play.book.want(a);
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    const Place here = i % 2;
    if (play.plan() != std::to_string(here) + ":SSUBSCRIBE a") break;
    ++sent;
    play.settle(here, Action::subscribe, {a}, Verdict::elsewhere, Errc::moved);
    play.home = 1 - here;
    play.book.reroute(play.route());
  }
  EXPECT_EQ(sent, 4);
}

TEST(BookMoves, confirmed_and_taken_away_within_one_command_is_asked_for_again) {
  Play play;
  play.book.opened(0);
  play.book.want(a);
  play.plan();
  play.book.subscribed(0, a);
  EXPECT_TRUE(play.book.unsubscribed(0, a));
  EXPECT_EQ(play.plan(), "");
  play.settle(0, Action::subscribe, {a});
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
}

}  // namespace
}  // namespace rediscluster::pubsub
