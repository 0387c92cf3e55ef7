/// The rules of one scripted node: which are met, which is next, what a command calls for.
/// Pure; the engine that owns it holds the lock.
#pragma once

#include <chrono>
#include <deque>
#include <rediscluster/testing/scripted_rule.hpp>
#include <string>
#include <vector>

namespace rediscluster::testing {

/// One thing a connection does, in its order.
struct ScriptedStep {
  enum class Kind { reply, computed_reply, bytes, wait, delay, close, reset, silence };
  Kind kind = Kind::bytes;
  RawReply reply{};
  std::function<RawReply(const CommandWords&)> make_reply{};
  std::string bytes{};
  std::function<bool()> is_ready{};
  std::chrono::milliseconds delay{0};
};

/// A rule as the engine keeps it.
struct ScriptedPlan {
  std::string what;  ///< For failure texts.
  CommandPredicate matches;
  bool is_background = false;  ///< From always(): never used up, never missed.
  int times_left = 1;
  std::vector<ScriptedStep> steps{};
};

class Script {
 public:
  explicit Script(bool strict_order) : strict_order_(strict_order) {}

  void add(ScriptedPlan plan);
  void clear();

  /// The steps for this command, using up an expectation; null: no rule wants it.
  /// The pointer is good until the next call.
  const std::vector<ScriptedStep>* take(const CommandWords& words);

  /// What should have come instead, for failure texts.
  std::string next_expected() const;
  std::vector<std::string> unmet() const;
  bool is_met() const { return expected_.empty(); }

 private:
  bool strict_order_;
  std::deque<ScriptedPlan> expected_;
  std::vector<ScriptedPlan> background_;
  std::vector<ScriptedStep> taken_;
};

}  // namespace rediscluster::testing
