/// Replies as servers write them, for tests that feed bytes. Tests only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace test_support {

inline std::string bulk(std::string_view text) { return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n"; }

/// Header and elements of an array.
inline std::string array(const std::vector<std::string>& elements) {
  std::string text = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) text += element;
  return text;
}

}  // namespace test_support
