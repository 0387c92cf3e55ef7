/// The order of the fields of Options, which designated initialisers have to keep, is told by the table of the guide.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace {

using Names = std::vector<std::string>;

std::string text_of(const std::string& path) {
  std::ifstream file(std::string(REDISCLUSTER_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Names captures(const std::string& text, const std::regex& pattern) {
  Names names;
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) names.push_back((*it)[1]);
  return names;
}

Names fields() {
  const std::string header = text_of("include/rediscluster/options.hpp");
  return captures(header.substr(header.find("struct Options {")), std::regex(R"(\n  [\w:<>]+ (\w+)(?:\{[^}\n]*\}| = [^;\n]*);)"));
}

Names rows() {
  const std::string page = text_of("docs/guide/options.md");
  Names names;
  for (const std::string& row : captures(page, std::regex(R"(\n\| ((?:`\w+`(?:, )?)+) \|)"))) {
    for (const std::string& name : captures(row, std::regex("`(\\w+)`"))) names.push_back(name);
  }
  return names;
}

TEST(TableOfOptions, has_the_order_of_the_fields) {
  const Names all = fields();
  ASSERT_GT(all.size(), 35u);
  Names told = rows();
  for (const char* without_effect : {"skip_full_coverage_check", "nodemanager_follow_cluster"}) {
    told.insert(told.begin() + (std::find(all.begin(), all.end(), without_effect) - all.begin()), without_effect);
  }
  EXPECT_EQ(told, all);
}

}  // namespace
