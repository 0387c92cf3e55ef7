/// Registered scripts against nodes that have them, lack them, or lose the reply: what is sent, and how often.
#include <rediscluster/script.hpp>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Script;

const std::string source = "return redis.call('incr', KEYS[1])";

TEST(Scripts, send_the_hash_only_to_a_node_that_has_them) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script(source);
  cluster[0].expect("EVALSHA", script.sha1(), "1", "k", "a", "2").answer_integer(7);
  EXPECT_EQ(script.run<std::int64_t>({"k"}, {"a", 2}), 7);
  EXPECT_EQ(cluster.complaints(), "");
  EXPECT_EQ(cluster.received("EVAL"), 0);
}

TEST(Scripts, send_nothing_when_they_are_registered) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  client.register_script(source);
  EXPECT_EQ(cluster[0].received("SCRIPT") + cluster[0].received("EVALSHA") + cluster[0].received("EVAL"), 0);
}

TEST(Scripts, send_the_source_once_to_a_node_that_lacks_them) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script(source);
  cluster[0].expect("EVALSHA", script.sha1(), "1", "k").answer_error(no_script);
  cluster[0].expect("EVAL", source, "1", "k").answer_integer(1);
  cluster[0].expect("EVALSHA", script.sha1(), "1", "k").answer_integer(2);
  EXPECT_EQ(script.run<std::int64_t>({"k"}), 1);
  EXPECT_EQ(script({"k"}).as_integer(), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Scripts, do_not_send_the_source_twice) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script(source);
  cluster[0].always(starts_with({"EVALSHA"})).answer_error(no_script);
  cluster[0].always(starts_with({"EVAL"})).answer_error(no_script);
  const Error error = error_of(script.nothrow().run<std::int64_t>({"k"}));
  EXPECT_EQ(error.code, Errc::response_error) << "who got the source cannot lack it: these are words of the script";
  EXPECT_EQ(error.attempts, 2);
  EXPECT_EQ(cluster.received("EVALSHA"), 1);
  EXPECT_EQ(cluster.received("EVAL"), 1);
}

TEST(Scripts, load_themselves_on_the_node_that_a_slot_moved_to) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script(source);
  cluster[1].expect("EVALSHA", script.sha1(), "1", "foo").answer_error(moved_to(cluster[0]));
  cluster[0].expect("EVALSHA", script.sha1(), "1", "foo").answer_error(no_script);
  cluster[0].expect("EVAL", source, "1", "foo").answer_integer(5);
  EXPECT_EQ(script.run<std::int64_t>({"foo"}), 5);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Scripts, load_themselves_on_the_replica_that_took_over) {
  ScriptedCluster cluster(1, 1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script(source);
  cluster[0].expect("EVALSHA", script.sha1(), "1", "k").answer_integer(1);
  EXPECT_EQ(script.run<std::int64_t>({"k"}), 1);
  cluster.serve_slots({{0, 16383, cluster[1], {cluster[0]}}});
  cluster[0].always(starts_with({"EVALSHA"})).answer_error(moved_to(cluster[1], rediscluster::keyslot("k")));
  cluster[1].expect("EVALSHA", script.sha1(), "1", "k").answer_error(no_script);
  cluster[1].expect("EVAL", source, "1", "k").answer_integer(2);
  EXPECT_EQ(script.run<std::int64_t>({"k"}), 2);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Scripts, in_doubt_after_the_hash_was_sent_are_not_sent_again) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].always(starts_with({"EVALSHA"})).close();
  const Error error = error_of(client.nothrow().register_script(source)({"k"}));
  EXPECT_EQ(error.code, Errc::connection_lost);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_EQ(cluster.received("EVALSHA"), 1);
  EXPECT_EQ(cluster.received("EVAL"), 0);
}

TEST(Scripts, that_may_have_run_before_a_node_lacked_them_stay_in_doubt) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .resend = Resend::everything});
  cluster[0].expect_where("EVALSHA", starts_with({"EVALSHA"})).close();
  cluster[0].always(starts_with({"EVALSHA"})).answer_error(no_script);
  cluster[0].always(starts_with({"EVAL"})).answer_error("NOPERM this user has no permissions to run the 'eval' command");
  const Error error = error_of(client.nothrow().register_script(source)({"k"}));
  EXPECT_EQ(error.code, Errc::no_permission);
  EXPECT_EQ(error.execution, Execution::maybe_executed);
}

TEST(Scripts, in_doubt_after_the_source_was_sent_are_not_sent_again) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].always(starts_with({"EVALSHA"})).answer_error(no_script);
  cluster[0].always(starts_with({"EVAL"})).close();
  const Error error = error_of(client.nothrow().register_script(source)({"k"}));
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_EQ(cluster.received("EVAL"), 1);
}

TEST(Scripts, that_only_read_are_sent_again) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script("return 1", {.read_only = true});
  cluster[0].expect("EVALSHA_RO", script.sha1(), "0").close();
  cluster[0].expect("EVALSHA_RO", script.sha1(), "0").answer_error(no_script);
  cluster[0].expect("EVAL_RO", "return 1", "0").close();
  cluster[0].expect("EVAL_RO", "return 1", "0").answer_integer(1);
  EXPECT_EQ(script.run<std::int64_t>(), 1);
  EXPECT_EQ(cluster.complaints(), "");
}

TEST(Scripts, whose_keys_span_slots_are_refused_with_keys_and_slots) {
  ScriptedCluster cluster(2);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Error error = error_of(client.nothrow().register_script(source)({"foo", "bar"}));
  EXPECT_EQ(error.code, Errc::cross_slot);
  EXPECT_EQ(error.execution, Execution::not_executed);
  for (const char* part : {"EVALSHA", "\"foo\" is in slot 12182", "\"bar\" is in slot 5061"}) {
    EXPECT_TRUE(contains(error.message, part)) << error.message;
  }
  EXPECT_EQ(cluster.received("EVALSHA"), 0);
}

TEST(Scripts, share_one_deadline_between_hash_and_source) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds(), .command_timeout = 300ms});
  cluster[0].always(starts_with({"EVALSHA"})).after_delay(200ms).answer_error(no_script);
  cluster[0].always(starts_with({"EVAL"})).silence();
  const auto script = client.nothrow().register_script(source);
  Error error;
  const milliseconds taken = time_of([&] { error = error_of(script({"k"})); });
  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_LE(taken, 300ms + worst_overrun);
}

TEST(Scripts, give_the_error_of_the_script_itself) {
  ScriptedCluster cluster(1);
  RedisCluster client({.startup_nodes = cluster.seeds()});
  cluster[0].always(starts_with({"EVALSHA"})).answer_error("ERR my own error");
  const Script script = client.register_script(source);
  const std::string text = message_of<rediscluster::ResponseError>([&] { script({"k"}); });
  EXPECT_TRUE(contains(text, "my own error")) << text;
  EXPECT_TRUE(contains(text, "maybe_executed")) << text;
  EXPECT_EQ(cluster.received("EVALSHA"), 1);
}

TEST(Scripts, run_in_many_threads_at_once) {
  ScriptedCluster cluster(2);
  for (int i = 0; i < cluster.size(); ++i) {
    cluster[i].always(starts_with({"EVALSHA"})).answer_error(no_script);
    cluster[i].always(starts_with({"EVAL"})).answer_with([](const CommandWords& words) { return RawReply::bulk(words.at(3)); });
  }
  RedisCluster client({.startup_nodes = cluster.seeds()});
  const Script script = client.register_script(source);
  constexpr int threads = 8;
  constexpr int calls = 50;
  std::atomic<int> right = 0;
  Crowd(threads, [&](int thread) {
    for (int i = 0; i < calls; ++i) {
      const std::string key = std::to_string(thread) + ":" + std::to_string(i);
      right += script.run<std::string>({key}) == key ? 1 : 0;
    }
  }).join();
  EXPECT_EQ(right, threads * calls);
  EXPECT_EQ(cluster.received("EVAL"), threads * calls);
}

}  // namespace
