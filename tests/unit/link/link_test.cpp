/// One connection along its script, and failing at every step of it.
#include <gtest/gtest.h>

#include <deque>

#include "unit/link/link_play.hpp"

namespace rediscluster::link {
namespace {

using Feed = Link::Feed;
using State = Ticket::State;

TEST(Link, sends_what_was_submitted_in_order) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("A1", a);
  play.link.submit("B22", b);
  EXPECT_EQ(play.send_all(), "A1B22");
  EXPECT_FALSE(play.link.wants_write());
}

TEST(Link, keeps_staged_bytes_in_place_while_more_is_submitted) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("first", a);
  const std::string_view staged = play.link.stage();
  play.link.submit(std::string(100'000, 'x'), b);
  EXPECT_EQ(staged, "first");
  play.link.sent(2);
  EXPECT_EQ(play.link.stage(), "rst");
}

TEST(Link, matches_replies_to_tickets_by_order) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("A", a);
  play.link.submit("B", b);
  play.send_all();
  ASSERT_EQ(play.receive("+1\r\n:2\r\n"), Feed::fine);
  EXPECT_EQ(a.reply().bytes(), "+1\r\n");
  EXPECT_EQ(b.reply().bytes(), ":2\r\n");
  EXPECT_EQ(play.finished, (std::vector<const Ticket*>{&a, &b}));
  EXPECT_EQ(play.link.in_flight(), 0u);
}

TEST(Link, goes_through_every_state_of_a_ticket) {
  LinkPlay play;
  Ticket a;
  EXPECT_EQ(a.state(), State::idle);
  play.link.submit("A", a);
  EXPECT_EQ(a.state(), State::waiting);
  play.send_all();
  play.receive("+OK\r\n");
  EXPECT_EQ(a.state(), State::done);
}

TEST(Link, swallows_the_reply_to_asking) {
  LinkPlay play;
  Ticket a(1);
  play.link.submit("ASKING A", a);
  play.send_all();
  play.receive("+OK\r\n");
  EXPECT_TRUE(a.waiting());
  play.receive("$1\r\nv\r\n");
  EXPECT_EQ(a.state(), State::done);
  EXPECT_EQ(a.reply().bytes(), "$1\r\nv\r\n");
}

TEST(Link, remembers_for_what_a_skipped_reply_was_an_error) {
  LinkPlay play;
  Ticket refused(1), fine(1);
  play.link.submit("ASKING A", refused);
  play.link.submit("ASKING B", fine);
  play.send_all();
  play.receive("-NOPERM this user has no permissions\r\n-MOVED 1 h:1\r\n+OK\r\n-ERR no\r\n");
  EXPECT_EQ(refused.skipped_error(), Errc::no_permission);
  EXPECT_EQ(refused.reply().bytes(), "-MOVED 1 h:1\r\n");
  EXPECT_EQ(fine.skipped_error(), Errc{});
}

TEST(Link, gives_each_command_of_a_batch_its_reply_behind_the_skipped_ones) {
  LinkPlay play;
  std::vector<wire::Frame> replies(3);
  Ticket batch(replies, 2);
  play.link.submit("XXABC", batch);
  play.send_all();
  play.receive("+skip\r\n-skip\r\n:1\r\n:2\r\n");
  EXPECT_EQ(batch.received(), 2u);
  EXPECT_TRUE(batch.waiting());
  play.receive("-ERR three\r\n");
  EXPECT_EQ(batch.state(), State::done);
  EXPECT_EQ(replies[0].bytes(), ":1\r\n");
  EXPECT_EQ(replies[2].bytes(), "-ERR three\r\n");
}

TEST(Link, drops_pushes_and_counts_them) {
  LinkPlay play;
  Ticket a;
  ASSERT_EQ(play.receive(">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n"), Feed::fine);  // with nothing under way, too
  play.link.submit("A", a);
  play.send_all();
  ASSERT_EQ(play.receive(">0\r\n+OK\r\n>1\r\n_\r\n"), Feed::fine);
  EXPECT_EQ(a.reply().bytes(), "+OK\r\n");
  EXPECT_EQ(play.link.pushes_dropped(), 3u);
}

TEST(Link, keeps_attributes_with_their_reply) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("A", a);
  play.link.submit("B", b);
  play.send_all();
  play.receive("|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n+b\r\n");
  EXPECT_EQ(a.reply().bytes(), "|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n");
  EXPECT_EQ(b.reply().bytes(), "+b\r\n");
}

TEST(Link, is_broken_by_a_reply_that_nobody_waits_for) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  play.send_all();
  EXPECT_EQ(play.receive("+OK\r\n+again\r\n"), Feed::broken);
  EXPECT_EQ(a.state(), State::done) << "what came before the doubt was right";
  EXPECT_NE(std::string(play.link.broken_reason()), "");
}

TEST(Link, is_broken_where_a_command_was_unblocked_that_may_still_run) {
  LinkPlay play;
  Ticket before, held_up, next;
  for (Ticket* each : {&before, &held_up, &next}) play.link.submit("A", *each);
  play.send_all();
  EXPECT_EQ(play.receive("+OK\r\n-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n:1\r\n"), Feed::broken);
  EXPECT_EQ(play.link.broken_code(), Errc::connection_lost);
  EXPECT_EQ(before.state(), State::done);
  play.fail();
  EXPECT_EQ(held_up.state(), State::lost);
  EXPECT_TRUE(held_up.was_sent());
  EXPECT_EQ(next.state(), State::lost) << "it was given the reply to the one before it";
}

TEST(Link, tells_who_waits_on_his_server_that_he_was_unblocked) {
  LinkPlay play;
  Ticket waits;
  waits.take_unblocked();
  play.link.submit("A", waits);
  play.send_all();
  EXPECT_EQ(play.receive("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"), Feed::fine);
  EXPECT_EQ(waits.state(), State::done);
}

TEST(Link, goes_on_after_errors_that_only_look_alike) {
  LinkPlay play;
  Ticket script, next;
  play.link.submit("A", script);
  play.link.submit("B", next);
  play.send_all();
  EXPECT_EQ(play.receive("-UNBLOCKED x\r\n+OK\r\n"), Feed::fine);
  EXPECT_EQ(next.state(), State::done);
}

TEST(Link, is_broken_by_a_reply_before_anything_was_submitted) {
  LinkPlay play;
  EXPECT_EQ(play.receive("-ERR max number of clients reached\r\n"), Feed::broken);
}

TEST(Link, is_broken_by_a_reply_to_a_command_that_was_not_handed_over) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  EXPECT_EQ(play.receive("+OK\r\n"), Feed::broken);
  EXPECT_TRUE(a.waiting());
}

TEST(Link, is_broken_by_a_reply_to_a_staged_command_that_the_kernel_did_not_take) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  play.link.stage();
  play.link.sent(0);
  EXPECT_EQ(play.receive("+OK\r\n"), Feed::broken);
}

TEST(Link, takes_a_reply_that_overtakes_the_return_of_the_send_call) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  const std::string_view staged = play.link.stage();  // another thread is inside send() now
  ASSERT_EQ(play.receive("+OK\r\n"), Feed::fine);
  play.link.sent(staged.size());
  EXPECT_EQ(a.state(), State::done);
  EXPECT_EQ(a.reply().bytes(), "+OK\r\n");
}

TEST(Link, is_broken_by_bytes_that_are_no_reply) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  play.send_all();
  EXPECT_EQ(play.receive("HTTP/1.1 400 Bad Request\r\n"), Feed::broken);
  EXPECT_NE(std::string(play.link.broken_reason()), "");
}

TEST(Link, stays_broken_until_it_is_reset) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("A", a);
  play.send_all();
  ASSERT_EQ(play.receive("?"), Feed::broken);
  ASSERT_EQ(play.receive("+OK\r\n"), Feed::broken);
  play.fail();
  play.link.reset();
  play.link.submit("B", b);
  play.send_all();
  EXPECT_EQ(play.receive("+OK\r\n"), Feed::fine);
  EXPECT_EQ(b.state(), State::done);
}

TEST(Link, forgets_half_a_reply_and_unsent_bytes_when_it_is_reset) {
  LinkPlay play;
  Ticket a, b, c;
  play.link.submit("AAAA", a);
  play.send(2);
  play.link.submit("BB", b);
  ASSERT_EQ(play.receive("*2\r\n$5\r\nhal"), Feed::fine);
  play.fail();
  play.link.reset();
  play.link.submit("C", c);
  EXPECT_EQ(play.send_all(), "C");
  ASSERT_EQ(play.receive(":7\r\n"), Feed::fine);
  EXPECT_EQ(c.reply().bytes(), ":7\r\n");
}

// --- How far a lost command got ---

TEST(Link, tells_of_five_lost_commands_exactly_which_were_sent_whole_at_every_offset) {
  const std::vector<std::string> commands{"a", "bb", "ccc", "dddd", "eeeee"};
  const std::size_t total = 15;
  for (std::size_t offset = 0; offset <= total; ++offset) {
    LinkPlay play;
    std::deque<Ticket> tickets;
    for (const std::string& command : commands) play.link.submit(command, tickets.emplace_back());
    play.send(offset);
    play.fail();
    std::size_t end = 0;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      end += commands[i].size();
      ASSERT_EQ(tickets[i].state(), State::lost);
      ASSERT_EQ(tickets[i].was_sent(), end <= offset)
          << "command " << i << " of which all before byte " << offset << " went out";
      ASSERT_EQ(tickets[i].failure().code, Errc::connection_lost);
    }
    ASSERT_EQ(play.finished.size(), commands.size());
    ASSERT_EQ(play.link.in_flight(), 0u);
  }
}

TEST(Link, is_exact_about_lost_commands_at_every_pair_of_partial_sends) {
  for (std::size_t first = 0; first <= 6; ++first) {
    for (std::size_t second = 0; first + second <= 6; ++second) {
      LinkPlay play;
      Ticket a, b;
      play.link.submit("aaa", a);
      play.send(first);
      play.link.submit("bbb", b);
      play.send(second);
      play.fail();
      ASSERT_EQ(a.was_sent(), first + second >= 3 || first >= 3) << first << '+' << second;
      ASSERT_EQ(b.was_sent(), std::min<std::size_t>(first, 3) + second >= 6) << first << '+' << second;
    }
  }
}

TEST(Link, calls_a_lost_batch_sent_as_soon_as_one_of_its_commands_may_have_run) {
  for (std::size_t offset = 0; offset <= 6; ++offset) {
    LinkPlay play;
    std::vector<wire::Frame> replies(3);
    Ticket batch(replies);
    play.link.submit("aabbcc", batch);
    play.send(offset);
    play.fail();
    ASSERT_EQ(batch.was_sent(), offset > 0) << "a batch of which " << offset << " of 6 bytes went out";
  }
}

TEST(Link, believes_bytes_sent_that_are_inside_a_send_call_when_the_connection_fails) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("A", a);
  const std::string_view staged = play.link.stage();  // another thread is inside send() now
  play.link.submit("B", b);
  play.fail();
  EXPECT_TRUE(a.was_sent()) << "the kernel may have it";
  EXPECT_FALSE(b.was_sent());
  play.link.sent(staged.size());
}

TEST(Link, keeps_the_first_replies_of_a_lost_batch) {
  LinkPlay play;
  std::vector<wire::Frame> replies(2);
  Ticket batch(replies);
  play.link.submit("AB", batch);
  play.send_all();
  play.receive("+first\r\n");
  play.fail();
  EXPECT_EQ(batch.state(), State::lost);
  EXPECT_EQ(batch.received(), 1u);
  EXPECT_EQ(replies[0].bytes(), "+first\r\n");
  EXPECT_TRUE(batch.was_sent());
}

TEST(Link, tells_how_many_bytes_of_a_batch_the_kernel_has) {
  LinkPlay play;
  Ticket before;
  wire::Frame replies[3];
  Ticket batch{std::span<wire::Frame>(replies)};
  play.link.submit("12345", before);
  play.link.submit("aaabbbccc", batch);
  play.send(5 + 4);
  play.fail();
  EXPECT_TRUE(batch.was_sent());
  EXPECT_EQ(batch.sent_bytes(), 4u);
  EXPECT_EQ(before.sent_bytes(), 5u);
}

TEST(Link, an_unsent_batch_has_no_bytes_with_the_kernel) {
  LinkPlay play;
  wire::Frame replies[2];
  Ticket batch{std::span<wire::Frame>(replies)};
  play.link.submit("aaabbb", batch);
  play.fail();
  EXPECT_FALSE(batch.was_sent());
  EXPECT_EQ(batch.sent_bytes(), 0u);
}

TEST(TicketList, gives_tickets_back_in_order_and_can_be_filled_again) {
  TicketList list;
  Ticket a, b, c;
  list.push(a);
  list.push(b);
  EXPECT_EQ(list.pop(), &a);
  list.push(c);
  EXPECT_EQ(list.pop(), &b);
  EXPECT_EQ(list.pop(), &c);
  EXPECT_EQ(list.pop(), nullptr);
  list.push(a);
  EXPECT_EQ(list.pop(), &a);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace rediscluster::link
