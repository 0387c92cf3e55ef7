/// The queue behind pipelines and transactions: what a queued command costs, and what becomes of it.
#include "api/command_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rediscluster::detail {
namespace {

class Queue : public ::testing::Test {
 protected:
  const std::shared_ptr<Client> client_ = std::make_shared<Client>(*cluster::make_config({.startup_nodes = {{"127.0.0.1", 1}}}));
  CommandQueue queue_{*client_};
};

TEST_F(Queue, costs_at_most_64_bytes_a_command_beside_its_own_bytes) {
  for (const std::size_t value_size : {0u, 20u, 100u, 950u, 1030u, 5000u, 40'000u, 70'000u}) {
    const std::string value(value_size, 'v');
    std::size_t encoded = 0;
    const std::size_t commands = value_size > 5000 ? 600 : 5000;
    for (std::size_t i = 1; i <= commands; ++i) {
      const EncodedCommand command = cmd::set("key:" + std::to_string(i), value);
      encoded += command.bytes().size();
      queue_.add(command);
      const std::size_t beside = queue_.memory() - encoded;
      constexpr std::size_t first_blocks = 8192;  // a queue of few commands has room for more
      ASSERT_LE(beside, 64 * i + encoded / 4 + first_blocks) << i << " commands, values of " << value_size;
    }
    const std::size_t block = 64 * 1024;
    EXPECT_LE(queue_.memory() - encoded, 64 * commands + block) << "values of " << value_size;
    queue_.clear();
    EXPECT_LE(queue_.memory(), 256u * 1024) << "an empty queue holds little";
  }
}

TEST_F(Queue, keeps_the_bytes_of_commands_where_they_are) {
  queue_.add(cmd::get("first"));
  const std::string_view first = queue_.commands()[0].bytes();
  for (int i = 0; i < 5000; ++i) queue_.add(cmd::get("key"));
  EXPECT_EQ(queue_.commands()[0].bytes().data(), first.data());
  EXPECT_EQ(first, EncodedCommand(cmd::get("first")).bytes());
  EXPECT_EQ(queue_.commands()[0].slot(), keyslot("first"));
}

TEST_F(Queue, ends_refused_commands_in_their_refusal) {
  queue_.add(cmd::get("a"));
  queue_.add_refused(cmd::get("b"), Error{Errc::not_allowed, "no"});
  const std::vector<cluster::CommandEnd> ends = queue_.ends();
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].error, nullptr);
  ASSERT_NE(ends[1].error, nullptr);
  EXPECT_EQ(ends[1].error->message, "no");
}

}  // namespace
}  // namespace rediscluster::detail
