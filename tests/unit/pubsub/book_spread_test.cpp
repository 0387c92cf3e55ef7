/// What is wanted everywhere: a copy at each place, one confirmation for all, a gap for each copy that loses something.
#include <gtest/gtest.h>

#include <string>

#include "book_play.hpp"

namespace rediscluster::pubsub {
namespace {

const Topic set_events{SubscriptionKind::channel, "__keyevent@0__:set"};
const Topic all_events{SubscriptionKind::pattern, "__key*"};

/// Three places, all open.
struct SpreadPlay : Play {
  SpreadPlay() {
    for (Place place = 0; place < 3; ++place) book.opened(place);
    book.spread({2, 0, 1});
  }
  void subscribe_everywhere(const Topic& topic) {
    book.want(topic, true);
    plan();
    for (Place place = 0; place < 3; ++place) confirm(place, topic);
    told();
  }
};

TEST(BookSpread, asks_every_place_and_tells_one_confirmation) {
  SpreadPlay play;
  play.book.want(set_events, true);
  Waiter waiter{{set_events}};
  play.book.add(waiter);
  EXPECT_EQ(play.plan(), "0:SUBSCRIBE __keyevent@0__:set | 1:SUBSCRIBE __keyevent@0__:set | 2:SUBSCRIBE __keyevent@0__:set");
  for (Place place = 0; place < 3; ++place) {
    EXPECT_FALSE(play.book.is_answered(waiter)) << place;
    EXPECT_EQ(play.told(), "");
    play.confirm(place, set_events);
    EXPECT_TRUE(play.accepts(place, set_events));
  }
  EXPECT_TRUE(play.book.is_answered(waiter));
  EXPECT_EQ(play.told(), "subscribe __keyevent@0__:set 1");
  EXPECT_EQ(play.book.topics(SubscriptionKind::channel), std::vector<Topic>{set_events});
  EXPECT_FALSE(play.book.is_unsettled());
  play.book.remove(waiter);
}

TEST(BookSpread, places_that_are_known_later_are_asked_then) {
  Play play;
  play.book.want(set_events, true);
  EXPECT_EQ(play.plan(), "");
  EXPECT_TRUE(play.book.wants_everywhere());
  play.book.opened(7);
  play.book.spread({7});
  EXPECT_EQ(play.plan(), "7:SUBSCRIBE __keyevent@0__:set");
  play.confirm(7, set_events);
  EXPECT_EQ(play.told(), "subscribe __keyevent@0__:set 1");
}

TEST(BookSpread, a_lost_copy_has_its_gap_and_the_others_go_on) {
  SpreadPlay play;
  play.subscribe_everywhere(set_events);
  play.book.lost(1, "the cable");
  EXPECT_TRUE(play.accepts(0, set_events));
  EXPECT_FALSE(play.accepts(1, set_events));
  EXPECT_TRUE(play.accepts(2, set_events));
  EXPECT_EQ(play.told(), "");
  play.book.reroute(play.route());  // where the route leads means nothing to it
  EXPECT_EQ(play.plan(), "");
  play.book.opened(1);
  EXPECT_EQ(play.plan(), "1:SUBSCRIBE __keyevent@0__:set");
  play.confirm(1, set_events);
  EXPECT_EQ(play.told(), "gap __keyevent@0__:set connection_lost");
  EXPECT_EQ(play.told(), "");
}

TEST(BookSpread, a_new_place_is_asked_with_a_gap_and_one_that_has_gone_is_left) {
  SpreadPlay play;
  play.subscribe_everywhere(set_events);
  play.book.opened(3);
  play.book.spread({0, 1, 3});
  EXPECT_FALSE(play.accepts(2, set_events)) << "it may be a replica now, and repeats what its primary tells";
  EXPECT_EQ(play.plan(), "2:UNSUBSCRIBE __keyevent@0__:set | 3:SUBSCRIBE __keyevent@0__:set");
  play.confirm(3, set_events);
  EXPECT_EQ(play.told(), "gap __keyevent@0__:set moved");
  play.book.spread({});
  EXPECT_TRUE(play.accepts(3, set_events)) << "no map is no reason to leave";
}

TEST(BookSpread, a_place_that_goes_before_it_confirmed_is_not_waited_for) {
  SpreadPlay play;
  play.book.want(set_events, true);
  play.plan();
  play.confirm(0, set_events);
  play.confirm(1, set_events);
  play.book.spread({0, 1});
  EXPECT_EQ(play.told(), "subscribe __keyevent@0__:set 1");
}

TEST(BookSpread, one_lost_before_the_last_confirms_is_waited_for_without_a_gap) {
  SpreadPlay play;
  play.book.want(set_events, true);
  play.plan();
  play.confirm(0, set_events);
  play.book.lost(0, "the cable");
  play.confirm(1, set_events);
  play.confirm(2, set_events);
  EXPECT_EQ(play.told(), "");
  play.book.opened(0);
  play.plan();
  play.confirm(0, set_events);
  EXPECT_EQ(play.told(), "subscribe __keyevent@0__:set 1");
}

TEST(BookSpread, unsubscribing_ends_all_copies) {
  SpreadPlay play;
  play.subscribe_everywhere(set_events);
  play.book.unwant(set_events, true);
  EXPECT_EQ(play.told(), "unsubscribe __keyevent@0__:set 0");
  EXPECT_TRUE(play.book.is_empty());
  EXPECT_FALSE(play.book.wants_everywhere());
  EXPECT_EQ(play.plan(), "0:UNSUBSCRIBE __keyevent@0__:set | 1:UNSUBSCRIBE __keyevent@0__:set | 2:UNSUBSCRIBE __keyevent@0__:set");
  for (Place place = 0; place < 3; ++place) EXPECT_FALSE(play.book.needs(place));
}

TEST(BookSpread, a_refusal_of_one_place_is_the_end_of_all) {
  SpreadPlay play;
  play.book.want(set_events, true);
  Waiter waiter{{set_events}};
  play.book.add(waiter);
  play.plan();
  play.confirm(0, set_events);
  play.settle(1, Action::subscribe, {set_events}, Verdict::never, Errc::no_permission);
  ASSERT_TRUE(waiter.refusal);
  EXPECT_EQ(waiter.refusal->code, Errc::no_permission);
  EXPECT_TRUE(play.book.is_empty());
  EXPECT_EQ(play.told(), "") << "nobody was told that it had begun";
  play.confirm(2, set_events);
  EXPECT_EQ(play.plan(), "0:UNSUBSCRIBE __keyevent@0__:set | 2:UNSUBSCRIBE __keyevent@0__:set");
  play.book.remove(waiter);
}

TEST(BookSpread, a_wrong_password_ends_what_was_never_confirmed) {
  SpreadPlay play;
  play.subscribe_everywhere(all_events);
  play.book.want(set_events, true);
  play.book.refuse_new(Error{Errc::wrong_password, "no"});
  EXPECT_EQ(play.book.topics(SubscriptionKind::channel), std::vector<Topic>{});
  EXPECT_EQ(play.book.topics(SubscriptionKind::pattern), std::vector<Topic>{all_events});
}

TEST(BookSpread, what_was_published_on_a_channel_that_its_pattern_matches_counts_once) {
  SpreadPlay play;
  play.subscribe_everywhere(all_events);
  const auto counts = [&](std::string_view channel) {
    int places = 0;
    for (Place place = 0; place < 3; ++place) places += play.book.accepts(place, all_events.kind, all_events.name, channel) ? 1 : 0;
    return places;
  };
  EXPECT_EQ(counts("__keyspace@0__:k"), 3);
  EXPECT_EQ(counts("__keys of the city"), 1);
  play.book.lost(0, "the cable");
  EXPECT_EQ(counts("__keys of the city"), 1);
}

TEST(BookSpread, says_what_keeps_a_copy_from_being_confirmed) {
  SpreadPlay play;
  play.book.want(set_events, true);
  Waiter waiter{{set_events}};
  play.plan();
  play.confirm(0, set_events);
  play.confirm(2, set_events);
  play.settle(1, Action::subscribe, {set_events}, Verdict::later);
  const Error error = play.book.trouble_of(waiter);
  EXPECT_NE(error.message.find("the server's words"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace rediscluster::pubsub
