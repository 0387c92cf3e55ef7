/// Commands that their caller hands to the kernel himself, replies kept for a whole batch, memory kept for large ones.
#include <gtest/gtest.h>

#include <set>

#include "unit/link/link_play.hpp"

namespace rediscluster::link {
namespace {

using State = Ticket::State;

TEST(LinkDirect, matches_the_reply_of_a_command_that_was_sent_whole) {
  LinkPlay play;
  Ticket a;
  play.link.submit_directly("A", a);
  play.link.sent_directly("A", 1, a);
  EXPECT_FALSE(play.link.wants_write());
  ASSERT_EQ(play.receive("+1\r\n"), Link::Feed::fine);
  EXPECT_EQ(a.state(), State::done);
}

TEST(LinkDirect, sends_the_rest_of_a_command_before_what_came_after_it) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit_directly("first", a);
  play.link.submit("second", b);  // somebody else, while the caller is inside the system call
  play.link.sent_directly("first", 2, a);
  EXPECT_EQ(play.send_all(), "rstsecond");
  play.receive("+1\r\n+2\r\n");
  EXPECT_EQ(a.reply().bytes(), "+1\r\n");
  EXPECT_EQ(b.reply().bytes(), "+2\r\n");
}

TEST(LinkDirect, takes_a_reply_that_overtakes_the_return_of_the_send_call) {
  LinkPlay play;
  Ticket a;
  play.link.submit_directly("A", a);
  EXPECT_EQ(play.receive("+1\r\n"), Link::Feed::fine);
  play.link.sent_directly("A", 1, a);
  EXPECT_EQ(a.state(), State::done);
}

TEST(LinkDirect, believes_bytes_sent_that_are_inside_a_send_call_when_the_connection_fails) {
  LinkPlay play;
  Ticket a;
  play.link.submit_directly("command", a);
  play.fail();
  EXPECT_TRUE(a.was_sent());
  play.link.sent_directly("command", 3, a);
  play.link.reset();
  EXPECT_FALSE(play.link.wants_write());
}

TEST(LinkDirect, knows_that_a_command_was_not_sent_whole) {
  for (std::size_t taken = 0; taken <= 7; ++taken) {
    LinkPlay play;
    Ticket a;
    play.link.submit_directly("command", a);
    play.link.sent_directly("command", taken, a);
    play.fail();
    EXPECT_EQ(a.was_sent(), taken == 7) << taken;
    EXPECT_EQ(a.sent_bytes(), taken);
  }
}

TEST(LinkDirect, takes_ordinary_commands_again_afterwards) {
  LinkPlay play;
  Ticket a, b, c;
  play.link.submit_directly("A", a);
  play.link.sent_directly("A", 1, a);
  play.link.submit("B", b);
  EXPECT_EQ(play.send_all(), "B");
  play.receive("+1\r\n+2\r\n");
  play.link.submit_directly("C", c);
  play.link.sent_directly("C", 1, c);
  play.receive("+3\r\n");
  EXPECT_EQ(c.reply().bytes(), "+3\r\n");
}

TEST(LinkKeeper, keeps_the_replies_of_a_batch_without_a_count_for_each) {
  std::vector<wire::Frame> replies(1000);
  base::BlockKeeper keeper;
  {
    LinkPlay play;
    Ticket batch(replies, 0, &keeper);
    play.link.submit("commands", batch);
    play.send_all();
    std::string all;
    for (int i = 0; i < 1000; ++i) all += bulk("value " + std::to_string(i) + std::string(60, '.'));
    ASSERT_EQ(play.receive(all, 1400), Link::Feed::fine);
    ASSERT_EQ(batch.state(), State::done);
  }  // the link and its blocks are gone
  for (int i = 0; i < 1000; ++i) {
    const wire::Frame& reply = replies[static_cast<std::size_t>(i)];
    EXPECT_FALSE(reply.block());
    EXPECT_EQ(reply.bytes(), bulk("value " + std::to_string(i) + std::string(60, '.')));
  }
}

void receive_reply_of(LinkPlay& play, std::size_t size) {
  Ticket ticket;
  play.link.submit("A", ticket);
  play.send_all();
  play.receive(bulk(std::string(size, 'x')));
}

std::size_t room(LinkPlay& play) { return play.link.receive_space().size; }

TEST(LinkMemory, keeps_the_room_of_a_large_reply_for_the_next_one_until_told_not_to) {
  LinkPlay play;
  receive_reply_of(play, 1'000'000);
  EXPECT_GE(room(play), 1'000'000u);
  play.link.give_back_memory();
  EXPECT_LT(room(play), 100'000u);
}

TEST(LinkMemory, gives_back_the_room_of_a_very_large_reply_at_once) {
  LinkPlay play;
  receive_reply_of(play, 5'000'000);
  EXPECT_LT(room(play), 100'000u);
}

TEST(LinkMemory, keeps_half_a_reply_when_told_to_give_back) {
  LinkPlay play;
  Ticket ticket;
  play.link.submit("A", ticket);
  play.send_all();
  const std::string reply = bulk(std::string(1'000'000, 'x'));
  play.receive(reply.substr(0, 500'000));
  play.link.give_back_memory();
  play.receive(reply.substr(500'000));
  ASSERT_EQ(ticket.state(), State::done);
  EXPECT_TRUE(ticket.reply().bytes() == reply);
}

// Each new block means copying all that has come so far.
TEST(LinkMemory, takes_few_blocks_for_a_reply_beyond_what_an_announced_size_is_believed) {
  LinkPlay play;
  Ticket ticket;
  play.link.submit("A", ticket);
  play.send_all();
  const std::string reply = bulk(std::string(64 * 1024 * 1024, 'x'));
  std::set<const char*> ends;  // of the blocks
  for (std::size_t at = 0; at < reply.size();) {
    const Link::Space space = play.link.receive_space();
    ends.insert(space.data + space.size);
    const std::size_t size = std::min<std::size_t>(256 * 1024, reply.size() - at);
    play.receive(std::string_view(reply).substr(at, size));
    at += size;
  }
  ASSERT_EQ(ticket.state(), State::done);
  EXPECT_TRUE(ticket.reply().bytes() == reply);
  EXPECT_LE(ends.size(), 8u);
}

TEST(LinkMemory, never_receives_into_what_somebody_looks_at) {
  LinkPlay play;
  Ticket first, second;
  const std::string one = bulk(std::string(1'000'000, '1'));
  const std::string two = bulk(std::string(1'000'000, '2'));
  play.link.submit("A", first);
  play.link.submit("B", second);
  play.send_all();
  play.receive(one + two, 10'000);
  EXPECT_TRUE(first.reply().bytes() == one);
  EXPECT_TRUE(second.reply().bytes() == two);
}

}  // namespace
}  // namespace rediscluster::link
