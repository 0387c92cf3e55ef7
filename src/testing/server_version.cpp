#include <rediscluster/testing/server_version.hpp>

namespace rediscluster::testing {

std::vector<int> version_numbers(const std::string& text) {
  std::vector<int> numbers{0};
  for (const char c : text) {
    if (c == '.') {
      numbers.push_back(0);
    } else if (c >= '0' && c <= '9' && numbers.back() < 1'000'000) {
      numbers.back() = numbers.back() * 10 + (c - '0');
    }
  }
  return numbers;
}

std::string to_string(const ServerVersion& version) {
  std::string text = version.name + " ";
  for (std::size_t i = 0; i < version.numbers.size(); ++i) text += (i == 0 ? "" : ".") + std::to_string(version.numbers[i]);
  return text;
}

}  // namespace rediscluster::testing
