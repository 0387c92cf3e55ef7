#include "cluster/reporter.hpp"

#include "cluster/run/caller_limits.hpp"

#include <algorithm>

namespace rediscluster {
namespace {

constexpr std::array<const char*, 14> kind_names{"connected", "connect_failed", "lost",          "moved", "ask",            "bad_redirect",
                                                 "refreshed", "refresh_failed", "failover_seen", "retry", "command_failed", "gap",
                                                 "unused_password", "reactor_blocked"};
constexpr std::array<const char*, 5> level_names{"trace", "debug", "info", "warning", "error"};

}  // namespace

const char* to_string(Event::Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kind_names.size() ? kind_names[index] : "unknown";
}

const char* to_string(LogLevel level) {
  const auto index = static_cast<std::size_t>(level);
  return index < level_names.size() ? level_names[index] : "unknown";
}

std::string to_string(const Event& event) {
  std::string text = to_string(event.kind);
  if (event.node != NodeAddress{}) text += " " + to_string(event.node);
  if (event.other != NodeAddress{}) text += " -> " + to_string(event.other);
  if (event.slot >= 0) text += " slot " + std::to_string(event.slot);
  if (event.count != 0) text += " count " + std::to_string(event.count);
  if (event.attempts != 0) text += " attempt " + std::to_string(event.attempts);
  if (event.duration.count() != 0) text += " " + std::to_string(event.duration.count()) + " us";
  if (event.code) text += std::string(" ") + to_string(*event.code);
  if (!event.message.empty()) text += ": " + event.message;
  return text;
}

namespace cluster {
namespace {

// How many hooks the thread or fiber stands in. What happens inside one is not told: a hook that caused its own event would not end.
thread_local int hook_depth_of_thread = 0;

int& hook_depth() {
  base::Fiber* const fiber = base::Fiber::current();
  return fiber != nullptr ? fiber->hook_depth : hook_depth_of_thread;
}

class HookScope {
 public:
  HookScope() { ++hook_depth(); }
  ~HookScope() { --hook_depth(); }
  HookScope(const HookScope&) = delete;
  HookScope& operator=(const HookScope&) = delete;

 private:
  const CallerLimits::Hidden hidden_;
};

LogLevel level_of(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::ask:
    case Event::Kind::retry: return LogLevel::trace;
    case Event::Kind::connected:
    case Event::Kind::moved:
    case Event::Kind::refreshed:
    case Event::Kind::command_failed: return LogLevel::debug;
    case Event::Kind::failover_seen: return LogLevel::info;
    case Event::Kind::connect_failed:
    case Event::Kind::lost:
    case Event::Kind::gap:
    case Event::Kind::unused_password:
    case Event::Kind::reactor_blocked:
    case Event::Kind::refresh_failed: return LogLevel::warning;
    case Event::Kind::bad_redirect: return LogLevel::error;
  }
  return LogLevel::error;
}

// Whatever a hook throws is the user's, and must not take the client's work with it.
template <class Hook, class Value>
void call_guarded(const Hook& hook, const Value& value) {
  try {
    hook(value);
  } catch (...) {
  }
}

}  // namespace

bool Reporter::inside_hook() { return hook_depth() > 0; }

bool Reporter::wanted_by_a_hook(Event::Kind kind) const {
  return !inside_hook() && (on_event_ || (on_log_ && level_of(kind) >= least_));
}

void Reporter::count(Event::Kind kind, Errc cause) {
  auto& counters = kind == Event::Kind::retry ? retries_ : errors_;
  counters[std::min(static_cast<std::size_t>(cause), codes - 1)].fetch_add(1, std::memory_order_relaxed);
  count(kind);
}

void Reporter::tell(const Event& event) const {
  const HookScope scope;
  if (on_event_) call_guarded(on_event_, event);
  const LogLevel level = level_of(event.kind);
  if (on_log_ && level >= least_) call_guarded(on_log_, Log{level, to_string(event.kind), to_string(event), event.node});
}

void Reporter::warn(const char* what, const std::string& text, const NodeAddress& node) const {
  if (!on_log_ || LogLevel::warning < least_ || inside_hook()) return;
  try {
    const HookScope scope;
    call_guarded(on_log_, Log{LogLevel::warning, what, std::string(what) + " " + to_string(node) + ": " + text, node});
  } catch (const std::bad_alloc&) {  // as in try_to_tell()
  }
}

ClientStats Reporter::stats() const {
  ClientStats stats;
  stats.connections_made = total(Event::Kind::connected);
  stats.connections_failed = total(Event::Kind::connect_failed);
  stats.connections_lost = total(Event::Kind::lost);
  stats.moved = total(Event::Kind::moved);
  stats.asked = total(Event::Kind::ask);
  stats.bad_redirects = total(Event::Kind::bad_redirect);
  stats.refreshes = total(Event::Kind::refreshed);
  stats.refresh_failures = total(Event::Kind::refresh_failed);
  stats.failovers = total(Event::Kind::failover_seen);
  stats.gaps = total(Event::Kind::gap);
  stats.reactor_blocks = total(Event::Kind::reactor_blocked);
  for (std::size_t i = 0; i < codes; ++i) {
    if (const std::uint64_t count = retries_[i].load(std::memory_order_relaxed)) stats.retries[static_cast<Errc>(i)] = count;
    if (const std::uint64_t count = errors_[i].load(std::memory_order_relaxed)) stats.errors[static_cast<Errc>(i)] = count;
  }
  return stats;
}

void fill_from(const Error& error, Event& event) {
  event.code = error.code;
  event.message = error.message;
  if (error.node != NodeAddress{}) event.node = error.node;
  event.attempts = error.attempts;
}

}  // namespace cluster
}  // namespace rediscluster
