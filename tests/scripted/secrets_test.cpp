/// A canary for a password, and every way to fail with it: nothing a user can see may show it (S12).
#include "tls_play.hpp"

#include <atomic>
#include <mutex>

namespace {

using namespace play;
using rediscluster::Credentials;

/// All that the client shows of itself, of an error, and to its hooks at the lowest level.
class Seen {
 public:
  /// @param is_connected  false: no client of the play comes so far that it has something to log.
  explicit Seen(bool is_connected = true) : least_lines_(is_connected ? 0 : -1) {}
  void add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ += text + "\n";
  }
  /// Options of a client that tells us everything; it must die before this object.
  Options listen(Options options) {
    options.on_event = [this](const rediscluster::Event& event) { add(to_string(event) + " " + event.message); };
    options.on_log = [this](const rediscluster::Log& log) {
      add(std::string(log.what) + " " + log.text);
      ++lines_;
    };
    options.log_level = rediscluster::LogLevel::trace;
    return options;
  }
  void add(const Error& error) {
    add(error.message);
    add(to_string(error));
    ++errors_;
  }
  /// A client that cannot be made.
  void refuse(const Options& options) {
    try {
      RedisCluster client(listen(options));
      ADD_FAILURE() << "the client should have been refused";
    } catch (const RedisError& error) {
      add(error.what());
      add(error.error());
    }
  }
  /// A client whose next GET fails.
  void fail_get(RedisCluster& client) {
    const auto result = client.nothrow().get("foo");
    if (!result) add(result.error());
    else ADD_FAILURE() << "the GET should have failed";
    look_at(client);
  }
  void look_at(RedisCluster& client) {
    add(client.to_string());
    add(client.explain("GET", "foo"));
    add(client.explain("AUTH", canary));
    add(client.explain("HELLO", "3", "AUTH", "ann", canary));
    const auto result = client.nothrow().execute_command("AUTH", "ann", canary);
    if (!result) add(result.error());
  }
  ~Seen() {
    EXPECT_GT(errors_, 0) << "nothing has failed: the play shows nothing";
    EXPECT_GT(lines_, least_lines_) << "nothing was logged: nobody listened";
    EXPECT_EQ(text_.find(canary), std::string::npos) << text_;
  }

 private:
  std::mutex mutex_;  // guards text_: hooks are called by the client's own threads, too
  std::string text_;
  std::atomic<int> lines_{0};
  const int least_lines_;
  int errors_ = 0;
};

Options with_password(const ScriptedCluster& cluster) {
  return {.startup_nodes = cluster.seeds(), .username = "ann", .password = canary, .command_timeout = 1500ms};
}

TEST(Secrets, servers_that_quote_the_password_in_their_refusals) {
  const std::string quoting[] = {"WRONGPASS '" + std::string(canary) + "' is wrong", "NOAUTH not " + std::string(canary),
                                 "ERR AUTH " + std::string(canary) + " called without any password configured",
                                 "NOPERM " + std::string(canary), "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' '" + std::string(canary) + "'"};
  for (const std::string& text : quoting) {
    Seen seen;
    ScriptedCluster cluster(1);
    cluster[0].always(starts_with({"HELLO"})).answer_error(text);
    cluster[0].always(starts_with({"AUTH"})).answer_error(text);
    seen.refuse(with_password(cluster));
  }
}

TEST(Secrets, connections_that_end_or_hang_or_talk_nonsense_while_it_is_said) {
  const auto plays = {
      +[](ScriptedNode& node) { node.always(starts_with({})).close(); },
      +[](ScriptedNode& node) { node.always(starts_with({"HELLO"})).silence(); },
      +[](ScriptedNode& node) { node.always(starts_with({"HELLO"})).answer_raw("?nonsense " + std::string(canary) + "\r\n"); },
      +[](ScriptedNode& node) { node.always(starts_with({"HELLO"})).answer_raw("-ERR max number of clients reached, " + std::string(canary) + "\r\n").close(); },
  };
  for (const auto& play : plays) {
    Seen seen;
    ScriptedCluster cluster(1);
    play(cluster[0]);
    seen.refuse(with_password(cluster));
  }
}

TEST(Secrets, commands_that_are_refused_or_lost_later) {
  for (const char* text : {"NOAUTH Authentication required.", "NOPERM no", "WRONGPASS no", "LOADING", "CLUSTERDOWN", "MOVED 12182 127.0.0.1:1", "ASK 12182 :0"}) {
    Seen seen;
    ScriptedCluster cluster(1);
    RedisCluster client(seen.listen(with_password(cluster)));
    cluster[0].always(starts_with({"GET"})).answer_error(text);
    seen.fail_get(client);
  }
}

TEST(Secrets, commands_that_carry_it_in_pipelines_and_transactions) {
  Seen seen;
  ScriptedCluster cluster(1);
  RedisCluster client(seen.listen(with_password(cluster)));
  const std::string quoting = "ERR I do not like '" + std::string(canary) + "'";
  for (const char* word : {"CONFIG", "ACL", "MIGRATE"}) cluster[0].always(starts_with({word})).answer_error(quoting);
  const auto refused = client.nothrow().execute_command("CONFIG", "SET", "masterauth", canary);
  if (!refused) seen.add(refused.error());
  auto pipe = client.nothrow().pipeline();
  const auto fail = [&](const auto&... words) {
    static_cast<void>(pipe.execute_command(words...));
    if (const auto replies = pipe.execute(); !replies) seen.add(replies.error());
    else ADD_FAILURE() << "the pipeline should have failed";
  };
  fail("CONFIG", "SET", "requirepass", canary);
  fail("ACL", "SETUSER", "ann", ">" + std::string(canary));
  fail("AUTH", "ann", canary);
  fail("MIGRATE", "10.0.0.1", "6379", "foo", "0", "1000", "AUTH2", "ann", canary);
  auto transaction = client.nothrow().transaction();
  static_cast<void>(transaction.execute_command("AUTH", "ann", canary));
  if (const auto replies = transaction.execute(); !replies) seen.add(replies.error());
  cluster[0].expect("MULTI").answer_status("OK");
  cluster[0].expect("CONFIG", "SET", "requirepass", canary).answer_status("QUEUED");
  cluster[0].expect("EXEC").answer(RawReply::array({RawReply::error(quoting)}));
  auto block = client.nothrow().transaction();
  static_cast<void>(block.execute_command("CONFIG", "SET", "requirepass", canary));
  if (const auto replies = block.execute(); !replies) seen.add(replies.error());
  else ADD_FAILURE() << "the transaction should have failed";
  seen.look_at(client);
}

TEST(Secrets, a_user_who_may_not_see_the_topology) {
  Seen seen;
  ScriptedCluster cluster(1);
  cluster[0].always(starts_with({"CLUSTER", "SLOTS"})).answer_error("NOPERM no");
  seen.refuse(with_password(cluster));
}

TEST(Secrets, refreshed_credentials_that_are_refused) {
  Seen seen;
  ScriptedCluster cluster(1);
  Options options{.startup_nodes = cluster.seeds()};
  options.credentials = [] { return Credentials{"ann", canary}; };
  RedisCluster client(seen.listen(options));
  cluster[0].always(starts_with({"AUTH"})).answer_error("ERR AUTH " + std::string(canary) + " is not what I expected");
  if (const auto result = client.nothrow().refresh_credentials(); !result) seen.add(result.error());
  seen.look_at(client);
}

TEST(Secrets, strangers_plain_ports_and_places_that_are_not_allowed) {
  Seen seen;
  SecureNode stranger(trusted().issue({.hosts = {"a.example"}}));
  Options unknown = stranger.options();
  unknown.password = canary;
  seen.refuse(unknown);

  SecureNode home;
  ScriptedNode plain;
  Options options = home.options();
  options.password = canary;
  options.command_timeout = 1s;
  RedisCluster client(seen.listen(options));
  home.node.always(starts_with({"GET"})).answer_error("MOVED 12182 " + to_string(stranger.front.address()));
  seen.fail_get(client);
  home.node.always(starts_with({"GET"})).answer_error("ASK 12182 " + plain.address_text());
  seen.fail_get(client);
  for (const ScriptedLogEntry& entry : plain.log()) {
    for (const std::string& word : entry.words) seen.add(word);
  }

  Options fenced = home.options();
  fenced.password = canary;
  fenced.allowed_addresses = {"10.0.0.0/8"};
  RedisCluster inside(seen.listen(fenced));
  seen.fail_get(inside);
}

TEST(Secrets, options_and_urls_that_are_refused) {
  Seen seen(false);
  Options both{.startup_nodes = {{"127.0.0.1", 1}}, .password = canary};
  both.credentials = [] { return Credentials{"ann", canary}; };
  seen.refuse(both);
  Options key{.startup_nodes = {{"127.0.0.1", 1}}};
  key.tls.enabled = true;
  key.tls.certificate_pem = local_identity().certificate;
  key.tls.key_pem = test_support::encrypted_key(local_identity(), canary);
  seen.refuse(key);
  key.tls.key_password = std::string(canary) + "x";
  seen.refuse(key);
  Options unused{.startup_nodes = {{"127.0.0.1", 1}}};
  unused.tls.key_password = canary;
  seen.refuse(unused);
  for (const std::string& url : {"rediss://ann:" + std::string(canary) + "@127.0.0.1:1?ssl_ca_certs=/no/such/file",
                                 "redis://ann:" + std::string(canary) + "@127.0.0.1:1?ssl_password=" + canary,
                                 "rediss://127.0.0.1:1?ssl_password=" + std::string(canary) + "&ssl_certfile=/no/such/file",
                                 "redis://ann:" + std::string(canary) + "@127.0.0.1:1"}) {
    try {
      RedisCluster client = RedisCluster::from_url(url, {.command_timeout = 500ms});
      ADD_FAILURE() << "the URL should have been refused";
    } catch (const RedisError& error) {
      seen.add(error.what());
      seen.add(error.error());
    }
  }
}

}  // namespace
