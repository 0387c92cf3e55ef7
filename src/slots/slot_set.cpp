#include "slots/slot_set.hpp"

#include "wire/number_text.hpp"

namespace rediscluster::slots {
namespace {

std::optional<int> read_slot(std::string_view text) {
  const std::optional<std::int64_t> number = wire::parse_integer(text);
  if (!number || *number < 0 || *number >= slot_count) return std::nullopt;
  return static_cast<int>(*number);
}

}  // namespace

std::vector<SlotRun> SlotSet::runs() const {
  std::vector<SlotRun> found;
  for_each([&](int slot) {
    if (!found.empty() && found.back().end + 1 == slot) {
      found.back().end = slot;
    } else {
      found.push_back({slot, slot});
    }
  });
  return found;
}

std::string to_text(const SlotSet& set, std::string_view separator) {
  std::string text;
  for (const SlotRun& run : set.runs()) {
    if (!text.empty()) text += separator;
    text += std::to_string(run.start);
    if (run.end != run.start) text += '-' + std::to_string(run.end);
  }
  return text;
}

std::optional<SlotSet> slot_set_from_text(std::string_view text) {
  SlotSet set;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view run = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const std::size_t dash = run.find('-');
    const std::optional<int> start = read_slot(run.substr(0, dash));
    const std::optional<int> end = dash == std::string_view::npos ? start : read_slot(run.substr(dash + 1));
    if (!start || !end || *end < *start) return std::nullopt;
    set.add(SlotRun{*start, *end});
  }
  return set;
}

}  // namespace rediscluster::slots
