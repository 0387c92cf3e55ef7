/// What the tour prints: plain text in 80 columns, with colours and a line that moves only when a person watches.
/// One thread.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tour {

class Screen {
 public:
  enum class Colour : int {
    plain = 0,
    bold = 1,
    dim = 2,
    red = 31,
    green = 32,
    yellow = 33,
    blue = 34,
    magenta = 35,
    cyan = 36
  };

  Screen() : terminal_(isatty(STDOUT_FILENO) == 1), coloured_(terminal_ && std::getenv("NO_COLOR") == nullptr) {}

  std::string paint(std::string_view text, Colour colour) const {
    if (!coloured_ || colour == Colour::plain) return std::string(text);
    std::string painted = "\033[";
    painted.append(std::to_string(static_cast<int>(colour))).append("m").append(text).append("\033[0m");
    return painted;
  }

  void line(std::string_view text = "") {
    end_live_line();
    std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
    std::fflush(stdout);
  }

  void heading(std::string_view text) {
    line();
    line(paint(text, Colour::bold));
  }

  /// A line that is written over by the next one. Without a terminal: one line a second.
  void live_line(std::string_view text) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ && now - last_live_ < std::chrono::seconds(1)) return;
    last_live_ = now;
    if (!terminal_) return line(text);
    std::printf("\r%.*s\033[K", static_cast<int>(text.size()), text.data());
    std::fflush(stdout);
    live_ = true;
  }

 private:
  void end_live_line() {
    if (live_) std::printf("\r\033[K");
    live_ = false;
  }

  bool terminal_;
  bool coloured_;
  bool live_ = false;
  std::chrono::steady_clock::time_point last_live_{};
};

/// 1234567 -> "1,234,567".
inline std::string with_commas(unsigned long long number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

/// Left-aligned in `width` columns; `text` is ASCII.
inline std::string padded(std::string_view text, std::size_t width) {
  std::string result(text);
  result.resize(result.size() < width ? width : result.size(), ' ');
  return result;
}

}  // namespace tour
