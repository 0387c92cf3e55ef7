/// What is left out of a handshake after a server has refused it, for whom and how long.
#include "cluster/nodes/server_memory.hpp"

#include <gtest/gtest.h>

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;
using Part = ServerMemory::Part;

const base::TimePoint start{1h};

link::HandshakeOptions all_words(const std::string& user = "ann") {
  return {.username = user, .password = "secret", .client_name = "shop", .library_version = "1.2.3", .read_only = true};
}

/// What a handshake of that user at that time would say.
link::HandshakeOptions words_left(const ServerMemory& memory, base::TimePoint now, const std::string& user = "ann") {
  link::HandshakeOptions options = all_words(user);
  memory.adapt(options, now);
  return options;
}

/// A handshake of that user that ends well; HELLO, if it is said, is answered by `hello`.
void shake_hands(ServerMemory& memory, base::TimePoint now, const std::string& hello, const std::string& user = "ann") {
  link::HandshakeOptions options = all_words(user);
  const bool was_adapted = memory.adapt(options, now);
  link::Handshake handshake(options);
  for (bool is_first = true; handshake.phase() != link::Handshake::Phase::done; is_first = false) {
    std::vector<wire::Frame> replies(handshake.replies_expected(), wire::own("+OK\r\n"));
    if (is_first && options.protocol == 3) replies.front() = wire::own(hello);
    ASSERT_TRUE(handshake.step(replies));
  }
  memory.note(handshake, 3, user, was_adapted, now);
}

const std::string hello_map = "%0\r\n";
const std::string no_hello = "-ERR unknown command\r\n";

TEST(ServerMemory, leaves_nothing_out_at_first) {
  const ServerMemory memory;
  link::HandshakeOptions options = all_words();
  EXPECT_FALSE(memory.adapt(options, start));
  EXPECT_EQ(options.protocol, 3);
  EXPECT_TRUE(memory.knows_hello());
}

TEST(ServerMemory, spares_a_server_hello_that_refused_it_for_that_user_and_a_while) {
  ServerMemory memory;
  shake_hands(memory, start, no_hello);
  EXPECT_FALSE(memory.knows_hello());
  EXPECT_EQ(words_left(memory, start + 59s).protocol, 2);
  EXPECT_EQ(words_left(memory, start + 59s).client_name, "shop") << "names were taken";
  EXPECT_EQ(words_left(memory, start + 59s, "bob").protocol, 3) << "he may be allowed to";
  EXPECT_EQ(words_left(memory, start + 60s).protocol, 3);
  shake_hands(memory, start + 30s, hello_map);  // without HELLO: the time goes on
  EXPECT_EQ(words_left(memory, start + 60s).protocol, 3);
  shake_hands(memory, start + 60s, hello_map);
  EXPECT_TRUE(memory.knows_hello());
}

TEST(ServerMemory, leaves_out_what_a_connection_ended_at) {
  for (const Part part : {Part::hello, Part::names, Part::read_only}) {
    ServerMemory memory;
    EXPECT_TRUE(memory.note_end(part, "ann", start));
    const link::HandshakeOptions left = words_left(memory, start);
    EXPECT_EQ(left.protocol, part == Part::hello ? 2 : 3);
    EXPECT_EQ(left.client_name + left.library_version, part == Part::read_only ? "shop1.2.3" : "");
    EXPECT_EQ(left.read_only, part != Part::read_only);
    EXPECT_TRUE(left.must_ask);
    EXPECT_EQ(words_left(memory, start + 60s).protocol, 3);
    EXPECT_EQ(words_left(memory, start + 60s).client_name, "shop");
  }
}

TEST(ServerMemory, leaves_out_one_thing_after_the_other) {
  ServerMemory memory;
  EXPECT_TRUE(memory.note_end(Part::names, "ann", start));
  EXPECT_TRUE(memory.note_end(Part::read_only, "ann", start));
  EXPECT_EQ(words_left(memory, start).client_name, "");
  EXPECT_FALSE(words_left(memory, start).read_only);
}

TEST(ServerMemory, does_not_suspect_what_was_taken_once) {
  ServerMemory memory;
  shake_hands(memory, start, hello_map);
  EXPECT_FALSE(memory.note_end(Part::hello, "ann", start + 1h));
  EXPECT_EQ(words_left(memory, start + 1h).protocol, 3);
}

TEST(ServerMemory, acquits_words_for_a_moment_when_the_connection_ends_without_them_too) {
  ServerMemory memory;
  EXPECT_TRUE(memory.note_end(Part::hello, "ann", start));
  EXPECT_FALSE(memory.note_end(Part::login, "ann", start));
  EXPECT_EQ(words_left(memory, start).protocol, 3);
  EXPECT_FALSE(memory.note_end(Part::hello, "ann", start + 999ms));
  EXPECT_TRUE(memory.note_end(Part::hello, "ann", start + 1s));
}

TEST(ServerMemory, knows_whether_connections_may_belong_to_a_user_with_a_name) {
  ServerMemory memory;
  shake_hands(memory, start, hello_map, "default");
  EXPECT_FALSE(memory.knows_users());
  shake_hands(memory, start, hello_map, "ann");
  EXPECT_TRUE(memory.knows_users());
}

}  // namespace
}  // namespace rediscluster::cluster
