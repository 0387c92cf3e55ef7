/// What was written, by number: each write carries a token of its own ("tok:0000002a"), so that the servers' own logs say how often it ran.
/// Any thread may take one and say how its call ended; the rest belongs to whoever judges, when nobody calls any more.
#pragma once

#include <rediscluster/errors.hpp>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chaos {

class Tokens {
 public:
  /// How the call of a token ended, as its caller was told.
  enum class End : std::uint8_t { pending, success, not_executed, maybe_executed };
  /// What becomes of it in the data.
  enum class Kind : std::uint8_t {
    passing,      ///< It may be overwritten, or given to somebody.
    kept,         ///< Nobody removes it.
    kept_beside,  ///< Likewise, and the one before it was written in the same transaction.
  };
  static constexpr std::uint32_t most = 1u << 20;  // of a round
  static constexpr std::string_view prefix = "tok:";
  static constexpr std::size_t size_of_text = 12;

  /// `count` tokens in a row; nothing when a round has no more of them. No number is used twice: a server may run late what was sent long ago.
  std::optional<std::uint32_t> take(std::uint32_t count = 1) {
    const std::uint32_t first = taken_.fetch_add(count);
    return first + count <= most ? std::optional(base_ + first) : std::nullopt;
  }
  void end(std::uint32_t token, End end) { ends_[token - base_].store(end, std::memory_order_relaxed); }
  void mark(std::uint32_t token, Kind kind) { kinds_[token - base_].store(kind, std::memory_order_relaxed); }
  End end_of(std::uint32_t token) const { return ends_[token - base_].load(std::memory_order_relaxed); }
  Kind kind_of(std::uint32_t token) const { return kinds_[token - base_].load(std::memory_order_relaxed); }
  /// Those of this round are [first(), end_of_round()).
  std::uint32_t first() const { return base_; }
  std::uint32_t end_of_round() const { return base_ + std::min(taken_.load(), most); }
  /// A new round. Nobody has any.
  void begin_anew() {
    const std::uint32_t used = std::min(taken_.load(), most);
    for (std::uint32_t i = 0; i < used; ++i) {
      ends_[i] = End::pending;
      kinds_[i] = Kind::passing;
    }
    base_ += used;
    taken_ = 0;
  }

  static std::string text(std::uint32_t token) {
    char text[size_of_text + 1];
    std::snprintf(text, sizeof text, "tok:%08x", token);
    return text;
  }
  /// Nothing: it is no token.
  static std::optional<std::uint32_t> read(std::string_view text) {
    if (text.size() != size_of_text || !text.starts_with(prefix)) return std::nullopt;
    const std::string digits(text.substr(prefix.size()));
    char* end = nullptr;
    const unsigned long number = std::strtoul(digits.c_str(), &end, 16);
    return *end == '\0' ? std::optional(static_cast<std::uint32_t>(number)) : std::nullopt;
  }
  static End end_of_error(const rediscluster::Error& error) {
    switch (error.execution) {
      case rediscluster::Execution::not_executed: return End::not_executed;
      case rediscluster::Execution::maybe_executed: return End::maybe_executed;
      case rediscluster::Execution::executed: return End::success;
    }
    return End::maybe_executed;
  }

 private:
  std::uint32_t base_ = 0;  // changed by begin_anew() only
  std::atomic<std::uint32_t> taken_{0};
  std::unique_ptr<std::atomic<End>[]> ends_ = std::make_unique<std::atomic<End>[]>(most);
  std::unique_ptr<std::atomic<Kind>[]> kinds_ = std::make_unique<std::atomic<Kind>[]>(most);
};

}  // namespace chaos
