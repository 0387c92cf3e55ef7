/// Some services read the text of a script before they run it, and refuse one whose keys are not written as KEYS[n] where they are used.
/// So all texts of the library are read here, as they stand in its files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/key_finder.hpp"

namespace rediscluster::emulation {
namespace {

/// One redis.call('NAME', argument, ...) as it is written.
struct WrittenCall {
  std::string file;
  std::vector<std::string> words;  ///< The name without its quotes, the arguments as they are.
  bool is_named = true;            ///< false: the name is a variable.
};

std::vector<std::string> split_arguments(const std::string& text) {
  std::vector<std::string> words{""};
  int depth = 0;
  for (const char sign : text) {
    if (sign == '(' || sign == '[') ++depth;
    if (sign == ')' || sign == ']') --depth;
    if (depth < 0) break;
    if (sign == ',' && depth == 0) {
      words.emplace_back();
    } else if (sign != ' ' || !words.back().empty()) {
      words.back() += sign;
    }
  }
  return words;
}

std::vector<WrittenCall> calls_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  static const std::regex begin(R"(redis\.p?call\()");
  std::vector<WrittenCall> calls;
  for (std::sregex_iterator it(text.begin(), text.end(), begin), end; it != end; ++it) {
    const auto at = static_cast<std::size_t>(it->position() + it->length());
    WrittenCall call{file.filename().string(), split_arguments(text.substr(at, text.find('\n', at) - at))};
    std::string& name = call.words.front();
    call.is_named = name.starts_with('\'');
    if (call.is_named) name = name.substr(1, name.size() - 2);
    calls.push_back(std::move(call));
  }
  return calls;
}

std::vector<WrittenCall> all_calls() {
  std::vector<WrittenCall> calls;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(REDISCLUSTER_SOURCE_DIR) / "src")) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
    for (WrittenCall& call : calls_in(entry.path())) calls.push_back(std::move(call));
  }
  return calls;
}

std::vector<std::string_view> keys_of(const WrittenCall& call) {
  std::vector<std::string_view> words(call.words.begin(), call.words.end());
  if (!call.is_named) return {words.at(1)};  // ours push to a list: the key comes first
  const CommandFacts* facts = find_command(words[0]);
  EXPECT_NE(facts, nullptr) << call.file << ": " << words[0];
  if (facts == nullptr) return {};
  const auto positions = find_keys(*facts, words);
  EXPECT_TRUE(positions.has_value()) << call.file << ": " << words[0];
  std::vector<std::string_view> keys;
  if (positions) {
    for (const int position : *positions) keys.push_back(words[static_cast<std::size_t>(position)]);
  }
  return keys;
}

TEST(ScriptTexts, write_every_key_as_an_entry_of_keys) {
  const std::vector<WrittenCall> calls = all_calls();
  ASSERT_GE(calls.size(), 20u) << "the texts are elsewhere: tell this test where";
  const std::regex entry(R"(KEYS\[\w+\])");
  for (const WrittenCall& call : calls) {
    for (const std::string_view key : keys_of(call)) {
      EXPECT_TRUE(std::regex_match(std::string(key), entry)) << call.file << ": " << call.words.front() << " of " << key;
    }
  }
}

}  // namespace
}  // namespace rediscluster::emulation
