/// The book: what it plans, what it tells, and when messages count.
#include <rediscluster/key_slot.hpp>

#include <gtest/gtest.h>

#include <string>

#include "book_play.hpp"

namespace rediscluster::pubsub {
namespace {

TEST(Book, a_wanted_topic_is_asked_for_where_it_belongs_once_there_is_a_connection) {
  Play play;
  play.book.want(a);
  EXPECT_EQ(play.plan(), "");
  EXPECT_TRUE(play.book.needs(0));
  EXPECT_FALSE(play.book.needs(1));
  play.book.opened(0);
  EXPECT_TRUE(play.book.has_work(play.now));
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  EXPECT_FALSE(play.book.has_work(play.now));
  EXPECT_EQ(play.plan(), "") << "it is under way";
  EXPECT_FALSE(play.accepts(0, a));
  play.confirm(0, a);
  EXPECT_EQ(play.told(), "ssubscribe a 1");
  EXPECT_TRUE(play.accepts(0, a));
  EXPECT_FALSE(play.accepts(1, a));
  EXPECT_EQ(play.plan(), "");
}

TEST(Book, names_go_together_by_family_and_sharded_ones_by_slot) {
  Play play;
  play.book.opened(0);
  for (const Topic& topic : {a, b, news, pattern, Topic{SubscriptionKind::channel, "more"}, Topic{SubscriptionKind::sharded, "{a}2"}}) play.book.want(topic);
  ASSERT_LT(keyslot("b"), keyslot("a"));
  EXPECT_EQ(play.plan(), "0:SUBSCRIBE more,news | 0:PSUBSCRIBE n* | 0:SSUBSCRIBE b | 0:SSUBSCRIBE a,{a}2");
}

TEST(Book, many_names_make_several_commands) {
  Play play;
  play.book.opened(0);
  for (int i = 0; i < 600; ++i) play.book.want({SubscriptionKind::channel, std::to_string(i)});
  const auto instructions = play.book.plan(play.route(), play.now);
  ASSERT_EQ(instructions.size(), 3u);
  EXPECT_EQ(instructions[0].order.names.size() + instructions[1].order.names.size() + instructions[2].order.names.size(), 600u);
}

TEST(Book, counts_channels_and_patterns_together_and_sharded_ones_apart) {
  Play play;
  play.book.opened(0);
  for (const Topic& topic : {news, pattern, a}) play.book.want(topic);
  play.plan();
  for (const Topic& topic : {news, pattern, a}) play.book.subscribed(0, topic);
  EXPECT_EQ(play.told(), "subscribe news 1 | psubscribe n* 2 | ssubscribe a 1");
  play.book.unwant(news, true);
  EXPECT_EQ(play.told(), "unsubscribe news 1");
}

TEST(Book, wanting_again_what_is_confirmed_is_told_once_more_and_sends_nothing) {
  Play play;
  play.subscribe(a);
  play.book.want(a);
  EXPECT_EQ(play.told(), "ssubscribe a 1");
  EXPECT_EQ(play.plan(), "");
}

TEST(Book, what_is_not_wanted_any_more_is_told_at_once_and_dropped_at_the_server) {
  Play play;
  play.subscribe(a);
  play.book.unwant(a, true);
  EXPECT_EQ(play.told(), "sunsubscribe a 0");
  EXPECT_FALSE(play.accepts(0, a));
  EXPECT_EQ(play.plan(), "0:SUNSUBSCRIBE a");
  EXPECT_FALSE(play.book.unsubscribed(0, a)) << "nothing was taken away from the user";
  play.settle(0, Action::unsubscribe, {a});
  EXPECT_EQ(play.plan(), "");
  EXPECT_FALSE(play.book.needs(0));
  EXPECT_EQ(play.told(), "");
}

TEST(Book, what_was_never_asked_for_needs_no_command_to_end) {
  Play play;
  play.book.want(a);
  play.book.unwant(a, true);
  play.book.opened(0);
  EXPECT_EQ(play.plan(), "");
}

TEST(Book, a_subscription_that_ends_while_it_is_asked_for_is_dropped_when_it_is_there) {
  Play play;
  play.book.opened(0);
  play.book.want(a);
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.book.unwant(a, false);
  EXPECT_EQ(play.plan(), "");
  play.book.subscribed(0, a);
  EXPECT_EQ(play.plan(), "") << "its command is not settled yet";
  play.settle(0, Action::subscribe, {a});
  EXPECT_EQ(play.plan(), "0:SUNSUBSCRIBE a");
  EXPECT_EQ(play.told(), "");
}

TEST(Book, wanted_again_while_it_is_being_dropped_it_is_asked_for_afterwards) {
  Play play;
  play.subscribe(a);
  play.book.unwant(a, false);
  EXPECT_EQ(play.plan(), "0:SUNSUBSCRIBE a");
  play.book.want(a);
  EXPECT_EQ(play.plan(), "");
  EXPECT_FALSE(play.accepts(0, a));
  play.book.unsubscribed(0, a);
  play.settle(0, Action::unsubscribe, {a});
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.confirm(0, a);
  EXPECT_EQ(play.told(), "ssubscribe a 1");
}

TEST(Book, not_now_means_again_after_a_pause) {
  Play play;
  play.book.opened(0);
  play.book.want(a);
  play.plan();
  play.settle(0, Action::subscribe, {a}, Verdict::later);
  EXPECT_EQ(play.plan(), "");
  EXPECT_EQ(play.book.next_retry().when(), play.now + 10ms);
  play.now += 10ms;
  EXPECT_TRUE(play.book.has_work(play.now));
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.settle(0, Action::subscribe, {a}, Verdict::later);
  EXPECT_EQ(play.plan(), "");
  EXPECT_EQ(play.book.next_retry().when(), play.now + 20ms);
  play.book.reroute(play.route());  // what kept it may be over
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
}

TEST(Book, a_refusal_ends_the_subscription_and_reaches_who_waits_for_it) {
  Play play;
  play.book.opened(0);
  Waiter waiter{{a}};
  play.book.add(waiter);
  play.book.want(a);
  EXPECT_FALSE(play.book.is_answered(waiter));
  play.plan();
  play.settle(0, Action::subscribe, {a}, Verdict::never, Errc::no_permission);
  EXPECT_TRUE(play.book.is_answered(waiter));
  ASSERT_TRUE(waiter.refusal);
  EXPECT_EQ(waiter.refusal->code, Errc::no_permission);
  EXPECT_EQ(waiter.refusal->message, "SSUBSCRIBE \"a\": the server's words");
  EXPECT_TRUE(play.book.is_empty());
  EXPECT_EQ(play.told(), "") << "the error of subscribe() tells it";
  EXPECT_EQ(play.plan(), "");
  play.book.remove(waiter);
}

TEST(Book, a_refusal_to_restore_is_told_as_a_message) {
  Play play;
  play.subscribe(news);
  play.book.lost(0, "the cable");
  play.book.opened(0);
  play.plan();
  play.settle(0, Action::subscribe, {news}, Verdict::never, Errc::no_permission);
  EXPECT_EQ(play.told(), "refused news SUBSCRIBE \"news\": the server's words");
  EXPECT_TRUE(play.book.is_empty());
}

TEST(Book, one_forbidden_name_does_not_take_the_others_with_it) {
  Play play;
  play.book.opened(0);
  const Topic secret{SubscriptionKind::channel, "secret"};
  play.book.want(news);
  play.book.want(secret);
  EXPECT_EQ(play.plan(), "0:SUBSCRIBE news,secret");
  play.settle(0, Action::subscribe, {news, secret}, Verdict::never, Errc::no_permission);
  EXPECT_EQ(play.plan(), "0:SUBSCRIBE news | 0:SUBSCRIBE secret");
  play.confirm(0, news);
  play.settle(0, Action::subscribe, {secret}, Verdict::never, Errc::no_permission);
  EXPECT_EQ(play.told(), "subscribe news 1");
  EXPECT_TRUE(play.accepts(0, news));
  EXPECT_EQ(play.plan(), "");
}

TEST(Book, a_refused_login_ends_what_is_new_and_leaves_what_is_to_be_restored) {
  Play play;
  play.subscribe(a);
  play.book.lost(0, "the cable");
  Waiter waiter{{b}};
  play.book.add(waiter);
  play.book.want(b);
  play.book.refuse_new(Error{Errc::wrong_password, "WRONGPASS"});
  ASSERT_TRUE(waiter.refusal);
  EXPECT_EQ(waiter.refusal->code, Errc::wrong_password);
  play.book.opened(0);
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
}

TEST(Book, a_waiter_is_answered_when_all_its_topics_are_confirmed) {
  Play play;
  play.book.opened(0);
  Waiter waiter{{a, b}};
  for (const Topic& topic : waiter.topics) play.book.want(topic);
  play.plan();
  play.confirm(0, a);
  EXPECT_FALSE(play.book.is_answered(waiter));
  EXPECT_NE(play.book.trouble_of(waiter).message.find("SSUBSCRIBE \"b\" was not confirmed in time"), std::string::npos);
  play.confirm(0, b);
  EXPECT_TRUE(play.book.is_answered(waiter));
}

TEST(Book, the_trouble_of_a_waiter_is_what_went_wrong_last) {
  Play play;
  Waiter waiter{{a}};
  play.home = nowhere;
  play.book.want(a);
  play.plan();
  EXPECT_EQ(play.book.trouble_of(waiter).code, Errc::timed_out);
  EXPECT_NE(play.book.trouble_of(waiter).message.find("no node serves it"), std::string::npos);
  play.home = 0;
  play.plan();
  play.book.failed_to_open(0, Error{Errc::connect_failed, "refused by the kernel", {"h", 1}});
  EXPECT_NE(play.book.trouble_of(waiter).message.find("refused by the kernel"), std::string::npos);
  EXPECT_EQ(play.book.trouble_of(waiter).node, (NodeAddress{"h", 1}));
}

TEST(Book, what_two_calls_wanted_stays_when_one_of_them_takes_it_back) {
  Play play;
  play.book.opened(0);
  play.book.want(a);
  play.book.want(a);
  play.book.withdraw(a);
  EXPECT_EQ(play.plan(), "0:SSUBSCRIBE a");
  play.book.withdraw(a);
  EXPECT_TRUE(play.book.is_empty());
}

}  // namespace
}  // namespace rediscluster::pubsub
