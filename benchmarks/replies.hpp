/// Replies as servers send them, for what measures single steps.
#pragma once

#include <string>

namespace replies {

inline std::string bulk(std::size_t size) { return "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n"; }

inline std::string array_of(int count, const std::string& element) {
  std::string reply = "*" + std::to_string(count) + "\r\n";
  for (int i = 0; i < count; ++i) reply += element;
  return reply;
}

}  // namespace replies
