/// Commands of a batch from round to round, without a connection, a clock or a sleep: the test is the driver.
#include "cluster/run/errands.hpp"

#include <deque>
#include <rediscluster/commands/string.hpp>

#include "support/reply_text.hpp"
#include "unit/cluster/topology_play.hpp"

namespace rediscluster::cluster {
namespace {

using namespace topology_play;
using test_support::bulk;

constexpr const char* low_slot = "bar";   // 5061, of a
constexpr const char* high_slot = "foo";  // 12182, of b

class ErrandsTest : public TopologyTest, private Outbox {
 protected:
  struct Letter final : ErrandBatch {
    using ErrandBatch::ErrandBatch;
  };

  ErrandsTest() { topology.adopt(two_shards, now); }

  void queue(EncodedCommand command) {
    commands_.push_back(std::move(command));
    errands.emplace_back(commands_.back(), commands_.back().slot());
  }
  void begin() { run.begin(errands); }
  /// How many batches there are to send.
  std::size_t gather() {
    letters_.clear();
    run.gather(*this, now);
    return letters_.size();
  }
  ErrandBatch& to(const NodeAddress& node) {
    for (const auto& letter : letters_) {
      if (letter->node->address() == node) return *letter;
    }
    throw std::out_of_range("nothing goes to " + to_string(node));
  }
  LaneAdvice answer(ErrandBatch& batch, const std::vector<std::string>& replies) {
    for (std::size_t i = 0; i < replies.size(); ++i) batch.replies[i] = wire::own(replies[i]);
    const std::uint64_t size = batch.bytes.size();
    return run.settle(batch, {{.was_sent = true, .was_begun = true}, static_cast<std::uint32_t>(replies.size()), size}, now);
  }
  void lose(ErrandBatch& batch, std::uint64_t sent_bytes) {
    const Error lost{Errc::connection_lost, "gone", {}, 0, Execution::maybe_executed};
    run.settle(batch, {{.failure = &lost, .was_sent = sent_bytes == batch.bytes.size(), .was_begun = sent_bytes > 0}, 0, sent_bytes}, now);
  }
  std::string reply_to(std::size_t errand) { return std::string(errands[errand].reply.bytes()); }

  base::TimePoint now = start;
  std::vector<Errand> errands;

 private:
  ErrandBatch& open(Node& node, bool is_alone) override { return *letters_.emplace_back(std::make_unique<Letter>(node, is_alone)); }
  void clear() override { letters_.clear(); }

  TopologyRefresher refresher_{config, nodes, topology, 1};
  const std::atomic<bool> closed_{false};
  base::Quota helpers_{0};
  Surroundings around_{config, topology, refresher_, closed_, ReadFrom::primary, helpers_};
  std::deque<EncodedCommand> commands_;
  std::vector<std::unique_ptr<Letter>> letters_;

 protected:
  Errands run{around_, base::Deadline::at(start + 10s), nullptr};
};

TEST_F(ErrandsTest, go_out_in_one_batch_a_node_and_end_with_their_replies) {
  for (const char* key : {low_slot, high_slot, low_slot}) queue(cmd::get(key));
  begin();
  ASSERT_EQ(gather(), 2u);
  EXPECT_EQ(to(a).entries.size(), 2u);
  EXPECT_EQ(answer(to(b), {bulk("2")}), LaneAdvice::leave);
  EXPECT_EQ(answer(to(a), {bulk("1"), bulk("3")}), LaneAdvice::leave);
  run.tidy(false, now);
  EXPECT_TRUE(run.is_over());
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(reply_to(i), bulk(std::to_string(i + 1)));
}

TEST_F(ErrandsTest, that_are_redirected_go_out_again_at_once_and_those_behind_them_stay_behind) {
  for (const char* value : {"1", "2"}) queue(cmd::set(low_slot, value));
  begin();
  ASSERT_EQ(gather(), 1u);
  answer(to(a), {"-MOVED 5061 10.0.0.2:7000\r\n", "-MOVED 5061 10.0.0.2:7000\r\n"});
  run.tidy(false, now);
  ASSERT_FALSE(run.is_over());
  ASSERT_EQ(gather(), 1u);
  EXPECT_EQ(to(b).entries.size(), 2u);
  EXPECT_EQ(owner(5061), b) << "learnt";
  answer(to(b), {"+OK\r\n", "+OK\r\n"});
  run.tidy(false, now);
  EXPECT_TRUE(run.is_over());
  EXPECT_EQ(errands[0].attempts, 2);
}

TEST_F(ErrandsTest, that_are_to_wait_are_told_when_and_what_follows_in_their_slot_waits_with_them) {
  queue(cmd::set(low_slot, "1"));
  queue(cmd::set(high_slot, "2"));
  begin();
  ASSERT_EQ(gather(), 2u);
  answer(to(a), {"-LOADING Redis is loading the dataset in memory\r\n"});
  Errands::leave_open(to(b));
  run.tidy(true, now);
  EXPECT_EQ(gather(), 0u) << "one pauses, the other one is under way";
  ASSERT_NE(run.first_who_pauses(), nullptr);
  EXPECT_FALSE(run.end_pauses(now));
  now = run.first_who_pauses()->pause_end().when();
  EXPECT_TRUE(run.end_pauses(now));
  EXPECT_EQ(run.first_who_pauses(), nullptr);
  ASSERT_EQ(gather(), 1u);
  answer(to(a), {"+OK\r\n"});
}

TEST_F(ErrandsTest, of_a_lost_batch_are_judged_by_how_far_it_came) {
  queue(cmd::incr("{bar}sent"));
  queue(cmd::incr("{bar}unsent"));
  queue(cmd::get(low_slot));
  begin();
  ASSERT_EQ(gather(), 1u);
  lose(to(a), to(a).entries[0].end);
  run.tidy(false, now);
  ASSERT_TRUE(errands[0].error) << "it may have run";
  EXPECT_EQ(errands[0].error->execution, Execution::maybe_executed);
  EXPECT_FALSE(errands[1].error) << "it cannot have run, and is to be sent again";
  EXPECT_FALSE(run.is_over());
}

TEST_F(ErrandsTest, end_at_the_deadline_with_what_was_wrong_and_are_not_in_doubt) {
  queue(cmd::incr(low_slot));
  begin();
  for (int round = 0; round < 1000 && !run.is_over(); ++round) {
    if (gather() > 0) answer(to(a), {"-CLUSTERDOWN Hash slot not served\r\n"});
    if (const Course* pauses = run.first_who_pauses()) now = pauses->pause_end().when();
    run.end_pauses(now);
    run.tidy(false, now);
  }
  ASSERT_TRUE(run.is_over());
  ASSERT_TRUE(errands[0].error);
  EXPECT_EQ(errands[0].error->code, Errc::cluster_down);
  EXPECT_EQ(errands[0].error->execution, Execution::not_executed);
  EXPECT_LE(now, start + 10s);
}

TEST_F(ErrandsTest, under_which_connections_end_go_alone) {
  queue(cmd::get(low_slot));
  begin();
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(gather(), 1u);
    lose(to(a), to(a).bytes.size());
    run.tidy(false, now);
    if (const Course* pauses = run.first_who_pauses()) now = pauses->pause_end().when();
    run.end_pauses(now);
  }
  ASSERT_EQ(gather(), 1u);
  EXPECT_TRUE(to(a).is_alone);
  EXPECT_EQ(answer(to(a), {bulk("v")}), LaneAdvice::end_if_unused);
  run.tidy(false, now);
  EXPECT_TRUE(run.is_over());
}

TEST_F(ErrandsTest, are_sent_by_the_map_as_it_is_when_it_changes) {
  queue(cmd::incr(low_slot));
  begin();
  ASSERT_EQ(gather(), 1u);
  answer(to(a), {"-CLUSTERDOWN Hash slot not served\r\n"});
  run.tidy(false, now);
  topology.adopt(view_of({range(0, 16383, b, {d})}), now);
  EXPECT_TRUE(run.end_pauses(now)) << "there is news";
  ASSERT_EQ(gather(), 1u);
  answer(to(b), {":1\r\n"});
  run.tidy(false, now);
  EXPECT_TRUE(run.is_over());
}

}  // namespace
}  // namespace rediscluster::cluster
