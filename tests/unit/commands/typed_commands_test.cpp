/// All typed commands at once: that none is missing, that each is what its words are, that members send what cmd::
/// makes.
#include <rediscluster/commands/node_commands.hpp>
#include <rediscluster/modules.hpp>
#include <set>

#include "support/command_sample.hpp"
#include "unit/commands/sample_check.hpp"

namespace rediscluster {
namespace {

#include "unit/commands/command_samples.inc"
#include "unit/commands/member_samples.inc"
#include "unit/commands/node_member_samples.inc"
#include "unit/commands/module_samples.inc"

TEST(TypedCommands, are_encoded_and_routed_as_their_words_are) {
  int count = 0;
  visit_command_samples("t", [&](const test_support::CommandSample& sample, const EncodedCommand& command) {
    expect_as_its_words(sample, command);
    ++count;
  });
  EXPECT_GE(count, 480);
}

TEST(TypedCommands, of_modules_are_encoded_and_routed_as_their_words_are) {
  int count = 0;
  visit_module_samples("t", [&](const test_support::CommandSample& sample, const EncodedCommand& command) {
    expect_as_its_words(sample, command);
    ++count;
  });
  EXPECT_GE(count, 160);
}

/// Why a command of the facts has no typed function; empty: it must have one.
std::string_view reason_without_function(const CommandFacts& row) {
  // COMMAND alone is both a command and the first word of others.
  if (row.has(flag_container) && row.name != "COMMAND") return "has sub-commands and is not callable by itself";
  if (row.name.starts_with("_FT.DEBUG ")) return "for developers of the search module; changes with every version";
  return {};
}

// Command<T> refuses what nothing can decode while it compiles.
static_assert(detail::ReplyType<std::optional<std::string>> && detail::ReplyType<Reply>);
static_assert(!detail::ReplyType<float> && !detail::ReplyType<std::vector<char>>);

TEST(TypedCommands, miss_none_that_the_facts_know) {
  std::set<std::string_view> typed;
  const auto remember = [&](const test_support::CommandSample&, const EncodedCommand& command) {
    typed.insert(command.facts().name);
  };
  visit_command_samples("t", remember);
  visit_module_samples("t", remember);
  for (const CommandFacts* row : all_commands()) {
    EXPECT_EQ(typed.contains(row->name), reason_without_function(*row).empty()) << row->name;
  }
}

template <class T>
using Bytes = std::string;

/// A surface that sends nothing and gives what it would send.
class Recorder : public AllCommands<Recorder, Bytes>, public NodeCommands<Recorder, Bytes> {
 public:
  template <class T>
  std::string run(const Command<T>& command) const {
    return std::string(command.bytes());
  }
};

TEST(TypedCommands, are_what_the_members_of_a_surface_run) {
  Recorder surface;
  int count = 0;
  visit_member_samples(surface, [&](std::string_view name, const std::string& sent, const EncodedCommand& command) {
    EXPECT_EQ(sent, command.bytes()) << name;
    ++count;
  });
  EXPECT_GE(count, 350);
}

TEST(TypedCommands, that_mean_one_server_are_members_where_nodes_are_named) {
  Recorder surface;
  int count = 0;
  visit_node_member_samples(surface, [&](std::string_view name, const std::string& sent, const EncodedCommand& command) {
    EXPECT_EQ(sent, command.bytes()) << name;
    EXPECT_FALSE(command.facts().has(flag_session)) << name << " would change a connection that others share";
    ++count;
  });
  EXPECT_GE(count, 50);
}

}  // namespace
}  // namespace rediscluster
