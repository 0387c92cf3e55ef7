#include "simulation/oracle.hpp"

#include <rediscluster/key_slot.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace rediscluster::simulation {
namespace {

// A tick of the wheel, a turn, and the way there and back of what ends it.
constexpr std::chrono::milliseconds tardiness{25};
constexpr std::chrono::milliseconds haste{75};  // a few ways there and back, a connection and a round of questions (25 ms apart and jittered) among them
constexpr std::size_t most_violations = 20;  // more of them say nothing more

}  // namespace

Call& Oracle::begin(const char* name, std::vector<std::string> keys, base::Duration timeout) {
  Call& call = calls_.emplace_back();
  call.id = calls_.size();
  call.name = name;
  call.keys = std::move(keys);
  call.begun = world_.now();
  call.deadline = world_.now() + timeout;
  return call;
}

void Oracle::violate(const char* invariant, const std::string& what) {
  world_.note(invariant, violations_.size());
  if (violations_.size() < most_violations) violations_.push_back(std::string(invariant) + ": " + what);
}

std::string Oracle::describe(const Call& call) const {
  const auto at = [&](base::TimePoint when) { return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(when - (world_.now() - world_.age())).count()); };
  std::string text = std::string(call.name) + " c" + std::to_string(call.id) + " of " + (call.keys.empty() ? "no key" : call.keys.front()) + ", " + at(call.begun) + " to " + at(call.ended) + " ms";
  if (call.end == Call::End::success) text += ", success";
  if (call.end == Call::End::failure) text += std::string(", ") + to_string(call.code) + (call.execution == Execution::maybe_executed ? " (maybe_executed): " : " (not_executed): ") + call.message;
  return text;
}

void Oracle::close(Call& call, Call::End end) {
  if (call.end != Call::End::pending) return violate("I1", describe(call) + ": ended once more");
  call.end = end;
  call.ended = world_.now();
  world_.note(call.name, call.id, static_cast<std::uint64_t>(end));
  if (call.ended > call.deadline + call.grace + tardiness) violate("I2", describe(call) + ": later than its deadline");
  if (call.cancelled && end != Call::End::dropped && call.ended > *call.cancelled + call.grace + tardiness) violate("I13", describe(call) + ": cancelled " + std::to_string((call.ended - *call.cancelled) / std::chrono::milliseconds(1)) + " ms before");
  judge_haste(call);
}

// Whatever befalls other nodes. Of several keys the slowest counts, and a scan, a message or who waits takes what it takes.
void Oracle::judge_haste(const Call& call) {
  static const std::set<std::string_view> quick{"GET", "SET", "RPUSH", "LRANGE", "LPOP", "HINCRBY"};
  if (!is_calm || call.end == Call::End::dropped || !quick.contains(call.name)) return;
  if (call.ended - call.begun <= haste || !is_calm(call.keys.front(), call.begun)) return;
  violate("I11", describe(call) + ": took long, though nothing has befallen its server");
}

void Oracle::succeed(Call& call) {
  close(call, Call::End::success);
  const bool sets = std::string_view(call.name) == "SET" || std::string_view(call.name) == "MSET";
  if (std::string_view(call.name) == "HINCRBY") for_good_.insert(call.keys.front());
  for (std::size_t part = 0; sets && part < call.keys.size(); ++part) note_told(call, call.keys[part], call.token(part).text());
}

void Oracle::fail_with(Call& call, const Error& error) {
  call.code = error.code;
  call.execution = error.execution;
  call.message = error.message;
  close(call, Call::End::failure);
  ++failed_;
  if (error.execution == Execution::maybe_executed) ++in_doubt_;
  if (call.is_last) violate("liveness", describe(call) + ": failed though nothing goes wrong any more");
  // At the deadline it is the last thing that went wrong, and says so.
  static const std::set<Errc> absorbed{Errc::moved, Errc::ask, Errc::try_again, Errc::no_script, Errc::too_many_redirects, Errc::cluster_down, Errc::loading, Errc::read_only, Errc::master_down, Errc::busy, Errc::unblocked};
  const bool says_loading = error.code == Errc::no_reachable_node && error.message.find("LOADING") != std::string::npos;
  const bool is_for_the_client = absorbed.contains(error.code) || says_loading;
  if (is_for_the_client && call.ended < call.deadline) violate("I6", describe(call) + ": the client could have dealt with that");
  const bool says_nonsense = error.code == Errc::response_error && error.message.find("no such key") == std::string::npos;  // which servers may have lost
  if (error.code == Errc::protocol_error || error.code == Errc::unexpected_reply || says_nonsense) violate("I12", describe(call));
}

void Oracle::drop(Call& call) { close(call, Call::End::dropped); }

// Who wrote it has this key among his own.
bool Oracle::is_of_key(const std::string& key, const std::string& text) const {
  const auto token = Token::of(text);
  if (!token || token->call == 0 || token->call > calls_.size()) return false;
  const Call& writer = calls_[token->call - 1];
  return token->part < writer.keys.size() && writer.keys[token->part] == key;
}

void Oracle::check_text(const Call& call, const std::string& key, const std::optional<std::string>& text) {
  if (text && !is_of_key(key, *text)) violate("I12", describe(call) + ": got '" + *text + "', which nobody has written to " + key);
}

void Oracle::check_list(const Call& call, const std::string& key, const std::vector<std::string>& list) {
  std::set<std::string> seen;
  for (const std::string& each : list) {
    if (!is_of_key(key, each)) violate("I12", describe(call) + ": got '" + each + "', which nobody has written to " + key);
    if (!seen.insert(each).second) violate("I3", describe(call) + ": " + each + " stands twice in " + key);
  }
}

void Oracle::took(const Call& call, const std::string& key, const std::string& text) {
  ++taken_;
  check_list(call, key, {text});
}

void Oracle::note_told(const Call& call, const std::string& key, const std::string& text) {
  const auto token = Token::of(text);
  const std::uint64_t number = token ? ledger_.first_number_of(*token) : 0;
  std::vector<Told>& told = told_[key];
  if (number > 0 && (told.empty() || told.back().number < number)) told.push_back({call.ended, number});
}

void Oracle::check_newest(const Call& call, const std::string& key, const std::string& text) {
  const auto token = Token::of(text);
  const std::uint64_t number = token ? ledger_.first_number_of(*token) : 0;
  if (ledger_.last_loss(key) == base::TimePoint::min()) {
    for (const Told& each : told_[key]) {
      if (each.when < call.begun && each.number > number) violate("I23", describe(call) + ": got '" + text + "', which is older than what was told before");
    }
  }
  note_told(call, key, text);
}

void Oracle::check_scan(const Call& call, const std::vector<std::string>& expected, const std::set<std::string>& found) {
  if (ledger_.last_stale_scan() >= call.begun) return;
  for (const std::string& key : expected) {
    if (!found.contains(key) && ledger_.last_loss(key) == base::TimePoint::min()) violate("I22", describe(call) + ": did not give " + key + ", which was there all the time");
  }
}

bool Oracle::may_have_lost(const std::vector<std::string>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return ledger_.last_loss(key) != base::TimePoint::min(); });
}

// The lease began behind the call's begin. A server that lost the key, or another that did not have it, has given it twice: not the client.
void Oracle::hold(const Call& call, base::Duration lease) {
  const std::string& name = call.keys.front();
  std::vector<Holding>& holdings = holdings_[name];
  std::erase_if(holdings, [&](const Holding& each) { return each.until <= world_.now(); });
  for (const Holding& each : holdings) {
    if (ledger_.last_loss(name) < each.begun) violate("I27", describe(call) + ": has the lock that c" + std::to_string(each.call) + " has");
  }
  holdings.push_back({call.id, call.begun, call.begun + lease});
}

void Oracle::let_go(const Call& call) {
  std::erase_if(holdings_[call.keys.front()], [&](const Holding& each) { return each.call == call.id; });
}

// What was taken from a list was given to somebody, or its call says that it may have been.
void Oracle::judge_pops() {
  std::uint64_t in_doubt = 0;
  for (const Call& call : calls_) {
    const bool pops = std::string_view(call.name) == "BLPOP" || std::string_view(call.name) == "LPOP";
    if (pops && (call.end == Call::End::dropped || call.execution == Execution::maybe_executed)) ++in_doubt;
  }
  if (taken_ > ledger_.pops() || ledger_.pops() - taken_ > in_doubt) {
    violate("I14", std::to_string(ledger_.pops()) + " elements were taken from lists, " + std::to_string(taken_) + " given to callers, and " + std::to_string(in_doubt) + " calls in doubt");
  }
}

void Oracle::judge_all() {
  for (const auto& [invariant, what] : ledger_.complaints()) violate(invariant, what);
  judge_pops();
  std::map<std::uint64_t, std::vector<const Call*>> pipelines;
  for (const Call& call : calls_) {
    judge(call);
    if (call.pipeline != 0) pipelines[call.pipeline].push_back(&call);
  }
  for (const auto& [number, calls] : pipelines) judge_order(calls);
}

void Oracle::judge(const Call& call) {
  if (call.end == Call::End::pending) return violate("I1", describe(call) + ": has no end");
  if (!call.writes) return;
  if (call.is_block) return judge_block(call);
  for (std::size_t part = 0; part < call.keys.size(); ++part) {
    const std::size_t times = ledger_.of(call.token(part)).size();
    const std::string ran = ": part " + std::to_string(part) + " was run " + std::to_string(times) + " times";
    if (call.end == Call::End::success && times != 1) violate("I3", describe(call) + ran);
    if (call.end == Call::End::failure && call.execution == Execution::not_executed && times != 0) violate("I4", describe(call) + ran);
    if (times > 1) violate("I5", describe(call) + ran);
  }
}

// Each part as often as the others, together.
void Oracle::judge_block(const Call& call) {
  const std::vector<Ran>& first = ledger_.of(call.token(0));
  for (std::size_t part = 1; part < call.keys.size(); ++part) {
    const std::vector<Ran>& each = ledger_.of(call.token(part));
    if (each.size() != first.size()) return violate("I15", describe(call) + ": its parts ran " + std::to_string(first.size()) + " and " + std::to_string(each.size()) + " times");
    for (std::size_t i = 0; i < each.size(); ++i) {
      if (each[i].block != first[i].block) return violate("I15", describe(call) + ": its parts did not run together");
    }
  }
  const bool must_be_none = call.end == Call::End::failure && call.execution == Execution::not_executed;
  if (call.end == Call::End::success && first.size() != 1) violate("I15", describe(call) + ": ran " + std::to_string(first.size()) + " times");
  if (must_be_none && !first.empty()) violate("I15", describe(call) + ": ran all the same");
  if (first.size() > 1) violate("I5", describe(call) + ": ran " + std::to_string(first.size()) + " times");
}

void Oracle::judge_order(const std::vector<const Call*>& pipeline) {
  for (std::size_t i = 0; i < pipeline.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (has_overtaken(*pipeline[i], *pipeline[j])) violate("I7", describe(*pipeline[i]) + ": ran before one that stands in front of it in its pipeline");
    }
  }
}

// Where a server refuses the first of two that were sent together, and a moment later runs the second, nobody could have held that back.
// Nor where one that hung for long runs what has ended in doubt, and the next went by another connection.
bool Oracle::has_overtaken(const Call& later, const Call& earlier) const {
  const auto is_ordered = [](const Call& call) { return call.writes && call.keys.size() == 1; };
  if (!is_ordered(later) || !is_ordered(earlier) || keyslot(later.keys.front()) != keyslot(earlier.keys.front())) return false;
  const base::TimePoint refused = ledger_.last_refusal_of(earlier.token(0));
  for (const Ran& second : ledger_.of(later.token(0))) {
    for (const Ran& first : ledger_.of(earlier.token(0))) {
      const bool was_given_up = earlier.end == Call::End::failure && earlier.execution == Execution::maybe_executed && first.connection != second.connection;
      if (second.number < first.number && second.sent > refused && !was_given_up) return true;
    }
  }
  return false;
}

}  // namespace rediscluster::simulation
