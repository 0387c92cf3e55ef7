/// What the servers of a simulated world have run, which is what calls are judged by. Each thing a call writes is marked with a token,
/// "c<call>:<part>", so that its execution is found again in whichever server and order it took place.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace rediscluster::simulation {

/// One thing that one call writes.
struct Token {
  std::uint64_t call = 0;
  unsigned part = 0;  ///< below 256
  std::uint64_t number() const { return call << 8 | part; }
  std::string text() const { return "c" + std::to_string(call) + ":" + std::to_string(part); }
  /// Of a text that is a token, and nothing else.
  static std::optional<Token> of(std::string_view text);
};

struct Ran {
  base::TimePoint when;
  std::uint64_t number;  ///< In the order of the whole world.
  int node;
  std::uint64_t connection;
  std::uint64_t block;   ///< Of an EXEC: which one; 0: none.
  base::TimePoint sent;  ///< When the client sent it; max(): nobody knows.
};

class Ledger {
 public:
  void ran(Token token, base::TimePoint when, int node, std::uint64_t connection, std::uint64_t block, base::TimePoint sent = base::TimePoint::max()) {
    executions_[token.number()].push_back({when, ++numbers_, node, connection, block, sent});
  }
  /// A server would not run it.
  void refused(Token token, base::TimePoint when) { refusals_[token.number()] = when; }
  /// The last time; min(): never.
  base::TimePoint last_refusal_of(Token token) const {
    const auto found = refusals_.find(token.number());
    return found == refusals_.end() ? base::TimePoint::min() : found->second;
  }
  /// Of a token, in their order.
  const std::vector<Ran>& of(Token token) const {
    static const std::vector<Ran> none;
    const auto found = executions_.find(token.number());
    return found == executions_.end() ? none : found->second;
  }
  /// The first execution of what was written, in the world's order; 0: it was not.
  std::uint64_t first_number_of(Token token) const { return of(token).empty() ? 0 : of(token).front().number; }
  /// A message did not reach every node: those who listen there cannot know.
  void muffle(Token token) { muffled_.insert(token.number()); }
  bool is_muffled(Token token) const { return muffled_.contains(token.number()); }
  /// A node passed it on so late that who has changed nodes meanwhile may hear it again.
  void belate(Token token) { belated_.insert(token.number()); }
  bool is_belated(Token token) const { return belated_.contains(token.number()); }
  /// A node that has been replaced, and does not know it yet, has told of its keys.
  void note_stale_scan(base::TimePoint when) { last_stale_scan_ = when; }
  base::TimePoint last_stale_scan() const { return last_stale_scan_; }
  /// Something befalls a node, or has not been got over.
  void note_trouble(int node, base::TimePoint until) {
    base::TimePoint& noted = troubled_until_[node];
    noted = std::max(noted, until);
  }
  /// Nothing has befallen it for a while before that time, nor since.
  bool is_calm(int node, base::TimePoint since) const {
    const auto found = troubled_until_.find(node);
    return found == troubled_until_.end() || found->second < since;
  }
  /// An element was taken from a list, by whichever call.
  void popped() { ++popped_; }
  std::uint64_t pops() const { return popped_; }
  /// A server has seen what may not be.
  void complain(const char* invariant, std::string what) { complaints_.emplace_back(invariant, std::move(what)); }
  const std::vector<std::pair<const char*, std::string>>& complaints() const { return complaints_; }
  /// What a node had of the key is gone, or was answered by one that serves it no more, though clients may have been told of it.
  void lost(const std::string& key, base::TimePoint when) { losses_[key] = when; }
  /// time_point::min(): never.
  base::TimePoint last_loss(const std::string& key) const {
    const auto found = losses_.find(key);
    return found == losses_.end() ? base::TimePoint::min() : found->second;
  }
  /// As many as there will be.
  std::uint64_t next_block() { return ++blocks_; }
  std::uint64_t size() const { return numbers_; }

 private:
  std::unordered_map<std::uint64_t, std::vector<Ran>> executions_;
  std::unordered_map<std::uint64_t, base::TimePoint> refusals_;
  std::unordered_map<std::string, base::TimePoint> losses_;
  std::vector<std::pair<const char*, std::string>> complaints_;
  std::unordered_map<int, base::TimePoint> troubled_until_;
  std::unordered_set<std::uint64_t> muffled_;
  std::unordered_set<std::uint64_t> belated_;
  base::TimePoint last_stale_scan_ = base::TimePoint::min();
  std::uint64_t popped_ = 0;
  std::uint64_t numbers_ = 0;
  std::uint64_t blocks_ = 0;
};

}  // namespace rediscluster::simulation
