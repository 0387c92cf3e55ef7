#include "cluster/cluster.hpp"

#include "cluster/nodes/authentication.hpp"
#include "cluster/run/channel_way.hpp"
#include "cluster/run/fan_out.hpp"
#include "cluster/run/waiting_run.hpp"
#include "commands/block_timeout.hpp"

#include <rediscluster/commands/facts.hpp>

namespace rediscluster::cluster {
namespace {

Failure closed_error() { return fail(Errc::client_closed, "the client was closed"); }

}  // namespace

Cluster::Cluster(Config config)
    : config_(std::move(config)),
      nodes_(config_, config_.randomness->next()),
      topology_(nodes_, config_.address_map),
      refresher_(config_, nodes_, topology_, config_.randomness->next()),
      surroundings_{config_, topology_, refresher_, closed_, config_.read_from, helpers_},
      usual_timeout_(base::bounded(config_.options.command_timeout)),
      flags_to_look_at_(flag_session | (config_.options.readonly_mode ? flag_write : 0u)) {}

Cluster::~Cluster() { close(); }

void Cluster::close() {
  if (closed_.exchange(true)) return;
  nodes_.close();
  topology_.wake_waiters();
  {
    std::lock_guard lock{connect_mutex_};  // who waits has seen closed_, or will be woken
  }
  connecting_changed_.notify_all();
  refresher_.stop();
}

Result<void> Cluster::connect() {
  const std::stop_token* const stop = CallerLimits::stop();
  return ensure_connected(CallerLimits::deadline(base::Clock::now(), std::nullopt, config_.options.command_timeout),
                          stop != nullptr ? *stop : std::stop_token());
}

// Whatever is thrown meanwhile, somebody else may try. Begun with the mutex held, and ended without.
class Cluster::ConnectingTurn {
 public:
  explicit ConnectingTurn(Cluster& cluster) : cluster_(cluster) { cluster_.is_connecting_ = true; }
  ~ConnectingTurn() {
    {
      std::lock_guard lock{cluster_.connect_mutex_};
      cluster_.is_connecting_ = false;
    }
    cluster_.connecting_changed_.notify_all();
  }
  ConnectingTurn(const ConnectingTurn&) = delete;
  ConnectingTurn& operator=(const ConnectingTurn&) = delete;

 private:
  Cluster& cluster_;
};

Error Cluster::still_connecting(std::string_view who) {
  std::string text = std::string(who) + " was still connecting to the cluster for the first time";
  if (const std::string trouble = refresher_.last_trouble(); !trouble.empty()) text += "; the last try failed: " + trouble;
  return {Errc::timed_out, std::move(text), {}, 0, Execution::not_executed};
}

// One thread connects, the others wait for it as long as they may.
Result<void> Cluster::ensure_connected(base::Deadline deadline, const std::stop_token& stop) {
  if (connected_.load(std::memory_order_acquire)) return {};
  if (Reporter::inside_hook()) return fail(Errc::not_allowed, "a hook would connect for the first time, perhaps while that is under way");
  const std::stop_callback on_stop(stop, [this] {
    { std::lock_guard lock{connect_mutex_}; }  // who waits has seen it, or will be woken
    connecting_changed_.notify_all();
  });
  std::unique_lock lock{connect_mutex_};
  if (Result<void> awaited = await_connecting(lock, deadline, stop); !awaited) return awaited;
  if (connected_.load(std::memory_order_relaxed)) return {};
  const ConnectingTurn turn(*this);
  lock.unlock();
  Result<void> outcome = refresher_.initialise(deadline, stop);
  if (outcome) outcome = refresher_.start();
  const bool is_closed = closed_.load(std::memory_order_acquire);
  // Who has no time left, or no wish, fails alone: the next of those who wait tries.
  const bool is_for_all = !outcome && !stop.stop_requested() && !deadline.passed(base::Clock::now());
  if (!outcome && is_closed) outcome = closed_error();
  if (!outcome && !is_closed && stop.stop_requested()) outcome = fail(Cancellation::error());
  Error failure = is_for_all ? outcome.error() : Error{};
  lock.lock();  // nothing may be thrown until it is unlocked again, as the turn ends first
  if (outcome) connected_.store(true, std::memory_order_release);
  if (is_for_all) {
    ++failed_attempts_;
    last_failure_ = std::move(failure);
  }
  lock.unlock();
  return outcome;
}

// Until nobody connects. Errors: that of who did; what ends the waiting.
Result<void> Cluster::await_connecting(std::unique_lock<std::mutex>& lock, base::Deadline deadline, const std::stop_token& stop) {
  const std::uint64_t failures = failed_attempts_;
  const auto is_over = [&] {
    return !is_connecting_ || failed_attempts_ != failures || closed_.load(std::memory_order_acquire) || stop.stop_requested();
  };
  const bool is_in_time = connecting_changed_.wait_until(lock, deadline, is_over);
  if (connected_.load(std::memory_order_relaxed)) return {};
  if (closed_.load(std::memory_order_acquire)) return closed_error();
  if (stop.stop_requested()) return fail(Cancellation::error());
  if (failed_attempts_ != failures) return fail(last_failure_);
  if (!is_in_time) return fail(still_connecting("another call"));
  return {};
}

Result<void> Cluster::refresh_credentials() {
  if (is_closed()) return closed_error();
  return reauthenticate(config_, nodes_, login_listeners_,
                        CallerLimits::deadline(base::Clock::now(), std::nullopt, config_.options.command_timeout));
}

Result<void> Cluster::check_allowed(const EncodedCommand& command) const {
  if (config_.options.readonly_mode && command.facts().has(flag_write)) {
    return fail(Errc::not_allowed, std::string(command.facts().name) + " writes, and this client has readonly_mode set");
  }
  return check_well_formed(command, config_.options.max_argument_bytes);
}

base::Deadline Cluster::special_deadline(const EncodedCommand& command, const CallOptions& options, base::TimePoint now) const {
  base::Duration timeout = beside_wait(options);
  // A blocking command may rightly take its server timeout on top; zero blocks for ever.
  if (const auto block = command.block_for()) {
    timeout = blocks_for_ever(command) ? base::Duration::max() : timeout + *block;
  }
  return CallerLimits::deadline(now, options.timeout, timeout);
}

base::Duration Cluster::beside_wait(const CallOptions& options) const {
  return base::bounded(options.timeout ? *options.timeout : options.beside_wait.value_or(config_.options.command_timeout));
}

// What every command needs before it is sent anywhere.
Result<void> Cluster::admit(const EncodedCommand& command, base::Deadline deadline, const std::stop_token* stop) {
  if (Result<void> ready = check_ready(deadline, stop); !ready) return ready;
  return check_allowed(command);
}

Result<void> Cluster::check_ready(base::Deadline deadline, const std::stop_token* stop) {
  return is_ready_.load(std::memory_order_acquire) ? Result<void>{} : prepare(deadline, stop);
}

// A hook runs in the middle of our work: what it waited for might be itself.
Result<void> Cluster::prepare(base::Deadline deadline, const std::stop_token* stop) {
  if (Reporter::inside_hook()) {
    return fail(Errc::not_allowed, "a command was run inside on_event or on_log: hand the work over to another thread");
  }
  if (Result<void> found = ensure_connected(deadline, stop != nullptr ? *stop : std::stop_token()); !found) return found;
  if (!config_.reporter->has_hooks()) is_ready_.store(true, std::memory_order_release);
  return {};
}

ClientStats Cluster::stats() {
  ClientStats stats = config_.reporter->stats();
  nodes_.for_each([&](Node& node) {
    const drive::CallerLane::Counts counts = node.counts();
    stats.replies_discarded += counts.replies_discarded;
    stats.pushes_dropped += counts.pushes_dropped;
    stats.in_flight += counts.in_flight;
  });
  return stats;
}

Result<void> Cluster::execute(const EncodedCommand& command, Call& call, const CallOptions& options) {
  const base::TimePoint now = base::Clock::now();
  const bool says_nothing =
      options.node == nullptr && !options.slot && options.stop == nullptr && !options.timeout && base::Fiber::current() == nullptr;
  if (says_nothing && is_plain(command) && is_ready_.load(std::memory_order_acquire)) [[likely]]
    return SingleRun(surroundings_, command, command.slot(), nullptr, base::Deadline::after(now, usual_timeout_)).run(call, now);
  const base::Deadline deadline = deadline_for(command, options, now);
  // Connecting is no part of what a command waits on its server.
  if (Result<void> admitted = admit(command, earlier(deadline, base::Deadline::after(now, beside_wait(options))), options.stop); !admitted) return admitted;
  if (options.stop != nullptr && options.stop->stop_requested()) return fail(Cancellation::error());
  if (std::optional<Error> over = CallerLimits::why_over()) return fail(std::move(*over));
  const bool is_left_to_us = options.node == nullptr && !options.slot;
  if (is_left_to_us && command.slot() < 0) return execute_planned(command, call, deadline, options);
  if (Result<void> shareable = routing::check_shareable(command.facts()); !shareable) return shareable;
  if (is_left_to_us) return run_single(command, call, command.slot(), deadline, options);
  if (options.node != nullptr) return run_single(command, call, Course::any_slot, deadline, options);
  // To look at a command takes a copy of its long arguments: only where there is something to find.
  const bool is_its_own = *options.slot >= 0 && *options.slot == command.slot();
  if (Result<void> fits = is_its_own ? Result<void>{} : routing::check_slot(command, *options.slot); !fits) return fits;
  return run_single(command, call, *options.slot, deadline, options);
}

Result<void> Cluster::run_single(const EncodedCommand& command, Call& call, int slot, base::Deadline deadline, const CallOptions& options) {
  const std::stop_token* const stop = options.stop != nullptr ? options.stop : CallerLimits::stop();
  if (!command.block_for()) {
    Courier* const courier = options.node == nullptr ? CallerLimits::courier() : nullptr;
    if (courier != nullptr) return courier->carry(command, slot, deadline, {stop, options.stops_before_sent}, call);
    return SingleRun(surroundings_, command, slot, options.node, deadline, stop).run(call, base::Clock::now());
  }
  const WaitingRun::Limits limits{deadline, beside_wait(options), options.timeout.has_value() || CallerLimits::has_deadline()};
  return WaitingRun(surroundings_, command, slot, options.node, limits, stop).run(call);
}

// For commands without one slot of their own.
Result<void> Cluster::execute_planned(const EncodedCommand& command, Call& call, base::Deadline deadline, const CallOptions& options) {
  const Result<routing::Plan> plan = routing::plan(command, config_.options.cross_slot);
  if (!plan) return fail(plan.error());
  switch (plan->kind) {
    case routing::Plan::Kind::slot: return run_single(command, call, plan->slot, deadline, options);
    case routing::Plan::Kind::any_node:
      if (&command.facts() == &facts::randomkey) return FanOut(surroundings_, command, deadline).run_on_any_until_found(call);
      return run_single(command, call, Course::any_slot, deadline, options);
    case routing::Plan::Kind::channel: return publish(command, call, plan->slot, deadline, options);
    case routing::Plan::Kind::split: return FanOut(surroundings_, command, deadline).run_split(call);
    case routing::Plan::Kind::all_shards: return FanOut(surroundings_, command, deadline).run_on_shards(call);
    case routing::Plan::Kind::all_nodes: return FanOut(surroundings_, command, deadline).run_on_nodes(call);
  }
  return {};
}

Cluster::AsyncWay Cluster::async_way_of(const EncodedCommand& command) const {
  using Way = AsyncWay::Kind;
  if (is_plain(command)) return {Way::one_place, command.slot(), {}};
  if (command.block_for() || !check_allowed(command)) return {};
  const Result<routing::Plan> plan = routing::plan(command, config_.options.cross_slot);
  if (!plan) return {};
  switch (plan->kind) {
    case routing::Plan::Kind::slot: return {Way::one_place, plan->slot, {}};
    case routing::Plan::Kind::any_node: return {&command.facts() == &facts::randomkey ? Way::thread : Way::one_place, Course::any_slot, {}};
    case routing::Plan::Kind::channel: return {.kind = Way::one_place, .channel = plan->slot};
    case routing::Plan::Kind::split:
    case routing::Plan::Kind::all_shards:
    case routing::Plan::Kind::all_nodes: return {&command.facts() == &facts::keys ? Way::thread : Way::parts, Course::any_slot, plan->kind};
  }
  return {};
}

// When its usual node fails any other is as good.
Result<void> Cluster::publish(const EncodedCommand& command, Call& call, int slot, base::Deadline deadline, const CallOptions& options) {
  SingleRun run(surroundings_, command, Course::any_slot, nullptr, deadline, options.stop);
  run.begin_at(node_for_channel(topology_, slot));
  return run.run(call, base::Clock::now());
}

void Cluster::execute_pipeline(std::span<const CommandView> commands, std::span<CommandEnd> ends, base::BlockKeeper& keeper,
                               const BatchOptions& options) {
  if (commands.empty()) return;
  const base::Deadline deadline =
      CallerLimits::deadline(base::Clock::now(), options.timeout, usual_timeout_);
  if (Result<void> ready = check_ready(deadline); !ready) {
    for (CommandEnd& end : ends) {
      if (!end.error) end.error = std::make_unique<Error>(ready.error());
    }
    return;
  }
  Surroundings surroundings = surroundings_;
  surroundings.read_from = options.read_from.value_or(surroundings.read_from);
  PipelineRun(surroundings, deadline).run(commands, ends, keeper);
}

Result<BlockEnds> Cluster::execute_block(std::span<const CommandView> commands, int slot, base::Deadline deadline) {
  if (Result<void> ready = check_ready(deadline); !ready) return fail(std::move(ready.error()));
  return BlockRun(surroundings_, commands, slot, deadline).run();
}

Result<std::vector<Errand>> Cluster::execute_on_each(const EncodedCommand& command, NodeGroup group) {
  if (Result<void> everywhere = routing::check_everywhere(command); !everywhere) return fail(std::move(everywhere.error()));
  const base::Deadline deadline = deadline_for(command, {});
  if (Result<void> admitted = admit(command, deadline); !admitted) return fail(std::move(admitted.error()));
  FanOut fan_out(surroundings_, command, deadline);
  std::vector<Errand> errands;
  switch (group) {
    case NodeGroup::primaries: errands = fan_out.ask_shards(); break;
    case NodeGroup::replicas: errands = fan_out.ask(topology_.replicas()); break;
    case NodeGroup::all: errands = fan_out.ask(topology_.all_nodes()); break;
  }
  if (errands.empty()) return fail(Errc::no_reachable_node, std::string(command.facts().name) + ": the cluster has no such node now");
  return errands;
}

}  // namespace rediscluster::cluster
