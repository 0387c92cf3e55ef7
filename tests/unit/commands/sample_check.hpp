/// What every sample of a typed command must be: what its words are when a user types them.
#pragma once

#include "support/command_sample.hpp"
#include "unit/commands/words.hpp"

namespace rediscluster {

/// The typed command and the words a user would type mean the same: facts, bytes, slot, waiting time.
inline void expect_as_its_words(const test_support::CommandSample& sample, const EncodedCommand& command) {
  const std::vector<std::string> texts = words_of(command);
  const Words words(texts.begin(), texts.end());
  const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  ASSERT_EQ(facts, &command.facts()) << sample.name;
  const auto same = encode_words(*facts, words);
  ASSERT_TRUE(same) << sample.name << ": " << same.error().message;
  EXPECT_EQ(same->bytes(), command.bytes()) << sample.name;
  EXPECT_EQ(same->slot(), command.slot()) << sample.name;
  EXPECT_EQ(same->block_for().has_value(), command.block_for().has_value()) << sample.name;
}

}  // namespace rediscluster
