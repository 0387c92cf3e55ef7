/// What each call was told, held against what the servers have run. The numbers of invariants are those of docs/simulation.md.
#pragma once

#include "simulation/ledger.hpp"
#include "simulation/world.hpp"

#include <rediscluster/errors.hpp>
#include <rediscluster/result.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace rediscluster::simulation {

/// One thing a caller asked for.
struct Call {
  enum class End : std::uint8_t { pending, success, failure, dropped };

  std::uint64_t id = 0;
  const char* name = "";
  std::vector<std::string> keys{};  ///< Of its parts: part i writes, or reads, key i.
  bool writes = false;              ///< Each of its parts has a token.
  bool is_block = false;            ///< All of it or nothing, together.
  std::uint64_t pipeline = 0;       ///< 0: it is in none. Those of one are in the order of their ids.
  base::TimePoint begun{};
  base::TimePoint deadline{};
  std::optional<base::TimePoint> cancelled{};  ///< When it was, if nothing stands behind that of what it waits for.
  base::Duration grace{};           ///< Behind the deadline: a server that is to end a wait is asked, and answers.
  bool is_last = false;             ///< Nothing goes wrong any more: it must succeed.

  End end = End::pending;
  base::TimePoint ended{};
  Errc code{};
  Execution execution = Execution::not_executed;
  std::string message{};

  Token token(std::size_t part) const { return {id, static_cast<unsigned>(part)}; }
};

class Oracle {
 public:
  Oracle(World& world, const Ledger& ledger) : world_(world), ledger_(ledger) {}
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  /// Whether nothing has befallen the server of a key since then: calls that are not bounded by anything else must be quick.
  std::function<bool(const std::string& key, base::TimePoint since)> is_calm{};

  /// Lives as long as this.
  Call& begin(const char* name, std::vector<std::string> keys, base::Duration timeout);
  template <class T>
  void end(Call& call, const Result<T>& result) {
    result ? succeed(call) : fail_with(call, result.error());
  }
  /// Nobody wants to hear of its end.
  void drop(Call& call);
  /// The text a key was found to have.
  void check_text(const Call& call, const std::string& key, const std::optional<std::string>& text);
  void check_list(const Call& call, const std::string& key, const std::vector<std::string>& list);
  /// A primary was asked what the key has: not an older text than somebody has been told of before this call began.
  void check_newest(const Call& call, const std::string& key, const std::string& text);
  /// Keys that have been written, and that nobody removes: those of hashes.
  std::vector<std::string> keys_for_good() const { return {for_good_.begin(), for_good_.end()}; }
  /// A scan has come to its end.
  void check_scan(const Call& call, const std::vector<std::string>& expected, const std::set<std::string>& found);
  /// An element that was taken from a list.
  void took(const Call& call, const std::string& key, const std::string& text);
  /// Whether a server has lost what it had of one of the keys.
  bool may_have_lost(const std::vector<std::string>& keys) const;
  /// A lock was taken by this call. Nobody else must have it before the lease is over, or let_go().
  void hold(const Call& call, base::Duration lease);
  /// Its owner begins to release it. Of a call that took none: nothing.
  void let_go(const Call& call);
  /// What ought to be so, and is not.
  void violate(const char* invariant, const std::string& what);
  /// When nothing more will happen.
  void judge_all();

  const std::vector<std::string>& violations() const { return violations_; }
  std::size_t calls() const { return calls_.size(); }
  std::size_t in_doubt() const { return in_doubt_; }
  std::size_t failed() const { return failed_; }

 private:
  void succeed(Call& call);
  void fail_with(Call& call, const Error& error);
  void close(Call& call, Call::End end);
  void judge_haste(const Call& call);
  void judge(const Call& call);
  void judge_block(const Call& call);
  void judge_order(const std::vector<const Call*>& pipeline);
  bool has_overtaken(const Call& later, const Call& earlier) const;
  void note_told(const Call& call, const std::string& key, const std::string& text);
  void judge_pops();
  bool is_of_key(const std::string& key, const std::string& text) const;
  std::string describe(const Call& call) const;

  World& world_;
  const Ledger& ledger_;
  std::deque<Call> calls_;  // by id, from 1 on
  std::vector<std::string> violations_;
  std::size_t in_doubt_ = 0;
  std::size_t failed_ = 0;
  struct Holding {
    std::uint64_t call;
    base::TimePoint begun;
    base::TimePoint until;
  };
  std::map<std::string, std::vector<Holding>> holdings_;  // by lock
  std::uint64_t taken_ = 0;           // elements that calls were given
  struct Told {
    base::TimePoint when;
    std::uint64_t number;  // of the execution that wrote the text
  };
  std::set<std::string> for_good_;
  std::unordered_map<std::string, std::vector<Told>> told_;  // by key, each newer than the one before it
};

}  // namespace rediscluster::simulation
