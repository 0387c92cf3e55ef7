/// Locks against nodes that lose replies: no lock waits for itself, and none is taken for released that is not.
#include <atomic>
#include <mutex>
#include <rediscluster/lock.hpp>

#include "play.hpp"

namespace {

using namespace play;
using rediscluster::Lock;
using rediscluster::LockGuard;
using rediscluster::NothrowLock;

/// A node with one key, as far as locks use it: SET NX, and their scripts (known by what they call).
class LockNode {
 public:
  explicit LockNode(Resend resend = Resend::reads) : client{rediscluster::Options{.startup_nodes = cluster.seeds(), .resend = resend}} {
    node().always(starts_with({"EVALSHA"})).answer_error(no_script);
    node().always(starts_with({"SET"})).answer_with([this](const CommandWords& words) { return set(words); });
    node().always(starts_with({"EVAL"})).answer_with([this](const CommandWords& words) { return eval(words); });
  }
  ScriptedNode& node() { return cluster[0]; }

  /// The reply to the next SET is lost; the SET is obeyed or not.
  void lose_next_set(bool is_obeyed) {
    node().expect_where("SET", [this, is_obeyed](const CommandWords& words) {
      if (is_obeyed) set(words);
      return words.at(0) == "SET";
    }).close();
  }
  void lose_next_script(bool is_obeyed) {
    node().expect_where("EVALSHA", starts_with({"EVALSHA"})).answer_error(no_script);
    node().expect_where("EVAL", [this, is_obeyed](const CommandWords& words) {
      if (is_obeyed) eval(words);
      return words.at(0) == "EVAL";
    }).close();
  }
  std::string token() {
    std::lock_guard guard(mutex_);
    return token_;
  }
  /// The next SET is obeyed at once, and answered after its lease.
  void answer_next_sets_late(int count) {
    node().expect_where("SET", starts_with({"SET"})).after_delay(lease + 50ms).answer_with([this](const CommandWords& words) { return set(words); }).times(count);
  }
  void answer_next_script_late() {
    node().expect_where("EVALSHA", starts_with({"EVALSHA"})).answer_error(no_script);
    node().expect_where("EVAL", starts_with({"EVAL"})).after_delay(lease + 50ms).answer_with([this](const CommandWords& words) { return eval(words); });
  }
  static constexpr milliseconds lease{100};
  void set_token(std::string token) {
    std::lock_guard guard(mutex_);
    token_ = std::move(token);
  }

 private:
  RawReply set(const CommandWords& words) {
    std::lock_guard guard(mutex_);
    if (!token_.empty()) return RawReply::null();
    token_ = words.at(2);
    return RawReply::status("OK");
  }
  RawReply eval(const CommandWords& words) {
    std::lock_guard guard(mutex_);
    const bool is_ours = token_ == words.at(4);
    if (contains(words.at(1), "'pexpire'")) return RawReply::number(is_ours ? std::stoll(words.at(5)) : 0);
    if (!contains(words.at(1), "'del'")) return RawReply::number(token_.empty() ? -2 : is_ours ? lease_left.load() : -3);
    if (is_ours) token_.clear();
    return RawReply::number(is_ours ? 1 : 0);
  }

  std::mutex mutex_;   // guards token_
  std::string token_;  // of the holder; empty: the key does not exist

 public:
  std::atomic<int> lease_left{-1};  ///< What the server says of it.
  ScriptedCluster cluster{1};
  RedisCluster client;
};

TEST(Locks, are_set_only_when_absent_with_a_token_of_128_bits_and_a_lease) {
  LockNode play;
  Lock lock = play.client.lock("l", {.timeout = 5s});
  ASSERT_TRUE(lock.acquire());
  const std::string token = play.token();
  EXPECT_EQ(token.size(), 32U);
  EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos) << token;
  EXPECT_TRUE(play.node().wait_for_command({"SET", "l", token, "PX", "5000", "NX"}, 1s));
  lock.release();
  EXPECT_EQ(play.token(), "");
  ASSERT_TRUE(lock.acquire());
  EXPECT_NE(play.token(), token) << "each acquire has a token of its own";
}

TEST(Locks, whose_reply_was_lost_are_found_to_be_held) {
  for (const Resend resend : {Resend::reads, Resend::everything}) {
    SCOPED_TRACE(static_cast<int>(resend));
    LockNode play(resend);
    play.lose_next_set(true);
    Lock lock = play.client.lock("l");
    EXPECT_TRUE(lock.acquire({.blocking = false}));
    EXPECT_TRUE(lock.owned());
    EXPECT_EQ(play.cluster.received("SET"), 1);
    EXPECT_EQ(play.cluster.complaints(), "");
  }
}

TEST(Locks, whose_set_was_lost_are_tried_again_at_once) {
  LockNode play;
  play.lose_next_set(false);
  Lock lock = play.client.lock("l");
  EXPECT_TRUE(lock.acquire({.blocking = false}));
  EXPECT_EQ(play.cluster.received("SET"), 2);
  EXPECT_EQ(play.cluster.complaints(), "");
}

TEST(Locks, whose_lease_ended_before_the_reply_are_not_acquired) {
  LockNode play;
  play.answer_next_sets_late(1);
  Lock lock = play.client.lock("l", {.timeout = LockNode::lease});
  EXPECT_FALSE(lock.acquire({.blocking = false}));
  EXPECT_EQ(play.token(), "") << "nobody shall wait for the rest of its lease";
  EXPECT_FALSE(lock.owned());
  EXPECT_TRUE(lock.acquire({.blocking = false}));
}

TEST(Locks, that_are_waited_for_are_tried_again_after_a_late_reply) {
  LockNode play;
  play.answer_next_sets_late(2);
  Lock lock = play.client.lock("l", {.timeout = LockNode::lease, .sleep = 5ms});
  EXPECT_TRUE(lock.acquire());
  EXPECT_EQ(play.cluster.received("SET"), 3);
}

TEST(Locks, with_a_lease_shorter_than_every_reply_are_given_up) {
  LockNode play;
  play.answer_next_sets_late(3);
  NothrowLock lock = play.client.nothrow().lock("l", {.timeout = LockNode::lease, .sleep = 5ms});
  const Error error = error_of(lock.acquire());
  EXPECT_EQ(error.code, Errc::lock_not_acquired);
  EXPECT_TRUE(contains(error.message, "longer timeout")) << error.message;
  EXPECT_EQ(play.token(), "");
}

TEST(Locks, whose_extension_ended_before_the_reply_are_not_owned) {
  for (const bool anew : {true, false}) {
    LockNode play;
    NothrowLock lock = play.client.nothrow().lock("l", {.timeout = LockNode::lease});
    ASSERT_TRUE(lock.acquire());
    play.answer_next_script_late();
    EXPECT_EQ(error_of(anew ? lock.reacquire() : lock.extend(LockNode::lease)).code, Errc::lock_not_owned);
    EXPECT_TRUE(lock.release()) << "what is left of it can be given back";
    EXPECT_EQ(play.token(), "");
  }
}

TEST(Locks, are_not_owned_when_the_lease_may_have_ended_since_the_server_looked) {
  LockNode play;
  Lock lock = play.client.lock("l", {.timeout = LockNode::lease});
  ASSERT_TRUE(lock.acquire());
  play.lease_left = static_cast<int>(LockNode::lease.count());
  EXPECT_TRUE(lock.owned());
  play.answer_next_script_late();
  EXPECT_FALSE(lock.owned());
}

TEST(Locks, found_to_be_held_after_a_lost_reply_count_only_with_a_lease_that_is_left) {
  LockNode play;
  play.lease_left = static_cast<int>(LockNode::lease.count());
  play.lose_next_set(true);
  play.answer_next_script_late();
  Lock lock = play.client.lock("l", {.timeout = LockNode::lease});
  EXPECT_FALSE(lock.acquire({.blocking = false}));
  EXPECT_EQ(play.token(), "");
}

TEST(Locks, of_others_are_not_taken_for_ours_after_a_lost_reply) {
  LockNode play;
  play.set_token("of somebody else");
  play.lose_next_set(true);
  Lock lock = play.client.lock("l");
  EXPECT_FALSE(lock.acquire({.blocking = false}));
  EXPECT_FALSE(lock.owned());
  EXPECT_TRUE(lock.locked());
}

TEST(Locks, that_stay_in_doubt_say_so_and_can_be_released) {
  LockNode play;
  play.lose_next_set(true);
  play.lose_next_script(true);
  play.lose_next_script(true);
  NothrowLock lock = play.client.nothrow().lock("l");
  const Error error = error_of(lock.acquire());
  EXPECT_EQ(error.execution, Execution::maybe_executed);
  EXPECT_NE(play.token(), "");
  EXPECT_TRUE(lock.release());
  EXPECT_EQ(play.token(), "");
  EXPECT_EQ(play.cluster.complaints(), "");
}

TEST(Locks, that_stay_in_doubt_can_be_acquired_without_waiting_for_themselves) {
  LockNode play;
  play.lose_next_set(true);
  play.lose_next_script(true);
  play.lose_next_script(true);
  NothrowLock lock = play.client.nothrow().lock("l");
  EXPECT_FALSE(lock.acquire());
  const Result<bool> acquired = lock.acquire({.blocking = false});
  ASSERT_TRUE(acquired) << acquired.error().message;
  EXPECT_TRUE(*acquired);
}

TEST(Locks, are_released_once_when_the_reply_is_lost) {
  for (const auto& [is_obeyed, resend] : {std::pair{true, Resend::reads}, {false, Resend::reads}, {true, Resend::everything}}) {
    SCOPED_TRACE(is_obeyed);
    LockNode play(resend);
    NothrowLock lock = play.client.nothrow().lock("l");
    ASSERT_TRUE(lock.acquire());
    play.lose_next_script(is_obeyed);
    const Result<void> released = lock.release();
    EXPECT_TRUE(released) << released.error().message;
    EXPECT_EQ(play.token(), "");
    EXPECT_EQ(play.cluster.complaints(), "");
  }
}

TEST(Locks, of_others_are_not_released) {
  LockNode play;
  Lock lock = play.client.lock("l", {.timeout = 5s});
  ASSERT_TRUE(lock.acquire());
  play.set_token("of somebody else");
  const std::string text = message_of<rediscluster::LockNotOwnedError>([&] { lock.release(); });
  EXPECT_TRUE(contains(text, "\"l\"")) << text;
  EXPECT_EQ(play.token(), "of somebody else");
}

TEST(Locks, are_not_held_after_a_refusal) {
  LockNode play;
  play.node().always(starts_with({"SET"})).answer_error("OOM command not allowed when used memory > 'maxmemory'.");
  NothrowLock lock = play.client.nothrow().lock("l");
  EXPECT_EQ(error_of(lock.acquire()).code, Errc::out_of_memory);
  EXPECT_EQ(error_of(lock.release()).code, Errc::lock_misused);
  EXPECT_EQ(error_of(lock.extend(1s)).code, Errc::lock_misused);
  EXPECT_EQ(error_of(lock.reacquire()).code, Errc::lock_misused);
}

TEST(Locks, of_this_object_are_not_acquired_twice) {
  LockNode play;
  NothrowLock lock = play.client.nothrow().lock("l");
  ASSERT_TRUE(lock.acquire());
  EXPECT_EQ(error_of(lock.acquire()).code, Errc::lock_misused);
  EXPECT_EQ(error_of(lock.extend(1s)).code, Errc::lock_misused) << "it has no lease";
  play.set_token("");  // the lease ended
  const Result<bool> again = lock.acquire();
  EXPECT_TRUE(again && *again);
}

TEST(Locks, with_senseless_options_are_refused) {
  LockNode play;
  for (const rediscluster::LockOptions& options : {rediscluster::LockOptions{.timeout = 0ms}, {.sleep = 0ms}, {.blocking_timeout = -1ms},
                                                   {.timeout = milliseconds::max()}}) {
    EXPECT_EQ(error_of(play.client.nothrow().lock("l", options).acquire()).code, Errc::bad_option);
  }
  EXPECT_EQ(play.cluster.received("SET"), 0);
}

TEST(Locks, that_are_not_to_be_had_end_at_the_blocking_timeout) {
  LockNode play;
  play.set_token("of somebody else");
  Lock lock = play.client.lock("l", {.sleep = 5ms, .blocking_timeout = 500ms});
  EXPECT_FALSE(lock.acquire());
  EXPECT_GE(play.cluster.received("SET"), 2);
  const std::string text = message_of<rediscluster::LockError>([&] { LockGuard guard(play.client.lock("l", {.blocking = false})); });
  EXPECT_TRUE(contains(text, "lock_not_acquired")) << text;
}

TEST(Locks, in_a_guard_end_with_its_block) {
  LockNode play;
  {
    LockGuard guard(play.client.lock("l"));
    EXPECT_NE(play.token(), "");
  }
  EXPECT_EQ(play.token(), "");
  LockGuard guard(play.client.lock("l"));
  guard.release();
  EXPECT_EQ(play.token(), "");
}

}  // namespace
