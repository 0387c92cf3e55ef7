/// What holds on every surface of the client: which calls are const, what becomes of a reply decoder that throws, and
/// a nothrow transaction whose reads fail.
#include "scripted/transaction_play.hpp"

namespace {

/// Decoders that throw: one of each kind.
struct ThrowsRedisError {};
struct ThrowsStandardError {};
struct ThrowsNumber {};
struct OfTwoFields {
  std::string x;
};

}  // namespace

template <>
struct rediscluster::ReplyDecoder<ThrowsRedisError> {
  static Result<ThrowsRedisError> decode(const Reply& reply) {
    reply.as_integer();  // the replies below are text
    return ThrowsRedisError{};
  }
};
template <>
struct rediscluster::ReplyDecoder<ThrowsStandardError> {
  static Result<ThrowsStandardError> decode(const Reply&) { throw std::runtime_error("not a point"); }
};
template <>
struct rediscluster::ReplyDecoder<ThrowsNumber> {
  static Result<ThrowsNumber> decode(const Reply&) { throw 42; }
};
template <>
struct rediscluster::ReplyDecoder<OfTwoFields> {
  static Result<OfTwoFields> decode(const Reply& reply) { return OfTwoFields{reply.at("x").as_string()}; }
};

namespace {

using namespace play;
using rediscluster::Args;
using rediscluster::Command;
using rediscluster::Keys;
using rediscluster::Replies;
using rediscluster::Reply;
namespace cmd = rediscluster::cmd;

/// What threads may share is called on a const object.
template <class Surface>
concept SharedSurface = requires(const Surface& surface) {
  surface.get("k");
  surface.mset({{"k", "v"}});
  surface.run(cmd::get("k"));
  surface.execute_command("GET", "k");
  surface.execute_words(std::span<const rediscluster::Arg>());
};
template <class Client>
concept SharedClient = SharedSurface<Client> && requires(const Client& client) {
  client.cluster_nodes();
  client.cluster_keyslot("k");
  client.scan_iter();
  client.sscan_iter("k");
  client.resume_scan("");
  client.on("127.0.0.1:1").info();
  client.on_slot(1).get("k");
  client.on_all_nodes().ping();
  client.nothrow().get("k");
  client.run(cmd::get("k"), {.timeout = 1s});
  client.register_script("return 1");
  client.pipeline();
  client.transaction();
  client.transaction({"k"}, [](auto&) {});
  client.lock("k");
  client.pubsub();
  client.monitor();
  client.stats();
  client.refresh_credentials();
  client.explain("GET", "k");
  client.explain(cmd::get("k"));
  client.to_string();
};
static_assert(SharedClient<RedisCluster>);
static_assert(SharedSurface<rediscluster::NothrowRedisCluster>);
static_assert(SharedSurface<rediscluster::ClusterTarget> && SharedSurface<rediscluster::NothrowTarget>);
static_assert(SharedSurface<rediscluster::EachTarget> && SharedSurface<rediscluster::NothrowEachTarget>);
/// What one thread uses at a time is not: queueing changes it.
template <class Queue>
concept QueuesWhileConst = requires(const Queue& queue) { queue.get("k"); } || requires(const Queue& queue) { queue.execute_command("GET", "k"); } ||
                           requires(const Queue& queue) { queue.run(cmd::get("k")); };
static_assert(!QueuesWhileConst<rediscluster::Pipeline> && !QueuesWhileConst<rediscluster::NothrowPipeline>);
static_assert(!QueuesWhileConst<rediscluster::Transaction> && !QueuesWhileConst<rediscluster::NothrowTransaction>);

TEST(Surfaces, a_const_client_runs_commands) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_EQ(client.get("foo"), "foo");
  EXPECT_EQ(client.nothrow().get("bar").value(), "bar");
  EXPECT_EQ(client.on_slot(slot_of_foo).get("foo"), "foo");
}

/// Every surface that gives Results, asked for a type whose decoder throws.
template <class T>
std::vector<Error> errors_of_nothrow_surfaces(ScriptedCluster& cluster) {
  echo_gets(cluster);
  ScriptedNode& home = cluster[1];
  home.always("WATCH", "foo").answer_status("OK");
  home.always("UNWATCH").answer_status("OK");
  home.always(starts_with({"EVALSHA"})).answer_bulk("text");
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto nothrow = client.nothrow();
  const Command<T> get = cmd::get("foo").template as<T>();
  std::vector<Error> errors;
  const auto expect_error = [&](const auto& result) { errors.push_back(error_of(result)); };

  expect_error(nothrow.run(get));
  expect_error(nothrow.run(get, {.timeout = 5s}));
  expect_error(nothrow.on_slot(slot_of_foo).run(get));
  expect_error(nothrow.on(home.address()).run(get));
  const auto each = nothrow.on_all_primaries().run(cmd::words("GET").template as<T>());
  EXPECT_EQ(error_of(each).code, Errc::wrong_arity);
  expect_error(client.register_script("return 1").nothrow().template run<T>({"foo"}));
  auto pipeline = nothrow.pipeline();
  const auto queued = pipeline.run(get);
  EXPECT_TRUE(pipeline.execute());
  expect_error(queued.result());
  auto transaction = nothrow.transaction();
  EXPECT_TRUE(transaction.watch({"foo"}));
  expect_error(transaction.now().run(get));
  return errors;
}

TEST(Surfaces, a_decoder_that_throws_a_redis_error_gives_it_where_nothing_is_thrown) {
  ScriptedCluster cluster(2);
  for (const Error& error : errors_of_nothrow_surfaces<ThrowsRedisError>(cluster)) {
    EXPECT_EQ(error.code, Errc::unexpected_reply);
    EXPECT_EQ(error.execution, Execution::executed);
  }
}

TEST(Surfaces, a_decoder_that_throws_anything_else_gives_an_unexpected_reply_where_nothing_is_thrown) {
  ScriptedCluster cluster(2);
  for (const Error& error : errors_of_nothrow_surfaces<ThrowsStandardError>(cluster)) {
    EXPECT_EQ(error.code, Errc::unexpected_reply);
    EXPECT_EQ(error.execution, Execution::executed);
    EXPECT_TRUE(contains(error.message, "not a point")) << error.message;
  }
  for (const Error& error : errors_of_nothrow_surfaces<ThrowsNumber>(cluster)) EXPECT_EQ(error.code, Errc::unexpected_reply);
}

TEST(Surfaces, a_decoder_that_throws_passes_through_where_errors_are_thrown) {
  ScriptedCluster cluster(2);
  echo_gets(cluster);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  EXPECT_THROW(client.run(cmd::get("foo").as<ThrowsStandardError>()), std::runtime_error);
  EXPECT_THROW(client.on_slot(slot_of_foo).run(cmd::get("foo").as<ThrowsNumber>()), int);
  EXPECT_THROW(client.run(cmd::get("foo").as<ThrowsRedisError>()), rediscluster::InvalidResponse);
  auto pipeline = client.pipeline();
  const auto queued = pipeline.run(cmd::get("foo").as<ThrowsNumber>());
  pipeline.execute();
  EXPECT_THROW(queued.value(), int);
}

TEST(Surfaces, a_decoder_that_misses_a_field_says_which) {
  ScriptedCluster cluster(1);
  cluster[0].always("HGETALL", "k").answer(RawReply::array({RawReply::bulk("y"), RawReply::bulk("1")}));
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().run(cmd::hgetall("k").as<OfTwoFields>()));
  EXPECT_EQ(error.code, Errc::unexpected_reply);
  EXPECT_TRUE(contains(error.message, "\"x\"")) << error.message;
}

TEST(ScriptsWithOptions, end_at_their_own_timeout) {
  ScriptedCluster cluster(1);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  const auto script = client.register_script("return 1");
  cluster[0].always(starts_with({"EVALSHA"})).silence();
  Error error;
  const milliseconds taken = time_of([&] { error = error_of(script.nothrow()({"k"}, {}, {.timeout = 100ms})); });
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_LT(taken, 100ms + worst_overrun);
}

TEST(ScriptsWithOptions, are_not_sent_when_they_were_cancelled) {
  ScriptedCluster cluster(1);
  const RedisCluster client({.startup_nodes = cluster.seeds()});
  std::stop_source source;
  source.request_stop();
  const auto script = client.register_script("return 1");
  EXPECT_EQ(error_of(script.nothrow().run<std::int64_t>({"k"}, {}, {.stop = source.get_token()})).code, Errc::cancelled);
  EXPECT_EQ(cluster.received("EVALSHA"), 0);
}

using NothrowRuns = Transactions;

TEST_F(NothrowRuns, a_read_that_failed_is_the_error_of_the_transaction) {
  home_.always("WATCH", "foo").answer_status("OK");
  home_.always("UNWATCH").answer_status("OK");
  home_.always("GET", "foo").answer_error("WRONGTYPE Operation against a key holding the wrong kind of value");
  const auto run = [&](auto&& function) { return error_of(client_.nothrow().transaction({"foo"}, function)); };
  EXPECT_EQ(run([](auto& tx) {
              const auto before = tx.now().get("foo");
              if (before) tx.set("foo", 1);
            }).code,
            Errc::wrong_type);
  EXPECT_EQ(run([](auto& tx) {
              const auto before = tx.now().get("foo");
              tx.set("foo", before ? 2 : 1);  // decided on what was not read
            }).code,
            Errc::wrong_type);
  EXPECT_EQ(run([](auto& tx) { (void)tx.now().get("bar"); }).code, Errc::cross_slot);
  EXPECT_EQ(home_.received("MULTI"), 0);
}

TEST_F(NothrowRuns, a_function_may_say_itself_how_it_went) {
  home_.always("WATCH", "foo").answer_status("OK");
  home_.always("UNWATCH").answer_status("OK");
  home_.always("GET", "foo").answer_error("WRONGTYPE Operation against a key holding the wrong kind of value");
  const Error error = error_of(client_.nothrow().transaction({"foo"}, [](auto&) -> Result<void> { return rediscluster::fail(Errc::bad_option, "no"); }));
  EXPECT_EQ(error.message, "no");
  EXPECT_EQ(error_of(client_.nothrow().transaction({"foo"}, [](auto& tx) { return tx.now().get("foo"); })).code, Errc::wrong_type);
  expect_block(home_, {{"DEL", "foo"}}, ran({RawReply::number(1)}));
  const Result<Replies> replaced = client_.nothrow().transaction({"foo"}, [](auto& tx) -> Result<void> {
    if (!tx.now().get("foo")) tx.del({"foo"});
    return {};
  });
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->size(), 1u);
}

}  // namespace
