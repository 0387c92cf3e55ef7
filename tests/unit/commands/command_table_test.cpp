/// Looking commands up, and what the table says of some of them.
#include "commands/command_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <rediscluster/commands/facts.hpp>
#include <set>
#include <string>

namespace rediscluster {
namespace {

std::pair<std::string, std::string> first_and_second(std::string_view name) {
  const std::size_t space = name.find(' ');
  if (space == std::string_view::npos) return {std::string(name), ""};
  return {std::string(name.substr(0, space)), std::string(name.substr(space + 1))};
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

TEST(CommandTable, finds_every_row_by_its_name) {
  for (const CommandFacts* row : all_commands()) {
    const auto [first, second] = first_and_second(row->name);
    EXPECT_EQ(find_command(first, second), row) << row->name;
  }
}

TEST(CommandTable, finds_every_row_in_lower_case) {
  for (const CommandFacts* row : all_commands()) {
    const auto [first, second] = first_and_second(lower(std::string(row->name)));
    EXPECT_EQ(find_command(first, second), row) << row->name;
  }
}

TEST(CommandTable, is_sorted_and_has_no_name_twice) {
  const auto rows = all_commands();
  EXPECT_TRUE(std::ranges::is_sorted(rows, std::less_equal{}, &CommandFacts::name));
  EXPECT_GE(rows.size(), 660u);
}

TEST(CommandTable, gives_the_row_that_the_facts_header_names) {
  EXPECT_EQ(find_command("get"), &facts::get);
  EXPECT_EQ(find_command("config", "GET"), &facts::config_get);
}

TEST(CommandTable, does_not_look_at_the_second_word_of_a_command_without_sub_commands) {
  EXPECT_EQ(find_command("GET", "GET"), &facts::get);
}

TEST(CommandTable, gives_the_container_for_an_unknown_or_missing_sub_command) {
  EXPECT_EQ(find_command("CONFIG", "NOSUCH"), &facts::config);
  EXPECT_EQ(find_command("CONFIG"), &facts::config);
  EXPECT_TRUE(facts::config.has(flag_container));
}

TEST(CommandTable, knows_no_unknown_command) {
  for (const std::string& name : {std::string("NOSUCH"), std::string(""), std::string("GET "),
                                  std::string("CONFIG GET"), std::string(1000, 'G'), std::string("G\0T", 3)}) {
    EXPECT_EQ(find_command(name, "x"), nullptr) << name;
  }
}

TEST(CommandTable, spells_every_name_as_resp) {
  for (const CommandFacts* row : all_commands()) {
    const auto [first, second] = first_and_second(row->name);
    std::string expected = "$" + std::to_string(first.size()) + "\r\n" + first + "\r\n";
    if (!second.empty()) expected += "$" + std::to_string(second.size()) + "\r\n" + second + "\r\n";
    EXPECT_EQ(row->encoded, expected);
    EXPECT_EQ(row->words, second.empty() ? 1 : 2);
  }
}

TEST(CommandTable, routes_nothing_without_keys_by_key) {
  for (const CommandFacts* row : all_commands()) {
    if (row->keys.empty()) {
      EXPECT_NE(row->request, RequestPolicy::by_key) << row->name;
    }
  }
}

TEST(CommandTable, merges_every_reply_that_comes_from_several_nodes) {
  using enum RequestPolicy;
  for (const CommandFacts* row : all_commands()) {
    if (row->request == all_nodes || row->request == all_shards || row->request == multi_shard) {
      EXPECT_NE(row->response, ResponsePolicy::first) << row->name;
    }
  }
}

TEST(CommandTable, never_calls_a_write_read_only) {
  for (const CommandFacts* row : all_commands()) {
    if (row->has(flag_write)) {
      EXPECT_NE(row->retry, RetryClass::read_only) << row->name;
    }
  }
}

TEST(CommandTable, says_where_the_slot_number_stands_for_every_command_routed_by_one) {
  for (const CommandFacts* row : all_commands()) {
    EXPECT_EQ(row->request == RequestPolicy::by_slot, row->slot_argument > 0) << row->name;
  }
}

TEST(CommandTable, knows_the_policies_that_are_ours) {
  EXPECT_EQ(facts::ping.request, RequestPolicy::any_node);
  EXPECT_EQ(facts::wait.request, RequestPolicy::by_node);
  EXPECT_TRUE(facts::wait.has(flag_session));
  EXPECT_EQ(facts::script_load.request, RequestPolicy::all_nodes);
  EXPECT_EQ(facts::randomkey.request, RequestPolicy::special);
  EXPECT_EQ(facts::mget.response, ResponsePolicy::by_key_order);
  EXPECT_EQ(facts::msetnx.request, RequestPolicy::by_key);
  EXPECT_EQ(facts::pubsub_numsub.response, ResponsePolicy::sum_by_name);
  EXPECT_EQ(facts::cluster_getkeysinslot.slot_argument, 2);
}

TEST(CommandTable, takes_arguments_that_only_new_servers_know) {
  // ZRANK has taken WITHSCORE since 7.2; the recorded 7.0 server had it at exactly three words.
  EXPECT_EQ(facts::zrank.arity, -3);
}

}  // namespace
}  // namespace rediscluster
