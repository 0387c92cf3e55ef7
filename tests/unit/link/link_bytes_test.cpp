/// Replies of every size, cut at every place, with pushes between them; and who keeps which memory alive.
#include <gtest/gtest.h>

#include <deque>

#include "unit/link/link_play.hpp"

namespace rediscluster::link {
namespace {

using Feed = Link::Feed;

// Small ones stand inside the ticket, middle ones in the shared block, the last ones are larger than a block.
std::vector<std::string> replies_of_every_size() {
  std::vector<std::string> replies{
      "+OK\r\n", ":1\r\n", "$-1\r\n", "-ERR no\r\n", "_\r\n", bulk(""), bulk(std::string(240, 'a'))};
  for (const std::size_t size : {249u, 250u, 251u, 4000u, 16'380u, 16'384u, 40'000u})
    replies.push_back(bulk(std::string(size, 'b')));
  replies.push_back("*3\r\n:1\r\n" + bulk(std::string(9000, 'c')) + "*0\r\n");
  replies.push_back("|1\r\n+ttl\r\n:3\r\n" + bulk(std::string(300, 'd')));
  return replies;
}

void expect_all(const std::deque<Ticket>& tickets, const std::vector<std::string>& replies, std::size_t piece) {
  for (std::size_t i = 0; i < replies.size(); ++i) {
    ASSERT_EQ(tickets[i].state(), Ticket::State::done) << "reply " << i << " in pieces of " << piece;
    ASSERT_TRUE(tickets[i].reply().bytes() == replies[i]) << "reply " << i << " in pieces of " << piece;
  }
}

TEST(LinkBytes, delivers_replies_of_every_size_in_pieces_of_every_size) {
  const std::vector<std::string> replies = replies_of_every_size();
  std::string stream;
  for (const std::string& reply : replies) stream += reply;
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 100u, 1460u, 4095u, 4096u, 16'383u, 16'384u, 1'000'000u}) {
    LinkPlay play;
    std::deque<Ticket> tickets(replies.size());
    for (Ticket& ticket : tickets) play.link.submit("A", ticket);
    play.send_all();
    ASSERT_EQ(play.receive(stream, piece), Feed::fine);
    expect_all(tickets, replies, piece);
  }
}

TEST(LinkBytes, delivers_replies_cut_at_every_place) {
  const std::vector<std::string> replies{"+OK\r\n", bulk("hello"), "*2\r\n:1\r\n_\r\n", "|1\r\n+a\r\n+b\r\n:-5\r\n",
                                         bulk(std::string(300, 'x'))};
  std::string stream;
  for (const std::string& reply : replies) stream += reply;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    LinkPlay play;
    std::deque<Ticket> tickets(replies.size());
    for (Ticket& ticket : tickets) play.link.submit("A", ticket);
    play.send_all();
    ASSERT_EQ(play.receive(stream.substr(0, cut)), Feed::fine);
    ASSERT_EQ(play.receive(stream.substr(cut)), Feed::fine);
    expect_all(tickets, replies, cut);
  }
}

TEST(LinkBytes, loses_exactly_the_commands_whose_replies_are_not_whole_at_every_cut) {
  const std::vector<std::string> replies{"+OK\r\n", bulk("hello"), "*2\r\n:1\r\n_\r\n", ":5\r\n"};
  std::string stream;
  for (const std::string& reply : replies) stream += reply;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    LinkPlay play;
    std::deque<Ticket> tickets(replies.size());
    for (Ticket& ticket : tickets) play.link.submit("A", ticket);
    play.send_all();
    ASSERT_EQ(play.receive(stream.substr(0, cut)), Feed::fine);
    play.fail();
    std::size_t end = 0;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      end += replies[i].size();
      ASSERT_EQ(tickets[i].state(), end <= cut ? Ticket::State::done : Ticket::State::lost)
          << "reply " << i << " cut at " << cut;
      if (end > cut) {
        ASSERT_TRUE(tickets[i].was_sent());
      }
    }
    ASSERT_EQ(play.finished.size(), replies.size()) << "each ends exactly once";
  }
}

TEST(LinkBytes, passes_over_pushes_between_any_two_replies_cut_at_every_place) {
  const std::vector<std::string> pushes{">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", ">0\r\n",
                                        ">3\r\n+smessage\r\n+c\r\n_\r\n", "|1\r\n+a\r\n:1\r\n>1\r\n+MOVING\r\n",
                                        ">1\r\n" + bulk(std::string(20'000, 'p'))};
  const std::vector<std::string> replies{"+OK\r\n", bulk("hello"), ":3\r\n"};
  for (const std::string& push : pushes) {
    for (std::size_t position = 0; position <= replies.size(); ++position) {
      std::string stream;
      for (std::size_t i = 0; i <= replies.size(); ++i)
        stream += (i == position ? push : "") + (i < replies.size() ? replies[i] : "");
      const std::size_t step = stream.size() > 1000 ? 97 : 1;
      for (std::size_t cut = 0; cut <= stream.size(); cut += step) {
        LinkPlay play;
        std::deque<Ticket> tickets(replies.size());
        for (Ticket& ticket : tickets) play.link.submit("A", ticket);
        play.send_all();
        ASSERT_EQ(play.receive(stream.substr(0, cut)), Feed::fine);
        ASSERT_EQ(play.receive(stream.substr(cut)), Feed::fine);
        expect_all(tickets, replies, cut);
        ASSERT_EQ(play.link.pushes_dropped(), 1u);
      }
    }
  }
}

TEST(LinkBytes, keeps_a_large_reply_alive_after_the_link_has_gone_on) {
  LinkPlay play;
  Ticket kept;
  play.link.submit("A", kept);
  play.send_all();
  play.receive(bulk(std::string(5000, 'k')));
  for (int i = 0; i < 100; ++i) {
    Ticket other;
    play.link.submit("B", other);
    play.send_all();
    play.receive(bulk(std::string(3000, 'z')));
    ASSERT_TRUE(other.reply().bytes() == bulk(std::string(3000, 'z')));
  }
  EXPECT_TRUE(kept.reply().bytes() == bulk(std::string(5000, 'k')));
}

TEST(LinkBytes, keeps_a_large_reply_alive_after_the_link_has_died) {
  Ticket kept;
  wire::Frame copy;
  {
    LinkPlay play;
    play.link.submit("A", kept);
    play.send_all();
    play.receive(bulk(std::string(5000, 'k')));
    copy = kept.reply();
  }
  EXPECT_TRUE(copy.bytes() == bulk(std::string(5000, 'k')));
}

TEST(LinkBytes, does_not_let_a_small_reply_keep_a_block_alive_where_there_is_room_for_it) {
  LinkPlay play;
  Ticket a;
  char room[Ticket::small_reply];
  a.use_room(room);
  play.link.submit("A", a);
  play.send_all();
  play.receive(bulk(std::string(200, 'a')));
  EXPECT_FALSE(a.reply().block());
}

TEST(LinkBytes, receives_into_the_same_memory_when_nobody_holds_on_to_it) {
  LinkPlay play;
  const char* const first = play.link.receive_space().data;
  for (int i = 0; i < 10; ++i) {
    Ticket a;
    a.look_only();
    play.link.submit("A", a);
    play.send_all();
    play.receive("+OK\r\n");
    ASSERT_EQ(a.reply().bytes(), "+OK\r\n");
    ASSERT_EQ(play.link.receive_space().data, first);
  }
}

TEST(LinkBytes, always_offers_room_to_receive) {
  LinkPlay play;
  std::deque<Ticket> tickets(50);
  for (Ticket& ticket : tickets) play.link.submit("A", ticket);
  play.send_all();
  for (int i = 0; i < 50; ++i) {
    ASSERT_GE(play.link.receive_space().size, 4096u);
    play.receive(bulk(std::string(300, 'x')));  // held by the ticket, so the block fills up
  }
}

TEST(LinkBytes, holds_no_large_block_once_its_reply_is_gone) {
  LinkPlay play;
  wire::Frame reply;
  {
    Ticket a;
    play.link.submit("A", a);
    play.send_all();
    play.receive(bulk(std::string(8'000'000, 'x')), 65'536);
    reply = a.reply();
  }
  EXPECT_TRUE(reply.block()->unique()) << "an idle link would keep megabytes";
}

TEST(LinkBytes, believes_an_announced_size_only_up_to_a_bound) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  play.send_all();
  ASSERT_EQ(play.receive("$500000000\r\nabc"), Feed::fine);
  EXPECT_LE(play.link.receive_space().size, 17u * 1024 * 1024);
}

TEST(LinkBytes, is_broken_by_a_reply_beyond_its_limits) {
  wire::Limits limits;
  limits.max_bulk_bytes = 1000;
  LinkPlay play(limits);
  Ticket a;
  play.link.submit("A", a);
  play.send_all();
  EXPECT_EQ(play.receive("$1001\r\n"), Feed::broken);
}

TEST(LinkBytes, receives_a_reply_larger_than_what_is_believed_at_once) {
  LinkPlay play;
  Ticket a;
  play.link.submit("A", a);
  play.send_all();
  const std::string large = bulk(std::string(40'000'000, 'L'));
  ASSERT_EQ(play.receive(large, 1'000'000), Feed::fine);
  EXPECT_TRUE(a.reply().bytes() == large);
}

}  // namespace
}  // namespace rediscluster::link
