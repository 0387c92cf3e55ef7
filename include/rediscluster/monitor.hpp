/// MONITOR as a range: every command that one server, or all of them, run from now on.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/types/monitor.hpp>
#include <rediscluster/scan.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace rediscluster {

namespace detail {

struct MonitorState;  // src/api/monitor.cpp
struct DeleteMonitor {
  void operator()(MonitorState* state) const;
};
using MonitorPointer = std::unique_ptr<MonitorState, DeleteMonitor>;

struct OneTarget;

/// @param target  null: every node there is now.
/// Errors: Errc::unknown_node, slot_not_covered; those of connecting; what the server refuses MONITOR with.
Result<MonitorPointer> start_monitor(Client& client, const OneTarget* target);
Result<std::optional<MonitorLine>> next_line(MonitorState& monitor, std::optional<std::chrono::milliseconds> timeout);
void close_monitor(MonitorState& monitor);

}  // namespace detail

/// The commands that servers run: `for (const MonitorLine& line : cluster.on(node).monitor()) ...`.
/// Has connections of its own, one per node. Lines are read when they are asked for: what is not read grows in the server's memory,
/// until its client-output-buffer-limit for normal clients (none by default) ends the connection, which is an error here. Costs the server much.
/// One thread iterates; any may call close().
/// Errors: Errc::connection_lost naming the node: the other nodes go on, if next() is called again. ++ and begin() throw it,
///         next() returns it.
/// @tparam Outcome  Result; Operation: without begin(), one next() at a time.
template <template <class> class Outcome>
class BasicMonitor {
 public:
  using value_type = MonitorLine;
  using Iterator = detail::ScanIterator<BasicMonitor>;
  using State = detail::Asked<Outcome, detail::MonitorState, detail::DeleteMonitor>;

  explicit BasicMonitor(State state) : state_(std::move(state)) {}

  /// Waits for the next line; empty at the end: after close(), of this or of the client, or when no node is left.
  Outcome<std::optional<MonitorLine>> next() { return next_within(std::nullopt); }
  /// The same, and empty when none came in time.
  Outcome<std::optional<MonitorLine>> next(std::chrono::milliseconds timeout) { return next_within(timeout); }
  Iterator begin()
    requires(State::is_immediate)
  {
    return Iterator(*this);
  }
  std::default_sentinel_t end() const { return {}; }

  /// Ends the range, also while another thread waits in it. Any thread.
  void close() { detail::close_monitor(*state_); }

 private:
  Outcome<std::optional<MonitorLine>> next_within(std::optional<std::chrono::milliseconds> timeout) {
    return state_.template ask<std::optional<MonitorLine>>([timeout](auto& monitor, const RunOptions&) { return detail::next_line(monitor, timeout); });
  }
  State state_;
};
using Monitor = BasicMonitor<Result>;

}  // namespace rediscluster
