/// Whose reply was next when a connection ended: that tells culprits from victims.
#include <deque>

#include "link_play.hpp"

#include <gtest/gtest.h>

namespace rediscluster::link {
namespace {

using Turn = Ticket::Turn;
using Feed = Link::Feed;

/// Three commands that were sent.
struct ThreeSent {
  explicit ThreeSent(const wire::Limits& limits = {}) : play(limits) {
    for (Ticket& each : tickets) play.link.submit("x", each);
    play.send_all();
  }
  LinkPlay play;
  std::deque<Ticket> tickets{3};
};

TEST(LinkTurn, it_is_that_of_the_first_without_a_reply) {
  ThreeSent sent;
  ASSERT_EQ(sent.play.receive("+OK\r\n"), Feed::fine);
  sent.play.fail();
  EXPECT_EQ(sent.tickets[1].turn(), Turn::next);
  EXPECT_EQ(sent.tickets[2].turn(), Turn::later);
}

TEST(LinkTurn, half_a_reply_changes_nothing) {
  ThreeSent sent;
  ASSERT_EQ(sent.play.receive("$5\r\nha"), Feed::fine);
  sent.play.fail();
  EXPECT_EQ(sent.tickets[0].turn(), Turn::next);
  EXPECT_EQ(sent.tickets[1].turn(), Turn::later);
}

TEST(LinkTurn, of_one_who_gave_up_nobody_is_blamed) {
  ThreeSent sent;
  sent.play.link.abandon(sent.tickets[0]);
  sent.play.fail();
  EXPECT_EQ(sent.tickets[1].turn(), Turn::later);
  EXPECT_EQ(sent.tickets[2].turn(), Turn::later);
}

TEST(LinkTurn, a_reply_above_the_limits_is_refused_and_garbage_is_not) {
  for (const char* reply : {"$11\r\n", "*6\r\n", "*1\r\n*1\r\n*1\r\n", "*2\r\n$9\r\n123456789\r\n$9\r\n123456789\r\n"}) {
    ThreeSent sent({.max_bulk_bytes = 10, .max_elements = 5, .max_depth = 2, .max_reply_bytes = 30});
    ASSERT_EQ(sent.play.receive(reply), Feed::broken) << reply;
    sent.play.fail();
    EXPECT_EQ(sent.tickets[0].turn(), Turn::refused) << reply;
    EXPECT_EQ(sent.tickets[1].turn(), Turn::later) << reply;
  }
  ThreeSent sent;
  ASSERT_EQ(sent.play.receive("what?\r\n"), Feed::broken);
  sent.play.fail();
  EXPECT_EQ(sent.tickets[0].turn(), Turn::next);
}

TEST(LinkTurn, a_push_above_the_limits_is_nobodys_reply) {
  ThreeSent sent({.max_push_bytes = 30});
  ASSERT_EQ(sent.play.receive(">2\r\n$3\r\nabc\r\n$99\r\n"), Feed::broken);
  sent.play.fail();
  EXPECT_EQ(sent.tickets[0].turn(), Turn::next);
}

TEST(LinkTurn, a_link_that_begins_anew_has_forgotten_the_refusal) {
  ThreeSent sent({.max_bulk_bytes = 10});
  ASSERT_EQ(sent.play.receive("$11\r\n"), Feed::broken);
  sent.play.fail();
  sent.play.link.reset();
  Ticket next;
  sent.play.link.submit("x", next);
  sent.play.send_all();
  sent.play.fail();
  EXPECT_EQ(next.turn(), Turn::next);
}

}  // namespace
}  // namespace rediscluster::link
