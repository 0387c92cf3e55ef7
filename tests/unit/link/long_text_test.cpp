/// Long strings that are received where their caller will have them.
#include <gtest/gtest.h>

#include "unit/link/link_play.hpp"

namespace rediscluster::link {
namespace {

using Feed = Link::Feed;
using State = Ticket::State;

std::string long_text() {
  std::string text(700'000, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

/// A sent command that takes a long text.
struct Question {
  explicit Question(LinkPlay& play, std::uint32_t skipped = 0) : ticket(skipped) {
    ticket.collect_long_text(&text);
    play.link.submit("GET", ticket);
    play.send_all();
  }
  std::string text;
  Ticket ticket;
};

TEST(LongText, comes_whole_however_it_is_cut_and_what_follows_stays_in_order) {
  const std::string text = long_text();
  for (const std::size_t piece : {std::size_t{5000}, std::size_t{16384}, std::size_t{65537}, std::string::npos}) {
    LinkPlay play;
    Question first(play);
    Ticket second;
    play.link.submit("B", second);
    Question third(play);
    ASSERT_EQ(play.receive(bulk(text) + "+b\r\n" + bulk(text) + bulk("push"), piece), Feed::broken) << "a reply nobody waits for";
    for (const Question* each : {&first, &third}) {
      EXPECT_EQ(each->ticket.state(), State::done);
      EXPECT_TRUE(each->ticket.has_long_text());
      EXPECT_TRUE(each->text == text);
    }
    EXPECT_EQ(second.reply().bytes(), "+b\r\n");
  }
}

TEST(LongText, is_cut_at_every_place_near_its_ends) {
  const std::string text(100'000, 'x');
  const std::string reply = bulk(text);
  for (std::size_t cut = 1; cut < 12; ++cut) {
    LinkPlay play;
    Question question(play);
    ASSERT_EQ(play.receive(reply.substr(0, cut)), Feed::fine);
    ASSERT_EQ(play.receive(reply.substr(cut, reply.size() - 2 * cut)), Feed::fine);
    EXPECT_TRUE(question.ticket.waiting());
    ASSERT_EQ(play.receive(reply.substr(reply.size() - cut)), Feed::fine);
    EXPECT_TRUE(question.text == text) << cut;
  }
}

TEST(LongText, comes_behind_a_swallowed_reply) {
  LinkPlay play;
  Question question(play, 1);
  ASSERT_EQ(play.receive("+OK\r\n" + bulk(long_text())), Feed::fine);
  EXPECT_TRUE(question.ticket.has_long_text());
  EXPECT_TRUE(question.text == long_text());
}

TEST(LongText, is_a_reply_like_any_other_where_it_comes_whole_or_is_no_plain_string) {
  for (const std::string& reply : {bulk("short"), std::string("$-1\r\n"), "=" + bulk("txt:" + long_text()).substr(1), "*1\r\n" + bulk(long_text()), "!" + bulk(long_text()).substr(1)}) {
    LinkPlay play;
    Question question(play);
    ASSERT_EQ(play.receive(reply), Feed::fine);
    EXPECT_FALSE(question.ticket.has_long_text());
    EXPECT_TRUE(question.ticket.reply().bytes() == reply);
    EXPECT_TRUE(question.text.empty());
  }
}

TEST(LongText, without_its_line_end_breaks_the_connection) {
  LinkPlay play;
  Question question(play);
  std::string reply = bulk(long_text());
  reply[reply.size() - 2] = 'x';
  EXPECT_EQ(play.receive(reply), Feed::broken);
  EXPECT_NE(std::string(play.link.broken_reason()).find("CR LF"), std::string::npos);
  play.fail();
  EXPECT_EQ(question.ticket.state(), State::lost);
  EXPECT_TRUE(question.text.empty());
}

TEST(LongText, of_a_caller_who_gave_up_is_swallowed) {
  LinkPlay play;
  const std::string reply = bulk(long_text());
  {
    Question question(play);
    ASSERT_EQ(play.receive(reply.substr(0, 300'000)), Feed::fine);
    play.link.abandon(question.ticket);
    EXPECT_TRUE(question.ticket.was_sent());
  }
  Ticket next;
  play.link.submit("B", next);
  play.send_all();
  ASSERT_EQ(play.receive(reply.substr(300'000) + "+b\r\n"), Feed::fine);
  EXPECT_EQ(next.reply().bytes(), "+b\r\n");
  EXPECT_EQ(play.link.replies_discarded(), 1u);
}

TEST(LongText, of_a_lost_connection_leaves_nothing_for_the_next) {
  LinkPlay play;
  Question question(play);
  ASSERT_EQ(play.receive(bulk(long_text()).substr(0, 300'000)), Feed::fine);
  play.fail();
  EXPECT_EQ(question.ticket.state(), State::lost);
  EXPECT_TRUE(question.ticket.was_sent());
  play.link.reset();
  Question again(play);
  ASSERT_EQ(play.receive(bulk("v")), Feed::fine);
  EXPECT_EQ(again.ticket.reply().bytes(), bulk("v"));
  EXPECT_FALSE(again.ticket.has_long_text());
}

TEST(LongText, keeps_no_memory_of_one_that_nobody_took) {
  LongText text;
  text.begin(8'000'000, "");
  text.drop();
  EXPECT_FALSE(text.is_coming());
  text.begin(70'000, "");
  while (!text.is_whole()) text.received(text.space().size);
  EXPECT_LT(text.take().capacity(), 1'000'000u);
}

TEST(LongText, takes_memory_only_as_bytes_arrive) {
  LinkPlay play;
  Question question(play);
  ASSERT_EQ(play.receive("$500000000\r\n" + std::string(100'000, 'x')), Feed::fine);
  EXPECT_LE(play.link.receive_space().size, 1024u * 1024u);
  EXPECT_TRUE(question.ticket.waiting());
}

}  // namespace
}  // namespace rediscluster::link
