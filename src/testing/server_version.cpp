#include <rediscluster/testing/server_version.hpp>

namespace rediscluster::testing {

std::vector<int> version_numbers(std::string_view text) {
  const std::size_t begin = text.find_first_of("0123456789");
  std::vector<int> numbers{0};
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      numbers.push_back(0);
    } else if (c >= '0' && c <= '9') {
      if (numbers.back() < 100'000'000) numbers.back() = numbers.back() * 10 + (c - '0');
    } else {
      break;  // "8.1.0-rc2"
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
