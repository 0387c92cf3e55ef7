/// Cancelling what takes more than one command, or may go to any node: heard at once until something may have changed, and then not.
#include "scripted/async_play.hpp"

namespace {

using namespace play;

/// What a caller has begun, and cancels when a node has heard of it.
template <class T>
class Cancelled {
 public:
  explicit Cancelled(Operation<T> operation) : later_(std::move(operation).cancel_on(stop_.get_token())) {}
  milliseconds takes() {
    return time_of([&] {
      stop_.request_stop();
      end_ = later_.end();
    });
  }
  void request_stop() { stop_.request_stop(); }
  bool is_told() const { return later_.is_told(); }
  const Result<T>& end() { return end_ ? *end_ : end_.emplace(later_.end()); }

 private:
  std::stop_source stop_;
  Later<T> later_;
  std::optional<Result<T>> end_;
};

struct AsyncCancel : AsyncPlay {
  AsyncCancel() {
    from.always(starts_with({"LREM"})).answer_integer(1);
    to.always(starts_with({"LREM"})).answer_integer(1);
  }
  Operation<Text> move() { return redis.lmove("foo", "bar", rediscluster::ListEnd::left, rediscluster::ListEnd::left); }
  ScriptedNode& from = nodes.owner_of("foo");
  ScriptedNode& to = nodes.owner_of("bar");
};

TEST_F(AsyncCancel, is_heard_while_the_first_step_waits) {
  from.always(starts_with({"LINDEX"})).silence();
  Cancelled<Text> moving(move());
  ASSERT_TRUE(from.wait_for_command({"LINDEX"}, 5s));
  EXPECT_LT(moving.takes(), soon);
  EXPECT_EQ(error_of(moving.end()).code, Errc::cancelled);
  EXPECT_EQ(error_of(moving.end()).execution, Execution::not_executed);
  EXPECT_EQ(to.received("LPUSH"), 0);
}

TEST_F(AsyncCancel, is_heard_while_the_first_change_cannot_be_sent) {
  from.always(starts_with({"LINDEX"})).answer_bulk("e");
  to.always(starts_with({"LPUSH"})).answer_error("TRYAGAIN later");
  Cancelled<Text> moving(move());
  ASSERT_TRUE(to.wait_for_command({"LPUSH"}, 5s));
  EXPECT_LT(moving.takes(), soon);
  EXPECT_EQ(error_of(moving.end()).code, Errc::cancelled);
  EXPECT_EQ(error_of(moving.end()).execution, Execution::not_executed);
}

TEST_F(AsyncCancel, is_not_heard_once_something_may_have_changed) {
  from.always(starts_with({"LINDEX"})).answer_bulk("e");
  to.always(starts_with({"LPUSH"})).after_delay(100ms).answer_integer(1);
  Cancelled<Text> moving(move());
  ASSERT_TRUE(to.wait_for_command({"LPUSH"}, 5s));
  moving.request_stop();
  ASSERT_TRUE(moving.end()) << error_of(moving.end()).message;
  EXPECT_EQ(moving.end().value(), "e") << "half of it would be worse than all of it";
  EXPECT_EQ(from.received("LREM"), 1);
}

TEST_F(AsyncCancel, ends_a_message_that_nobody_takes) {
  for (int i = 0; i < 2; ++i) nodes[i].always(starts_with({"PUBLISH"})).silence();
  Cancelled<std::int64_t> publishing(redis.publish("foo", "m"));
  ASSERT_TRUE(from.wait_for_command({"PUBLISH"}, 5s));
  EXPECT_LT(publishing.takes(), soon);
  EXPECT_EQ(error_of(publishing.end()).code, Errc::cancelled);
  EXPECT_EQ(error_of(publishing.end()).execution, Execution::maybe_executed);
}

}  // namespace
