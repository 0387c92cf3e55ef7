/// Lines of INFO and CLUSTER INFO. Pure.
#pragma once

#include <string>

namespace rediscluster::testing {

/// The value of the line "name:value"; empty: there is no such line.
inline std::string info_field(const std::string& info, const std::string& name) {
  const std::string text = "\n" + info;
  const std::size_t start = text.find("\n" + name + ":");
  if (start == std::string::npos) return "";
  const std::size_t value = start + name.size() + 2;
  return text.substr(value, text.find_first_of("\r\n", value) - value);
}

}  // namespace rediscluster::testing
