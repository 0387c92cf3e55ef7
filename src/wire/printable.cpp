#include "wire/printable.hpp"

#include <algorithm>

namespace rediscluster::wire {

void append_printable(std::string& out, std::string_view bytes, char quote) {
  constexpr const char* hex = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      if (quote != '\0' && (c == quote || c == '\\')) out += '\\';
      out += c;
    }
  }
}

std::string printable(std::string_view bytes, std::size_t longest) {
  constexpr std::string_view dots = "...";
  std::string text;
  append_printable(text, bytes.substr(0, longest));
  if (bytes.size() <= longest && text.size() <= longest) return text;
  text.resize(longest < dots.size() ? 0 : std::min(text.size(), longest - dots.size()));
  text += dots.substr(0, longest);
  return text;
}

}  // namespace rediscluster::wire
