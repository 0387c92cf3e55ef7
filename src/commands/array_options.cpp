/// Writes the options of the commands of arrays. Pure. Order of the words: tools/commands/facts.
#include <rediscluster/options/array.hpp>

#include "commands/option_words.hpp"

namespace rediscluster::detail {

void encode(EncodedCommand& command, ArrayAggregate operation) {
  static constexpr const char* names[] = {"SUM", "MIN", "MAX"};
  command.arg(names[static_cast<int>(operation)]);
}

void encode(EncodedCommand& command, ArrayBits operation) {
  static constexpr const char* names[] = {"AND", "OR", "XOR"};
  command.arg(names[static_cast<int>(operation)]);
}

void encode(EncodedCommand& command, const ArrayPatterns& patterns) {
  for (const ArrayPattern& pattern : patterns) {
    command.arg(pattern.kind());
    command.arg(pattern.text());
  }
}

void encode(EncodedCommand& command, const ArrayElements& elements) {
  for (const ArrayElement& element : elements) {
    command.arg(element.index);
    command.arg(element.value);
  }
}

void encode(EncodedCommand& command, const ArrayRanges& ranges) {
  for (const ArrayRange& range : ranges) {
    command.arg(range.first);
    command.arg(range.last);
  }
}

void encode(EncodedCommand& command, ArrayItemOrder order) {
  if (order == ArrayItemOrder::newest_first) command.arg("REV");
}

void encode(EncodedCommand& command, const ArgrepOptions& options) {
  if (options.match_all) command.arg("AND");
  encode_named(command, "LIMIT", options.limit);
  if (options.ignore_case) command.arg("NOCASE");
}

}  // namespace rediscluster::detail
