/// Where the client's parts tell what happens: counts it, and calls the user's hooks if there are any.
/// Thread-safe. Call report() without a lock that close() or stats() needs: a hook may call these. Nothing is formatted when nobody listens.
#pragma once

#include <rediscluster/events.hpp>

#include <array>
#include <atomic>
#include <new>

namespace rediscluster::cluster {

class Reporter {
 public:
  Reporter() = default;
  /// @param least  log lines below it are not made.
  Reporter(EventHook on_event, LogHook on_log, LogLevel least)
      : on_event_(std::move(on_event)), on_log_(std::move(on_log)), least_(least), has_hooks_(on_event_ || on_log_) {}
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  /// Counts the event, and when somebody listens, makes it and tells it.
  /// @param fill  fills in what the kind has: fill(Event&).
  template <class Fill>
  void report(Event::Kind kind, Fill&& fill) {
    count(kind);
    if (!listens_to(kind)) return;
    try_to_tell([&](Event& event) {
      event.kind = kind;
      fill(event);
    });
  }
  /// The same for a retry and for the error of a command, which are counted by cause.
  template <class Fill>
  void report(Event::Kind kind, Errc cause, Fill&& fill) {
    count(kind, cause);
    if (!listens_to(kind)) return;
    try_to_tell([&](Event& event) {
      event.kind = kind;
      event.code = cause;
      fill(event);
    });
  }

  /// A warning for the log that is no event: nothing is counted.
  /// @param what  of the line; a literal.
  void warn(const char* what, const std::string& text, const NodeAddress& node) const;

  bool has_hooks() const { return has_hooks_; }
  /// Whether the calling thread is inside a hook (of any client): it must not wait for us.
  static bool inside_hook();

  /// The counters; what the connections know themselves is left at zero.
  ClientStats stats() const;

 private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(Event::Kind::reactor_blocked) + 1;
  static constexpr std::size_t codes = 64;  // more than Errc has values
  using Counter = std::atomic<std::uint64_t>;

  bool listens_to(Event::Kind kind) const { return has_hooks_ && wanted_by_a_hook(kind); }
  bool wanted_by_a_hook(Event::Kind kind) const;
  void count(Event::Kind kind) { counts_[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed); }
  void count(Event::Kind kind, Errc cause);
  // For which there is no memory is not told: it must not take the client's work with it.
  template <class Make>
  void try_to_tell(Make&& make) const {
    try {
      Event event;
      make(event);
      tell(event);
    } catch (const std::bad_alloc&) {
    }
  }
  void tell(const Event& event) const;
  std::uint64_t total(Event::Kind kind) const { return counts_[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed); }

  const EventHook on_event_{};
  const LogHook on_log_{};
  const LogLevel least_ = LogLevel::info;
  const bool has_hooks_ = false;
  std::array<Counter, kinds> counts_{};
  std::array<Counter, codes> retries_{};
  std::array<Counter, codes> errors_{};
};

/// What an error of a connection or a command leaves in an event.
void fill_from(const Error& error, Event& event);

}  // namespace rediscluster::cluster
