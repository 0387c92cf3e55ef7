/// Matching of commands against rules.
#include "testing/script.hpp"

#include <algorithm>

namespace rediscluster::testing {

void Script::add(ScriptedPlan plan) {
  if (plan.is_background) {
    background_.push_back(std::move(plan));
  } else {
    expected_.push_back(std::move(plan));
  }
}

void Script::clear() {
  expected_.clear();
  background_.clear();
}

const std::vector<ScriptedStep>* Script::take(const CommandWords& words) {
  const auto candidates_end = strict_order_ && !expected_.empty() ? expected_.begin() + 1 : expected_.end();
  const auto wants = [&words](const ScriptedPlan& plan) { return plan.matches(words); };
  const auto next = std::find_if(expected_.begin(), candidates_end, wants);
  if (next != candidates_end) {
    taken_ = next->steps;
    if (--next->times_left <= 0) expected_.erase(next);
    return &taken_;
  }
  const auto newest = std::find_if(background_.rbegin(), background_.rend(), wants);
  return newest == background_.rend() ? nullptr : &newest->steps;
}

std::string Script::next_expected() const { return expected_.empty() ? "nothing more" : expected_.front().what; }

std::vector<std::string> Script::unmet() const {
  std::vector<std::string> texts;
  for (const ScriptedPlan& plan : expected_) {
    texts.push_back(plan.times_left > 1 ? plan.what + " x" + std::to_string(plan.times_left) : plan.what);
  }
  return texts;
}

}  // namespace rediscluster::testing
