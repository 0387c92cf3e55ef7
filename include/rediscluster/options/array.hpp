/// Parameters and options of the commands of arrays (Redis 8.8); see options/command.hpp for the manner.
#pragma once

#include <cstdint>
#include <optional>
#include <rediscluster/list_of.hpp>
#include <string>
#include <utility>

namespace rediscluster {

class EncodedCommand;

/// AROP over numbers.
enum class ArrayAggregate : std::uint8_t { sum, min, max };
/// AROP over the bits of integers.
enum class ArrayBits : std::uint8_t { bit_and, bit_or, bit_xor };

/// What ARGREP looks for.
class ArrayPattern {
 public:
  /// The whole element.
  static ArrayPattern exactly(std::string text) { return ArrayPattern("EXACT", std::move(text)); }
  /// A part of the element.
  static ArrayPattern contains(std::string text) { return ArrayPattern("MATCH", std::move(text)); }
  /// With `*`, `?` and `[...]`, as KEYS has it.
  static ArrayPattern glob(std::string pattern) { return ArrayPattern("GLOB", std::move(pattern)); }
  /// A regular expression.
  static ArrayPattern expression(std::string pattern) { return ArrayPattern("RE", std::move(pattern)); }

  const char* kind() const { return kind_; }
  const std::string& text() const { return text_; }

 private:
  ArrayPattern(const char* kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  const char* kind_;
  std::string text_;
};

/// One pattern, or several of which any must match (all: `ArgrepOptions::match_all`).
using ArrayPatterns = ListOf<ArrayPattern>;

/// An element with its position, for ARMSET.
struct ArrayElement {
  std::uint64_t index = 0;
  std::string value;
};
/// `{{0, "a"}, {1000, "b"}}`, or a vector of them.
using ArrayElements = ListOf<ArrayElement>;

/// Positions from first to last, both included, for ARDELRANGE.
struct ArrayRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
/// `{{0, 9}, {100, 199}}`, or a vector of them.
using ArrayRanges = ListOf<ArrayRange>;

/// ARLASTITEMS.
enum class ArrayItemOrder : std::uint8_t { oldest_first, newest_first };

/// ARGREP.
struct ArgrepOptions {
  bool match_all = false;  ///< All patterns must match, not just any.
  std::optional<std::int64_t> limit{};
  bool ignore_case = false;
};

namespace detail {

void encode(EncodedCommand& command, ArrayAggregate operation);
void encode(EncodedCommand& command, ArrayBits operation);
void encode(EncodedCommand& command, const ArrayPatterns& patterns);
void encode(EncodedCommand& command, const ArrayElements& elements);
void encode(EncodedCommand& command, const ArrayRanges& ranges);
void encode(EncodedCommand& command, ArrayItemOrder order);
void encode(EncodedCommand& command, const ArgrepOptions& options);

}  // namespace detail
}  // namespace rediscluster
