/// TLS from the client's point of view, with nodes that misbehave: nothing in plain text, nothing to strangers.
#include "tls_play.hpp"

#include <mutex>

namespace {

using namespace play;

TEST(Tls, a_client_reads_and_writes_through_it) {
  SecureNode home;
  RedisCluster client(home.options());
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_EQ(home.front.connections(), home.node.connections()) << "each connection of the client came through TLS";
  EXPECT_EQ(home.node.complaints(), "");
}

// S02
TEST(Tls, nobody_unverified_is_sent_a_byte_of_auth) {
  const Identity strangers[] = {Authority("somebody else").issue({.addresses = {"127.0.0.1"}}),
                                trusted().issue({.hosts = {"a.example"}}),
                                trusted().issue({.addresses = {"127.0.0.1"}, .valid_until = -60}),
                                trusted().issue({.addresses = {"127.0.0.1"}, .valid_from = 3600}),
                                test_support::self_signed({.addresses = {"127.0.0.1"}})};
  for (const Identity& stranger : strangers) {
    SecureNode home(stranger);
    Options options = home.options();
    options.password = canary;
    const std::string message = message_of<RedisError>([&] { RedisCluster client(options); });
    EXPECT_TRUE(contains(message, "its certificate ")) << message;
    EXPECT_EQ(home.front.plain_bytes(), 0u);
    EXPECT_EQ(home.node.bytes_received(), 0u);
    EXPECT_FALSE(contains(message, canary)) << message;
  }
}

TEST(Tls, a_node_that_turns_out_a_stranger_fails_its_commands_at_once_and_gets_no_password) {
  // given a cluster whose second node shows the certificate of somebody else
  SecureNode home;
  SecureNode stranger(trusted().issue({.hosts = {"a.example"}}));
  Options options = home.options();
  options.password = canary;
  RedisCluster client(options);
  home.node.expect("GET", "foo").answer_error("MOVED 12182 " + to_string(stranger.front.address()));
  // when
  const auto begin = Clock::now();
  const Error error = error_of(client.nothrow().get("foo"));
  // then
  EXPECT_EQ(error.code, Errc::tls_failed);
  EXPECT_EQ(error.execution, Execution::not_executed);
  EXPECT_EQ(error.node, stranger.front.address());
  EXPECT_LT(Clock::now() - begin, 5s) << "trying again would change nothing";
  EXPECT_EQ(stranger.front.plain_bytes(), 0u);
}

// S04
TEST(Tls, a_redirect_to_a_plain_port_is_never_followed_in_plain_text) {
  SecureNode home;
  ScriptedNode plain;
  Options options = home.options();
  options.password = canary;
  options.command_timeout = 1500ms;
  options.socket_connect_timeout = 300ms;
  RedisCluster client(options);
  for (const char* how : {"MOVED", "ASK"}) {
    home.node.expect("GET", "foo").answer_error(std::string(how) + " 12182 " + plain.address_text());
    const auto result = client.nothrow().get("foo");
    // MOVED: the topology may have been told anew meanwhile, and the old home answers; or else the call fails.
    if (!result) {
      EXPECT_TRUE(contains(result.error().message, "TLS")) << result.error().message;
    }
  }
  EXPECT_GT(plain.connections(), 0);
  for (const ScriptedLogEntry& entry : plain.log()) {
    for (const std::string& word : entry.words) {
      EXPECT_FALSE(contains(word, "HELLO") || contains(word, "GET") || contains(word, "AUTH") || contains(word, canary)) << word;
    }
  }
}

TEST(Tls, a_copy_that_cannot_be_trusted_is_passed_over_by_reads) {
  SecureNode home;
  SecureNode stranger(trusted().issue({.hosts = {"a.example"}}));
  home.node.serve_slots({{0, 16383, ScriptedEndpoint(home.front.address(), home.node.id()),
                          {ScriptedEndpoint(stranger.front.address(), stranger.node.id())}}});
  Options options = home.options();
  options.read_from = rediscluster::ReadFrom::prefer_replica;
  RedisCluster client(options);
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(stranger.front.plain_bytes(), 0u);
}

// S07
TEST(Tls, a_connection_cut_without_close_notify_is_lost_and_reads_go_on) {
  SecureNode home;
  RedisCluster client(home.options());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.get("k"), "k");
    home.front.cut(i % 2 == 1);
    ASSERT_TRUE(wait_until([&] { return home.front.open_connections() == 0; }, 5s));
  }
  EXPECT_EQ(client.get("k"), "k");
}

TEST(Tls, a_write_in_flight_when_the_connection_is_cut_is_in_doubt) {
  SecureNode home;
  RedisCluster client(home.options());
  home.node.expect("INCR", "n").silence();
  std::thread cutting([&] {
    home.node.wait_for_command({"INCR"}, 5s);
    home.front.cut();
  });
  const Error error = error_of(client.nothrow().incr("n"));
  cutting.join();
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST(Tls, new_keys_in_mid_stream_disturb_nobody) {
  SecureNode home;
  RedisCluster client(home.options());
  Crowd crowd(4, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      if (thread == 0) home.front.update_keys();
      const std::string key = std::to_string(thread) + ":" + std::to_string(i);
      EXPECT_EQ(client.get(key), key);
    }
  });
}

TEST(Tls, a_node_is_come_back_to_without_a_full_handshake) {
  SecureNode home;
  RedisCluster client(home.options());
  EXPECT_EQ(client.get("k"), "k");
  home.front.cut();
  ASSERT_TRUE(wait_until([&] { return home.front.open_connections() == 0; }, 5s));
  EXPECT_EQ(client.get("k"), "k");
  EXPECT_GE(home.front.resumed(), 1);
}

TEST(Tls, a_new_file_that_cannot_be_used_is_told_with_the_next_failure) {
  test_support::CertificateFolder folder;
  SecureNode home;
  Options options = home.options();
  options.tls.ca_pem.clear();
  options.tls.ca_file = folder.put("ca.pem", trusted().pem());
  std::mutex mutex;
  std::vector<std::string> warnings;
  options.on_log = [&](const rediscluster::Log& line) {
    const std::lock_guard lock(mutex);
    if (std::string(line.what) == "tls_files" && line.level == rediscluster::LogLevel::warning) warnings.push_back(line.text);
  };
  RedisCluster client(options);
  folder.put("ca.pem", "nothing");
  const auto reconnect = [&] {
    home.front.cut();
    ASSERT_TRUE(wait_until([&] { return home.front.open_connections() == 0; }, 5s));
  };
  reconnect();
  EXPECT_EQ(client.get("k"), "k") << "the old authorities are still in force";
  home.front.set_identity(trusted().issue({.hosts = {"a.example"}}));
  reconnect();
  const Error error = error_of(client.nothrow().get("k"));
  EXPECT_TRUE(contains(error.message, "its certificate is for 'a.example'")) << error.message;
  EXPECT_TRUE(contains(error.message, "New files of ours are not in use yet") && contains(error.message, "holds no certificate")) << error.message;
  client.close();
  const std::lock_guard lock(mutex);
  ASSERT_EQ(warnings.size(), 1u) << "once for each reason, however many connections are made";
  EXPECT_TRUE(contains(warnings[0], "holds no certificate")) << warnings[0];
}

TEST(Tls, options_without_tls_are_refused_rather_than_ignored) {
  Options options{.startup_nodes = {{"127.0.0.1", 1}}};
  options.tls.ca_file = "/ca.pem";
  const std::string message = message_of<RedisError>([&] { RedisCluster client(options); });
  EXPECT_TRUE(contains(message, "TLS is off: set tls.enabled, or write rediss://")) << message;
}

}  // namespace
