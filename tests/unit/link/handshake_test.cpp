/// What is said first on a connection, and what the answers mean.
#include "link/handshake.hpp"

#include <gtest/gtest.h>

namespace rediscluster::link {
namespace {

using Phase = Handshake::Phase;

const std::string hello_map = "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n";
constexpr const char* secret = "s3cr3t-canary";

std::string said(std::initializer_list<std::string_view> words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words)
    bytes += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
  return bytes;
}

Result<void> answer(Handshake& handshake, const std::vector<std::string>& replies) {
  std::vector<wire::Frame> frames;
  for (const std::string& reply : replies) frames.push_back(wire::own(reply));
  return handshake.step(frames);
}

HandshakeOptions with_password() { return {.username = "ann", .password = secret}; }
HandshakeOptions with_everything() {
  return {.username = "ann", .password = secret, .client_name = "app", .library_version = "1.2.3", .read_only = true};
}

TEST(Handshake, says_only_hello_when_nothing_is_configured) {
  EXPECT_EQ(Handshake({}).bytes(), said({"HELLO", "3"}));
  EXPECT_EQ(Handshake({}).replies_expected(), 1u);
}

TEST(Handshake, is_done_with_protocol_3_when_hello_is_accepted) {
  Handshake handshake({});
  ASSERT_TRUE(answer(handshake, {hello_map}));
  EXPECT_EQ(handshake.phase(), Phase::done);
  EXPECT_EQ(handshake.protocol(), 3);
}

TEST(Handshake, tells_the_zone_that_the_server_told) {
  const std::string zone = "$17\r\navailability_zone\r\n";
  for (const auto& [reply, told] : {std::pair<std::string, std::string>{"%1\r\n" + zone + "$5\r\neu-1a\r\n", "eu-1a"},
                                    {"%1\r\n" + zone + "$0\r\n\r\n", ""}, {"%1\r\n" + zone + ":1\r\n", ""}, {hello_map, ""}}) {
    Handshake handshake({});
    ASSERT_TRUE(answer(handshake, {reply}));
    EXPECT_EQ(handshake.zone(), told);
  }
}

TEST(Handshake, says_everything_in_one_write) {
  const Handshake handshake(with_everything());
  EXPECT_EQ(handshake.bytes(), said({"HELLO", "3", "AUTH", "ann", secret}) + said({"CLIENT", "SETNAME", "app"}) +
                                   said({"CLIENT", "SETINFO", "LIB-NAME", "rediscluster"}) +
                                   said({"CLIENT", "SETINFO", "LIB-VER", "1.2.3"}) + said({"READONLY"}));
  EXPECT_EQ(handshake.replies_expected(), 5u);
}

TEST(Handshake, stays_below_what_servers_take_before_authentication) {
  const Handshake handshake(with_everything());
  std::size_t begin = 0;
  while (begin < handshake.bytes().size()) {  // at most 10 words a command
    ASSERT_EQ(handshake.bytes()[begin], '*');
    EXPECT_EQ(handshake.bytes()[begin + 2], '\r');
    begin = handshake.bytes().find('*', begin + 1);
  }
}

TEST(Handshake, logs_in_the_default_user_when_there_is_only_a_password) {
  EXPECT_EQ(Handshake({.password = secret}).bytes(), said({"HELLO", "3", "AUTH", "default", secret}));
}

TEST(Handshake, sends_binary_passwords_as_they_are) {
  const std::string binary("\r\n$3\r\n\0\xff", 9);
  EXPECT_EQ(Handshake({.password = binary}).bytes(), said({"HELLO", "3", "AUTH", "default", binary}));
}

TEST(Handshake, never_says_hello_with_protocol_2) {
  Handshake handshake({.protocol = 2, .username = "ann", .password = secret, .read_only = true});
  EXPECT_EQ(handshake.bytes(), said({"AUTH", "ann", secret}) + said({"READONLY"}));
  ASSERT_TRUE(answer(handshake, {"+OK\r\n", "+OK\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::done);
  EXPECT_EQ(handshake.protocol(), 2);
}

TEST(Handshake, has_nothing_to_say_with_protocol_2_and_no_options) {
  const Handshake handshake({.protocol = 2});
  EXPECT_EQ(handshake.phase(), Phase::done);
  EXPECT_EQ(handshake.replies_expected(), 0u);
}

TEST(Handshake, falls_back_to_auth_when_hello_is_unknown) {
  Handshake handshake(with_everything());
  ASSERT_TRUE(answer(handshake, {"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, \r\n",
                                 "-NOAUTH Authentication required.\r\n", "-NOAUTH Authentication required.\r\n",
                                 "-NOAUTH Authentication required.\r\n", "-NOAUTH Authentication required.\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::legacy);
  EXPECT_EQ(handshake.replies_expected(), 5u);
  EXPECT_TRUE(handshake.bytes().starts_with(said({"AUTH", "ann", secret}) + said({"CLIENT", "SETNAME", "app"})));
  ASSERT_TRUE(answer(handshake,
                     {"+OK\r\n", "+OK\r\n", "-ERR unknown subcommand\r\n", "-ERR unknown subcommand\r\n", "+OK\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::done);
  EXPECT_EQ(handshake.protocol(), 2);
}

TEST(Handshake, falls_back_with_the_password_alone_for_the_default_user) {
  Handshake handshake({.password = secret});
  ASSERT_TRUE(answer(handshake, {"-ERR unknown command 'HELLO'\r\n"}));
  EXPECT_EQ(handshake.bytes(), said({"AUTH", secret}));
}

TEST(Handshake, is_done_when_an_old_server_needs_nothing_more) {
  Handshake handshake({});
  ASSERT_TRUE(answer(handshake, {"-ERR unknown command 'HELLO'\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::done);
  EXPECT_EQ(handshake.protocol(), 2);
}

TEST(Handshake, falls_back_when_the_protocol_version_is_refused) {
  Handshake handshake(with_password());
  ASSERT_TRUE(answer(handshake, {"-NOPROTO unsupported protocol version\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::legacy);
}

TEST(Handshake, falls_back_whatever_words_hello_is_refused_with) {
  for (const char* text : {"ERR Unknown command 'HELLO'", "ERR unsupported command", "ERR syntax error", "ERR", "ODD", "NOAUTH Authentication required."}) {
    Handshake handshake(with_password());
    ASSERT_TRUE(answer(handshake, {"-" + std::string(text) + "\r\n"})) << text;
    EXPECT_EQ(handshake.phase(), Phase::legacy);
    EXPECT_TRUE(handshake.was_refused_hello());
    EXPECT_EQ(handshake.bytes(), said({"AUTH", "ann", secret}));
  }
}

TEST(Handshake, says_a_user_without_a_password) {
  EXPECT_EQ(Handshake({.username = "ann"}).bytes(), said({"HELLO", "3", "AUTH", "ann", ""}));
  EXPECT_EQ(Handshake({.protocol = 2, .username = "ann"}).bytes(), said({"AUTH", "ann", ""}));
}

TEST(Handshake, goes_on_where_there_is_no_password_to_check) {
  for (const char* text : {"-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n",
                           "-ERR Client sent AUTH, but no password is set\r\n"}) {
    for (const char* user : {"", "default"}) {
      Handshake handshake({.protocol = 2, .username = user, .password = secret});
      EXPECT_EQ(handshake.bytes(), said({"AUTH", secret}));
      ASSERT_TRUE(answer(handshake, {text}));
      EXPECT_EQ(handshake.phase(), Phase::done);
      EXPECT_TRUE(handshake.has_unused_password());
    }
  }
}

TEST(Handshake, asks_something_where_it_must) {
  Handshake handshake({.protocol = 2, .must_ask = true});
  EXPECT_EQ(handshake.bytes(), said({"PING"}));
  ASSERT_TRUE(answer(handshake, {"-ERR unknown command\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::done);
}

TEST(Handshake, blames_for_an_end_what_was_not_answered) {
  const std::vector<std::pair<std::vector<std::string>, Handshake::Part>> ends{
      {{}, Handshake::Part::hello},
      {{"-ERR unknown command\r\n"}, Handshake::Part::hello},
      {{hello_map}, Handshake::Part::names},
      {{hello_map, "+OK\r\n", "+OK\r\n"}, Handshake::Part::names},
      {{hello_map, "+OK\r\n", "+OK\r\n", "+OK\r\n"}, Handshake::Part::read_only},
      {{"-ERR max number of clients reached\r\n"}, Handshake::Part::login},
      {{"-WRONGPASS no\r\n"}, Handshake::Part::login},
  };
  for (const auto& [replies, part] : ends) {
    const Handshake handshake(with_everything());
    std::vector<wire::Frame> frames(handshake.replies_expected());
    for (std::size_t i = 0; i < replies.size(); ++i) frames[i] = wire::own(replies[i]);
    const Handshake::End end = handshake.ended(frames, {Errc::connection_lost, "gone"});
    EXPECT_EQ(end.part, part) << replies.size();
    const bool is_refused = !replies.empty() && replies[0].starts_with("-WRONGPASS");
    EXPECT_EQ(end.error.code, is_refused ? Errc::wrong_password : Errc::connection_lost);
  }
}

TEST(Handshake, does_not_mind_a_refused_name_or_info) {
  Handshake handshake(with_everything());
  ASSERT_TRUE(answer(handshake, {hello_map, "-ERR Client names cannot contain spaces\r\n",
                                 "-ERR unknown subcommand 'SETINFO'\r\n", "-NOPERM no\r\n", "+OK\r\n"}));
  EXPECT_EQ(handshake.phase(), Phase::done);
  EXPECT_EQ(handshake.library(), Handshake::Library::refused);
}

TEST(Handshake, tells_the_version_and_whether_the_library_was_taken) {
  Handshake handshake({.library_version = "1.2.3"});
  ASSERT_TRUE(answer(handshake, {"%2\r\n$7\r\nmodules\r\n*1\r\n%1\r\n$4\r\nname\r\n$4\r\njson\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n", "+OK\r\n", "+OK\r\n"}));
  EXPECT_EQ(handshake.server_version(), "7.0.15");
  EXPECT_EQ(handshake.library(), Handshake::Library::taken);
}

TEST(Handshake, takes_a_refusal_of_the_library_that_may_pass_for_none) {
  for (const auto& [error, library] : {std::pair<std::string, Handshake::Library>{"BUSY Redis is busy running a script", Handshake::Library::unsaid},
                                       {"NOPERM User x has no permissions to run the 'client|setinfo' command", Handshake::Library::refused},
                                       {"ERR Unknown subcommand or wrong number of arguments for 'SETINFO'. Try CLIENT HELP.", Handshake::Library::refused},
                                       {"ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.", Handshake::Library::refused}}) {
    Handshake handshake({.library_version = "1.2.3"});
    ASSERT_TRUE(answer(handshake, {hello_map, "-" + error + "\r\n", "-" + error + "\r\n"}));
    EXPECT_EQ(handshake.library(), library) << error;
  }
}

TEST(Handshake, fails_when_an_answer_is_missing) {
  Handshake handshake(with_everything());
  const Result<void> verdict = answer(handshake, {hello_map});
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, Errc::handshake_failed);
}

struct Refusal {
  const char* name;
  HandshakeOptions options;
  std::vector<std::string> replies;
  Errc code;
  const char* in_message;
};

class HandshakeRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(HandshakeRefusal, is_an_error_with_the_servers_words) {
  Handshake handshake(GetParam().options);
  const Result<void> verdict = answer(handshake, GetParam().replies);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, GetParam().code) << to_string(verdict.error());
  EXPECT_NE(verdict.error().message.find(GetParam().in_message), std::string::npos) << verdict.error().message;
  EXPECT_EQ(verdict.error().execution, Execution::not_executed);
  EXPECT_NE(handshake.phase(), Phase::done);
}

INSTANTIATE_TEST_SUITE_P(
    Each, HandshakeRefusal,
    ::testing::Values(
        Refusal{"wrong_password",
                with_password(),
                {"-WRONGPASS invalid username-password pair or user is disabled.\r\n"},
                Errc::wrong_password,
                "HELLO was refused"},
        Refusal{"password_missing",
                {},
                {"-NOAUTH HELLO must be called with the client already authenticated\r\n"},
                Errc::no_auth,
                "NOAUTH"},
        Refusal{"no_permission",
                {.protocol = 2, .password = secret},
                {"-NOPERM this user has no permissions to run the 'auth' command\r\n"},
                Errc::no_permission,
                "auth"},
        Refusal{"loading", {}, {"-LOADING Redis is loading the dataset in memory\r\n"}, Errc::loading, "LOADING"},
        Refusal{"anything_else", {.protocol = 2, .password = secret}, {"-ERR something odd\r\n"}, Errc::handshake_failed, "something odd"},
        Refusal{"no_password_set_for_a_user_with_a_name",
                {.protocol = 2, .username = "ann", .password = secret},
                {"-ERR Client sent AUTH, but no password is set\r\n"},
                Errc::handshake_failed,
                "Client sent AUTH, but no password is set"},
        Refusal{"protected_mode", {}, {"-DENIED Redis is running in protected mode\r\n"}, Errc::connect_failed, "protected mode"},
        Refusal{"too_many_clients_for_a_ping",
                {.protocol = 2, .must_ask = true},
                {"-ERR max number of clients reached\r\n"},
                Errc::connect_failed,
                "max number of clients"},
        Refusal{"old_wrong_password",
                {.protocol = 2, .password = secret},
                {"-ERR invalid password\r\n"},
                Errc::wrong_password,
                "AUTH was refused"},
        Refusal{"readonly_refused",
                {.read_only = true},
                {hello_map, "-ERR This instance has cluster support disabled\r\n"},
                Errc::not_cluster_mode,
                "READONLY was refused"},
        Refusal{"too_many_clients",
                {},
                {"-ERR max number of clients reached\r\n"},
                Errc::connect_failed,
                "max number of clients"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Handshake, does_without_what_an_acl_forbids_where_it_can) {
  const std::string forbidden = "-NOPERM this user has no permissions to run this command\r\n";
  Handshake without_readonly({.read_only = true});
  EXPECT_TRUE(answer(without_readonly, {hello_map, forbidden}));
  EXPECT_EQ(without_readonly.phase(), Phase::done);
  HandshakeOptions options = with_password();
  options.client_name = {};
  Handshake without_hello(options);
  EXPECT_TRUE(answer(without_hello, {forbidden}));
  EXPECT_EQ(without_hello.phase(), Phase::legacy);
  EXPECT_TRUE(without_hello.bytes().starts_with(auth_command(options.username, options.password)));
}

TEST(Handshake, puts_the_password_into_no_error_text_whatever_the_server_says) {
  const std::string s = secret;
  for (const std::string& text :
       {"-ERR " + s + "\r\n", "-ERR wrong '" + s + "'\r\n", "-WRONGPASS ann:" + s + " is no pair\r\n",
        "-NOAUTH AUTH ann " + s + "\r\n", "-ERR invalid password " + s + s + "\r\n",
        "-ERR unknown option, with args beginning with: 'ann' '" + s + "'\r\n"}) {
    for (const int protocol : {2, 3}) {
      HandshakeOptions options = with_password();
      options.protocol = protocol;
      Handshake handshake(options);
      Result<void> verdict = answer(handshake, {text});
      if (verdict) verdict = answer(handshake, {text});  // to AUTH, after HELLO
      ASSERT_FALSE(verdict);
      EXPECT_EQ(to_string(verdict.error()).find(secret), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace rediscluster::link
