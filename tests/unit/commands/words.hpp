/// Helpers of the plays about commands: words from a sentence, words of an encoded command.
#pragma once

#include <gtest/gtest.h>

#include <rediscluster/command.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/key_finder.hpp"

namespace rediscluster {

using Words = std::vector<std::string_view>;

/// "SORT k  BY": words separated by one space; two spaces make an empty word.
inline Words split(std::string_view sentence) {
  Words words;
  while (true) {
    const std::size_t end = sentence.find(' ');
    words.push_back(sentence.substr(0, end));
    if (end == std::string_view::npos) return words;
    sentence.remove_prefix(end + 1);
  }
}

inline const CommandFacts& facts_of(const Words& words) {
  const CommandFacts* facts = find_command(words.at(0), words.size() > 1 ? words[1] : std::string_view());
  if (facts == nullptr) throw std::invalid_argument("no such command: " + std::string(words[0]));
  return *facts;
}

inline Result<EncodedCommand> encode(std::string_view sentence) {
  const Words words = split(sentence);
  return encode_words(facts_of(words), words);
}

inline std::vector<std::string> words_of(const EncodedCommand& command) {
  std::vector<std::string> words;
  auto cursor = command.arguments();
  for (std::string_view word; cursor.next(word);) words.emplace_back(word);
  return words;
}

/// The words of a command with one space between them.
inline std::string sentence_of(const EncodedCommand& command) {
  std::string sentence;
  for (const std::string& word : words_of(command)) sentence += (sentence.empty() ? "" : " ") + word;
  return sentence;
}

}  // namespace rediscluster
