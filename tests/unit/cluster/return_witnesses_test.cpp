/// Who is believed that slots went back.
#include "cluster/topology/return_witnesses.hpp"

#include <gtest/gtest.h>

#include "cluster/nodes/node_table.hpp"

namespace rediscluster::cluster {
namespace {

using namespace std::chrono_literals;

slots::SlotSet run(int first, int last) {
  slots::SlotSet set;
  set.add(SlotRun{first, last});
  return set;
}

class ReturnWitnessesTest : public ::testing::Test {
 protected:
  std::string open_after(const Node& source, const slots::SlotSet& told, base::TimePoint now) {
    witnesses.heard(source);
    return to_text(witnesses.unconfirmed(source, told, now));
  }
  Config config;
  NodeTable nodes{config, 1};
  const Node& one = nodes.at({"10.0.0.1", 1});
  const Node& two = nodes.at({"10.0.0.2", 1});
  const base::TimePoint start{1h};
  ReturnWitnesses witnesses;
};

TEST_F(ReturnWitnessesTest, one_is_not_believed_two_are_for_what_both_say) {
  EXPECT_EQ(open_after(one, run(0, 9), start), "0-9");
  EXPECT_EQ(open_after(two, run(5, 14), start), "10-14");
  EXPECT_EQ(open_after(one, run(0, 9), start), "0-4");
}

TEST_F(ReturnWitnessesTest, what_was_said_long_ago_counts_no_more) {
  open_after(one, run(0, 9), start);
  EXPECT_EQ(open_after(two, run(0, 9), start + 6s), "0-9");
}

TEST_F(ReturnWitnessesTest, one_is_believed_that_says_it_three_times_while_nobody_else_says_anything) {
  open_after(one, run(0, 9), start);
  witnesses.heard(two);
  open_after(one, run(0, 9), start + 1s);
  EXPECT_EQ(open_after(one, run(0, 9), start + 2s), "0-9");
  EXPECT_EQ(open_after(one, run(0, 9), start + 3s), "");
}

}  // namespace
}  // namespace rediscluster::cluster
