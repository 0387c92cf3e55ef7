/// MOVED and ASK taken apart (U05).
#include "wire/redirect.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rediscluster::wire {
namespace {

struct Case {
  const char* text;
  int slot;
  const char* host;
  int port;
  bool ask;
};

TEST(Redirect, takes_every_form_a_server_sends) {
  const std::vector<Case> cases{
      {"MOVED 3999 127.0.0.1:6381", 3999, "127.0.0.1", 6381, false},
      {"ASK 0 127.0.0.1:1", 0, "127.0.0.1", 1, true},
      {"-MOVED 16383 node-1.example.com:65535\r\n", 16383, "node-1.example.com", 65535, false},
      {"MOVED 4844 fd00::1:4:6379", 4844, "fd00::1:4", 6379, false},
      {"ASK 4844 [fd00::1:4]:6379", 4844, "fd00::1:4", 6379, true},
      {"MOVED 1 ::1:7000", 1, "::1", 7000, false},
      {"MOVED 3999 :6380", 3999, "", 6380, false},
      {"MOVED 3999 10.0.0.1:0", 3999, "10.0.0.1", 0, false},
  };
  for (const Case& expected : cases) {
    const auto redirect = parse_redirect(expected.text);
    ASSERT_TRUE(redirect) << expected.text << ": " << redirect.error().message;
    EXPECT_EQ(redirect->slot, expected.slot) << expected.text;
    EXPECT_EQ(redirect->target, (NodeAddress{expected.host, expected.port})) << expected.text;
    EXPECT_EQ(redirect->ask, expected.ask) << expected.text;
    EXPECT_FALSE(redirect->unusable_host) << expected.text;
  }
}

TEST(Redirect, marks_a_host_that_is_not_known) {
  const auto redirect = parse_redirect("MOVED 5 ?:6380");
  ASSERT_TRUE(redirect);
  EXPECT_TRUE(redirect->unusable_host);
  EXPECT_EQ(redirect->target, (NodeAddress{"", 6380}));
  EXPECT_EQ(redirect->slot, 5);
}

TEST(Redirect, refuses_everything_else) {
  for (const char* text : {"",
                           "MOVED",
                           "MOVED ",
                           "MOVED 1",
                           "MOVED 1 ",
                           "MOVED 1 host",
                           "MOVED 1 host:",
                           "MOVED 1 host:65536",
                           "MOVED 1 host:-1",
                           "MOVED 1 host:+1",
                           "MOVED 1 host:1a",
                           "MOVED 1 host:99999999999",
                           "MOVED 16384 h:1",
                           "MOVED -1 h:1",
                           "MOVED x h:1",
                           "MOVED  1 h:1",
                           "MOVED 1  h:1",
                           "MOVED 1 h:1 extra",
                           "MOVED 1 h h:1",
                           "MOVED 1 h:1 ",
                           "moved 1 h:1",
                           "Ask 1 h:1",
                           "ASKING 1 h:1",
                           "ERR MOVED 1 h:1",
                           "MOVED 1 [::1:1",
                           "MOVED 1 ::1]:1",
                           "MOVED 1 []:1",
                           "MOVED 1 [host]:1",
                           "MOVED 1 h\tx:1",
                           "MOVED\t1 h:1",
                           "MOVED 1 h:1\n",
                           "REDIRECT h:1",
                           "-"}) {
    const auto redirect = parse_redirect(text);
    ASSERT_FALSE(redirect) << text;
    EXPECT_EQ(redirect.error().code, Errc::protocol_error) << text;
  }
}

TEST(Redirect, does_not_copy_a_megabyte_into_its_message) {
  const auto redirect = parse_redirect("MOVED 1 " + std::string(1024 * 1024, 'h') + ":6379");
  ASSERT_FALSE(redirect);
  EXPECT_LT(redirect.error().message.size(), 200U);
}

}  // namespace
}  // namespace rediscluster::wire
