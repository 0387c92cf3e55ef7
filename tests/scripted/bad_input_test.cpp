/// What people get wrong, and peers that are no Redis at all: a clear error, at once, nothing sent twice.
#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Options;
using rediscluster::RedisClusterConfigError;
using rediscluster::RedisClusterException;

template <class Exception = RedisClusterException>
std::string refusal_of(const Options& options) {
  return message_of<Exception>([&] { RedisCluster client(options); });
}

std::string refusal_of_url(const std::string& url) {
  return message_of<RedisClusterConfigError>([&] { RedisCluster::from_url(url); });
}

// Options.

TEST(BadInput, no_startup_nodes) {
  const std::string text = refusal_of({});
  EXPECT_TRUE(contains(text, "No startup nodes provided")) << text;
  EXPECT_TRUE(contains(text, "startup_nodes")) << text;
}

TEST(BadInput, unreachable_startup_nodes_are_listed_each_with_its_reason) {
  ScriptedNode refusing, closing, foreign;
  refusing.refuse_new(true);
  closing.always(starts_with({})).close();
  foreign.always(starts_with({"HELLO"})).answer_raw("HTTP/1.1 400 Bad Request\r\n\r\n");
  const std::string text = refusal_of(
      {.startup_nodes = {refusing.address(), closing.address(), foreign.address(), {"no-such-host.invalid", 7000}}});
  EXPECT_TRUE(contains(text, "Redis Cluster cannot be connected")) << text;
  const auto reason_of = [&](const std::string& node) {
    const std::size_t at = text.find(" " + node + ": ");
    EXPECT_NE(at, std::string::npos) << node << " is not listed in " << text;
    return at == std::string::npos ? std::string() : text.substr(at, text.find(';', at) - at);
  };
  EXPECT_TRUE(contains(reason_of(refusing.address_text()), "refused")) << text;
  EXPECT_TRUE(contains(reason_of(closing.address_text()), "closed")) << text;
  EXPECT_TRUE(contains(reason_of(foreign.address_text()), "HTTP")) << text;
  EXPECT_TRUE(contains(reason_of("no-such-host.invalid:7000"), "no address")) << text;
}

TEST(BadInput, a_database_other_than_0) {
  const std::string text = refusal_of<RedisClusterConfigError>({.startup_nodes = {{"127.0.0.1", 7000}}, .db = 1});
  EXPECT_TRUE(contains(text, "'db'")) << text;
  EXPECT_TRUE(contains(text, "db is 1")) << text;
}

TEST(BadInput, ports_that_are_none) {
  for (const int port : {0, -1, 65536, 100000}) {
    const std::string text = refusal_of<RedisClusterConfigError>({.startup_nodes = {{"127.0.0.1", port}}});
    EXPECT_TRUE(contains(text, std::to_string(port))) << text;
    EXPECT_TRUE(contains(text, "65535")) << text;
  }
}

TEST(BadInput, a_wrong_port_is_refused_or_explained_at_once) {
  ScriptedNode node;
  node.refuse_new(true);
  std::string text;
  EXPECT_LT(time_of([&] { text = refusal_of({.startup_nodes = {node.address()}}); }), soon);
  EXPECT_TRUE(contains(text, "Connection refused")) << text;
}

TEST(BadInput, options_without_a_meaning_are_named_with_their_value) {
  struct Case {
    const char* name;
    std::function<void(Options&)> spoil;
    const char* value;
  };
  const std::vector<Case> cases{
      {"command_timeout", [](Options& o) { o.command_timeout = 0ms; }, "0 ms"},
      {"socket_timeout", [](Options& o) { o.socket_timeout = -5ms; }, "-5 ms"},
      {"socket_connect_timeout", [](Options& o) { o.socket_connect_timeout = 0ms; }, "0 ms"},
      {"topology_refresh_period", [](Options& o) { o.topology_refresh_period = 0ms; }, "0 ms"},
      {"max_connections", [](Options& o) { o.max_connections = 0; }, "0"},
      {"max_connections_per_node", [](Options& o) { o.max_connections_per_node = -1; }, "-1"},
      {"reinitialize_steps", [](Options& o) { o.reinitialize_steps = 0; }, "0"},
      {"cluster_down_retry_attempts", [](Options& o) { o.cluster_down_retry_attempts = 0; }, "0"},
      {"lanes_per_node", [](Options& o) { o.lanes_per_node = 9; }, "9"},
      {"protocol", [](Options& o) { o.protocol = 4; }, "4"},
  };
  for (const Case& each : cases) {
    Options options{.startup_nodes = {{"127.0.0.1", 7000}}};
    each.spoil(options);
    const std::string text = refusal_of<RedisClusterConfigError>(options);
    EXPECT_TRUE(contains(text, each.name)) << text;
    EXPECT_TRUE(contains(text, each.value)) << text;
  }
}

// URLs.

TEST(BadInput, urls_of_another_kind) {
  EXPECT_TRUE(contains(refusal_of_url("unix:///tmp/redis.sock"), "Unix sockets"));
  EXPECT_TRUE(contains(refusal_of_url("http://127.0.0.1:7000"), "redis://"));
  EXPECT_TRUE(contains(refusal_of_url("127.0.0.1:7000"), "redis://"));
  EXPECT_TRUE(contains(refusal_of_url(""), "redis://"));
}

TEST(BadInput, urls_without_a_host_or_with_a_port_that_is_none) {
  EXPECT_TRUE(contains(refusal_of_url("redis://"), "host"));
  EXPECT_TRUE(contains(refusal_of_url("redis://:7000"), "host"));
  EXPECT_TRUE(contains(refusal_of_url("redis://h:99999"), "99999"));
  EXPECT_TRUE(contains(refusal_of_url("redis://h:seven"), "no number between 1 and 65535"));
  EXPECT_TRUE(contains(refusal_of_url("redis://[::1"), "IPv6"));
  EXPECT_TRUE(contains(refusal_of_url("redis://h:7000,,i:7000"), "host"));
}

TEST(BadInput, urls_with_an_unknown_option_learn_the_known_ones) {
  const std::string text = refusal_of_url("redis://h:7000?retries=3");
  EXPECT_TRUE(contains(text, "retries")) << text;
  EXPECT_TRUE(contains(text, "socket_timeout")) << text;
  EXPECT_TRUE(contains(text, "read_from_replicas")) << text;
}

TEST(BadInput, urls_with_a_value_that_does_not_fit_learn_what_would) {
  const std::string text = refusal_of_url("redis://h:7000?socket_timeout=soon");
  EXPECT_TRUE(contains(text, "socket_timeout")) << text;
  EXPECT_TRUE(contains(text, "soon")) << text;
  EXPECT_TRUE(contains(text, "seconds")) << text;
}

TEST(BadInput, urls_with_another_database) {
  EXPECT_TRUE(contains(refusal_of_url("redis://h:7000/3"), "db is 3"));
  EXPECT_TRUE(contains(refusal_of_url("redis://h:7000/users"), "no database number"));
}

TEST(BadInput, a_password_in_a_bad_url_is_not_shown) {
  for (const char* url : {"redis://app:canary-password@h:99999", "redis://app:canary-password@h:7000?x=1",
                          "redis://:canary-password%zz@h:7000", "redis://app:canary-password@:7000"}) {
    EXPECT_FALSE(contains(refusal_of_url(url), "canary-password")) << url;
  }
}

// Commands that cannot be routed: nothing may reach a node.

class Routing : public ::testing::Test {
 protected:
  Routing() : cluster_(2), client_({.startup_nodes = cluster_.seeds()}) {}
  /// The error of a command that must not be sent.
  template <class... Words>
  Error refused(const Words&... words) {
    const Error error = error_of(client_.nothrow().execute_command(words...));
    EXPECT_EQ(error.execution, Execution::not_executed);
    EXPECT_EQ(error.attempts, 0);
    EXPECT_EQ(commands_sent(), 0) << "it was sent";
    return error;
  }
  int commands_sent() {
    int sent = 0;
    for (int i = 0; i < cluster_.size(); ++i) {
      for (const ScriptedLogEntry& entry : cluster_[i].log()) sent += entry.was_polite ? 0 : 1;
    }
    return sent;
  }
  ScriptedCluster cluster_;
  RedisCluster client_;
};

TEST_F(Routing, keys_in_several_slots_for_a_command_that_cannot_be_split_are_listed) {
  const Error error = refused("ZDIFFSTORE", "foo", "1", "bar");
  EXPECT_EQ(error.code, Errc::cross_slot);
  EXPECT_TRUE(contains(error.message, "ZDIFFSTORE")) << error.message;
  EXPECT_TRUE(contains(error.message, "\"foo\" is in slot 12182")) << error.message;
  EXPECT_TRUE(contains(error.message, "\"bar\" is in slot 5061")) << error.message;
  EXPECT_TRUE(contains(error.message, "hash tag")) << error.message;
}

TEST_F(Routing, a_typed_command_throws_a_cross_slot_error) {
  EXPECT_THROW(client_.sintercard({"foo", "bar"}), rediscluster::ClusterCrossSlotError);
  EXPECT_EQ(commands_sent(), 0);
}

TEST_F(Routing, long_and_binary_keys_are_shown_short_and_printable) {
  const std::string key = std::string("\x00\r\n\xff", 4) + std::string(10'000, 'k');
  const Error error = refused("ZDIFFSTORE", key, "1", "bar");
  EXPECT_LT(error.message.size(), 1000u);
  EXPECT_EQ(error.message.find('\r'), std::string::npos);
  EXPECT_EQ(error.message.find('\0'), std::string::npos);
}

TEST_F(Routing, commands_without_their_key) {
  for (const char* name : {"GET", "MGET", "DEL", "EVAL", "XREAD"}) {
    SCOPED_TRACE(name);
    const Error error = refused(name);
    EXPECT_TRUE(error.code == Errc::wrong_arity || error.code == Errc::missing_key) << to_string(error);
    EXPECT_TRUE(contains(error.message, name)) << error.message;
  }
}

TEST_F(Routing, an_empty_list_of_keys) {
  const Error error = error_of(client_.nothrow().mget(std::vector<std::string>{}));
  EXPECT_TRUE(contains(error.message, "MGET")) << error.message;
  EXPECT_EQ(commands_sent(), 0);
}

TEST_F(Routing, commands_that_would_change_a_shared_connection) {
  for (const char* name : {"MULTI", "SUBSCRIBE", "MONITOR", "WATCH"}) {
    SCOPED_TRACE(name);
    const Error error =
        std::string_view(name) == "MULTI" || std::string_view(name) == "MONITOR" ? refused(name) : refused(name, "x");
    EXPECT_EQ(error.code, Errc::not_allowed) << to_string(error);
    EXPECT_TRUE(contains(error.message, name)) << error.message;
  }
  EXPECT_EQ(refused("SELECT", 0).code, Errc::not_allowed);
  EXPECT_EQ(refused("HELLO", 2).code, Errc::not_allowed);
  EXPECT_EQ(refused("CLIENT", "REPLY", "OFF").code, Errc::not_allowed);
}

TEST_F(Routing, no_words_at_all) {
  EXPECT_EQ(error_of(client_.nothrow().execute_words({})).code, Errc::wrong_arity);
  EXPECT_EQ(refused("").execution, Execution::not_executed);
}

TEST_F(Routing, slots_that_are_none) {
  for (const int slot : {-1, 16384}) {
    const Error error = error_of(client_.nothrow().cluster_countkeysinslot(slot));
    EXPECT_TRUE(contains(error.message, std::to_string(slot))) << error.message;
  }
  for (const int slot : {-70000, -7, -1, 16384, 20000, 70000}) {
    EXPECT_EQ(error_of(client_.nothrow().run(rediscluster::cmd::cluster_countkeysinslot(slot))).code, Errc::bad_option) << slot;
    EXPECT_EQ(error_of(client_.nothrow().run(rediscluster::cmd::sflush(slot, 16383))).code, Errc::bad_option) << slot;
    EXPECT_EQ(error_of(client_.nothrow().on_slot(slot).get("k")).code, Errc::bad_option) << slot;
  }
  EXPECT_EQ(commands_sent(), 0);
}

// Peers that are no Redis Cluster.

struct Stranger {
  const char* name;
  std::function<void(ScriptedNode&)> play;
  const char* words;  // what the message must contain
};

std::vector<Stranger> strangers() {
  const auto answers = [](std::string bytes) {
    return [bytes](ScriptedNode& node) { node.always(starts_with({"HELLO"})).answer_raw(bytes); };
  };
  return {
      {"HTTP", answers("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), "HTTP"},
      {"SSH", answers("SSH-2.0-OpenSSH_9.2\r\n"), "no type of the Redis protocol"},
      {"TLS", answers(std::string("\x15\x03\x01\x00\x02\x02\x0a", 7)), "TLS"},
      {"zeros", answers(std::string(100, '\0')), "no type of the Redis protocol"},
      {"random bytes", answers("\x9f\x03 9\r\n\xfe\xfe\r\n"), "no type of the Redis protocol"},
      {"a server that closes at once", [](ScriptedNode& node) { node.always(starts_with({})).close(); }, "closed"},
      {"a server that resets at once", [](ScriptedNode& node) { node.always(starts_with({})).close_with_reset(); }, "reset"},
      {"a server that says nothing", [](ScriptedNode& node) { node.on_hello(ScriptedHello::silent); },
       "no answer to the handshake"},
      {"a full server",
       [](ScriptedNode& node) {
         node.always(starts_with({"HELLO"})).answer_error("ERR max number of clients reached").close();
       },
       "max number of clients"},
      {"a server in protected mode",
       [](ScriptedNode& node) {
         node.always(starts_with({"HELLO"})).answer_error("DENIED Redis is running in protected mode").close();
       },
       "protected mode"},
      {"an announced gigabyte", answers("$9999999999\r\n"), "longer than the limit"},
  };
}

TEST(BadInput, peers_that_are_no_redis_are_named_with_a_reason_within_the_connect_timeout) {
  for (const Stranger& stranger : strangers()) {
    SCOPED_TRACE(stranger.name);
    ScriptedNode node;
    stranger.play(node);
    std::string text;
    EXPECT_LT(time_of([&] {
                text = message_of<RedisError>(
                    [&] { RedisCluster client({.startup_nodes = {node.address()}, .socket_connect_timeout = 200ms}); });
              }),
              200ms + soon);
    EXPECT_TRUE(contains(text, node.address_text())) << text;
    EXPECT_TRUE(contains(text, stranger.words)) << text;
  }
}

TEST(BadInput, a_node_that_turns_into_a_stranger_leaves_no_command_sent_twice) {
  for (const Stranger& stranger : strangers()) {
    SCOPED_TRACE(stranger.name);
    ScriptedCluster cluster(2);
    RedisCluster client(
        {.startup_nodes = {cluster[0].address()}, .socket_connect_timeout = 50ms, .command_timeout = 120ms});
    stranger.play(cluster[1]);
    Error error;
    EXPECT_LT(time_of([&] { error = error_of(client.nothrow().incr("foo")); }), 120ms + worst_overrun);
    EXPECT_EQ(error.execution, Execution::not_executed) << to_string(error);
    EXPECT_EQ(cluster[1].received("INCR"), 0);
  }
}

TEST(BadInput, a_topology_cut_at_any_byte_is_a_clear_error) {
  ScriptedNode whole;
  const std::string bytes = rediscluster::testing::encode_reply(slots_answer({{0, 16383, whole}}), 3);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 3) {
    SCOPED_TRACE(cut);
    ScriptedNode node;
    node.always("CLUSTER", "SLOTS").answer_raw(bytes.substr(0, cut)).close();
    const std::string text = refusal_of({.startup_nodes = {node.address()}});
    EXPECT_TRUE(contains(text, "closed by the peer")) << text;
  }
}

TEST(BadInput, replies_cut_at_any_byte_are_a_clear_error_and_the_write_is_sent_once) {
  const std::string reply = "$12\r\nhello\r\nagain\r\n";
  for (std::size_t cut = 0; cut < reply.size(); ++cut) {
    SCOPED_TRACE(cut);
    ScriptedCluster cluster(1);
    cluster[0].always("GETDEL", "k").answer_raw(reply.substr(0, cut)).close();
    RedisCluster client({.startup_nodes = cluster.seeds()});
    const Error error = error_of(client.nothrow().getdel("k"));
    EXPECT_EQ(error.code, Errc::connection_lost) << to_string(error);
    EXPECT_EQ(error.execution, Execution::maybe_executed);
    EXPECT_EQ(cluster[0].received("GETDEL"), 1);
  }
}

TEST(BadInput, an_error_line_cut_short_is_an_error_still) {
  for (const char* line : {"-\r\n", "-M\r\n", "-MOVE\r\n", "-ERR\r\n", "- \r\n"}) {
    SCOPED_TRACE(line);
    ScriptedCluster cluster(1);
    cluster[0].always("INCR", "n").answer_raw(line);
    RedisCluster client({.startup_nodes = cluster.seeds()});
    EXPECT_EQ(error_of(client.nothrow().incr("n")).code, Errc::response_error);
    EXPECT_EQ(cluster[0].received("INCR"), 1);
  }
}

}  // namespace
