/// Callers that give up: commands not yet on their way are taken back, late replies of the others are swallowed.
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <string>

#include "unit/link/link_play.hpp"

namespace rediscluster::link {
namespace {

using Feed = Link::Feed;
using State = Ticket::State;

TEST(Link, takes_back_the_bytes_of_a_command_given_up_before_staging) {
  LinkPlay play;
  Ticket a, b, c;
  play.link.submit("A", a);
  play.link.submit("BBBB", b);
  play.link.submit("CC", c);
  play.link.abandon(b);
  EXPECT_EQ(b.state(), State::abandoned);
  EXPECT_FALSE(b.was_sent());
  EXPECT_EQ(play.send_all(), "ACC");
  play.receive("+a\r\n+c\r\n");
  EXPECT_EQ(a.reply().bytes(), "+a\r\n");
  EXPECT_EQ(c.reply().bytes(), "+c\r\n");
}

TEST(Link, takes_back_only_what_stands_behind_the_staged_bytes) {
  LinkPlay play;
  Ticket a, b, c;
  play.link.submit("AAA", a);
  play.link.stage();
  play.link.sent(1);
  play.link.submit("BB", b);
  play.link.submit("C", c);
  play.link.abandon(b);
  EXPECT_EQ(play.send_all(), "AAC");
  play.receive("+a\r\n+c\r\n");
  EXPECT_EQ(c.reply().bytes(), "+c\r\n");
}

TEST(Link, can_take_back_every_pending_command_in_any_order) {
  std::vector<int> order{0, 1, 2, 3};
  do {
    LinkPlay play;
    std::deque<Ticket> tickets(4);
    for (int i = 0; i < 4; ++i)
      play.link.submit(std::string(static_cast<std::size_t>(i) + 1, static_cast<char>('a' + i)),
                       tickets[static_cast<std::size_t>(i)]);
    for (const int each : order) play.link.abandon(tickets[static_cast<std::size_t>(each)]);
    Ticket last;
    play.link.submit("z", last);
    ASSERT_EQ(play.send_all(), "z");
    play.receive("+z\r\n");
    ASSERT_EQ(last.state(), State::done);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Link, takes_back_a_hundred_thousand_commands_in_one_walk) {
  constexpr std::size_t count = 100'000;
  LinkPlay play;
  std::deque<Ticket> tickets(count);
  for (Ticket& each : tickets) play.link.submit("GET", each);
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i + 1 < count; ++i) play.link.abandon(tickets[i]);  // the first is given up first, as deadlines have it
  // Moving all that stands behind each takes half a minute; this takes some milliseconds.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(play.send_all(), "GET");
  play.receive("+a\r\n");
  EXPECT_EQ(tickets.back().state(), State::done);
}

TEST(Link, takes_back_many_commands_beside_those_that_stay) {
  LinkPlay play;
  std::deque<Ticket> tickets(300);
  std::string rest;
  for (std::size_t i = 0; i < tickets.size(); ++i) play.link.submit(std::to_string(i) + " ", tickets[i]);
  play.link.stage();
  play.link.sent(2);  // "0 "
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    if (i % 3 == 1) {
      play.link.abandon(tickets[i]);
      EXPECT_FALSE(tickets[i].was_sent());
    } else if (i != 0) {
      rest += std::to_string(i) + " ";
    }
  }
  EXPECT_EQ(play.send_all(), rest);
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    if (i % 3 != 1) play.receive("+" + std::to_string(i) + "\r\n");
  }
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    if (i % 3 == 1) continue;
    EXPECT_EQ(tickets[i].reply().bytes(), "+" + std::to_string(i) + "\r\n");
  }
}

TEST(Link, swallows_the_late_reply_of_a_command_given_up_after_staging) {
  LinkPlay play;
  Ticket b;
  {
    Ticket a;
    play.link.submit("A", a);
    play.send_all();
    play.link.submit("B", b);
    play.link.abandon(a);
    EXPECT_EQ(a.state(), State::abandoned);
    EXPECT_TRUE(a.was_sent());
  }  // and its owner is gone
  play.send_all();
  ASSERT_EQ(play.receive("$4\r\nlate\r\n+b\r\n"), Feed::fine);
  EXPECT_EQ(b.reply().bytes(), "+b\r\n");
  EXPECT_EQ(play.finished, (std::vector<const Ticket*>{&b}));
}

TEST(Link, swallows_what_is_left_of_a_batch_given_up_in_the_middle) {
  LinkPlay play;
  Ticket after;
  {
    std::vector<wire::Frame> replies(3);
    Ticket batch(replies, 1);
    play.link.submit("XABC", batch);
    play.send_all();
    play.receive("+skip\r\n+one\r\n");
    play.link.abandon(batch);
    EXPECT_EQ(batch.received(), 1u);
  }
  play.link.submit("D", after);
  play.send_all();
  play.receive("+two\r\n+three\r\n+d\r\n");
  EXPECT_EQ(after.reply().bytes(), "+d\r\n");
}

TEST(Link, does_not_tell_tickets_given_up_that_the_connection_is_lost) {
  LinkPlay play;
  Ticket a, b;
  play.link.submit("A", a);
  play.link.submit("B", b);
  play.send_all();
  play.link.abandon(a);
  play.fail();
  EXPECT_EQ(a.state(), State::abandoned);
  EXPECT_EQ(play.finished, (std::vector<const Ticket*>{&b}));
}

TEST(Link, walks_waiting_tickets_from_the_oldest_without_those_given_up) {
  LinkPlay play;
  Ticket a, b, c;
  play.link.submit("A", a);
  play.link.submit("B", b);
  play.link.submit("C", c);
  play.send_all();
  play.link.abandon(a);
  std::vector<const Ticket*> met;
  play.link.find_waiting([&](Ticket& ticket) {
    met.push_back(&ticket);
    return false;
  });
  EXPECT_EQ(met, (std::vector<const Ticket*>{&b, &c}));
}

TEST(Link, keeps_a_line_far_longer_than_its_first_room_in_order) {
  LinkPlay play;
  std::deque<Ticket> tickets;
  std::string replies;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) play.link.submit("A", tickets.emplace_back());
    play.send_all();
    replies.clear();
    for (int i = 0; i < 70; ++i) replies += ":" + std::to_string(static_cast<int>(play.finished.size()) + i) + "\r\n";
    ASSERT_EQ(play.receive(replies, 11), Feed::fine);
  }
  for (std::size_t i = 0; i < play.finished.size(); ++i) {
    ASSERT_EQ(play.finished[i], &tickets[i]);
    ASSERT_EQ(tickets[i].reply().bytes(), ":" + std::to_string(i) + "\r\n");
  }
  EXPECT_EQ(play.link.in_flight(), 90u);
}

}  // namespace
}  // namespace rediscluster::link
