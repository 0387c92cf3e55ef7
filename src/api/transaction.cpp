// Bodies of transaction.hpp.
#include "api/transaction.hpp"

#include "base/fiber.hpp"
#include "cluster/run/caller_limits.hpp"

#include <rediscluster/commands/transactions.hpp>
#include <rediscluster/redis_cluster.hpp>

namespace rediscluster {
namespace detail {
namespace {

Result<void> check_queued(const Client& client, const EncodedCommand& command) {
  if (Result<void> allowed = client.rules().check_allowed(command); !allowed) return allowed;
  return routing::check_in_block(command);
}

// Every command of a block that did not run ends in why.
Error end_all(CommandQueue& queue, Error error) {
  std::vector<cluster::CommandEnd> ends(queue.size());
  end_in(ends, error);
  if (queue.size() > 0) queue.finish(std::move(ends));
  return error;
}

Result<cluster::BlockEnds> run_block(TransactionState& state, base::Deadline deadline) {
  cluster::WatchSession& session = state.session();
  state.queue.learn(deadline, check_queued);
  const auto commands = state.queue.commands();
  if (std::optional<Error> refused = state.queue.first_refusal("transaction")) return fail(std::move(*refused));
  if (state.lost) return fail(*state.lost);
  const Result<int> slot = routing::common_slot(commands, session.slot());
  if (!slot) return fail(slot.error());
  if (session.is_watching()) return session.execute(commands, deadline);
  return state.client().cluster().execute_block(commands, *slot, deadline);
}

Result<Replies> deliver_ends(CommandQueue& queue, cluster::BlockEnds ends, bool raise_on_error) {
  const auto failed = raise_on_error ? std::find_if(ends.begin(), ends.end(), [](const auto& end) { return end.error != nullptr; })
                                     : ends.end();
  if (failed == ends.end()) return Replies(queue.finish(std::move(ends)));
  const auto position = static_cast<std::size_t>(failed - ends.begin());
  Error error = caused_by(queue.commands()[position], position, "transaction", *failed->error);
  queue.finish(std::move(ends));
  return fail(std::move(error));
}

// With an execution the watch is over, whatever came of it.
struct WatchOver {
  TransactionState& state;
  ~WatchOver() {
    state.session().end();
    state.lost.reset();
  }
};

}  // namespace

base::Deadline TransactionState::deadline(std::optional<std::chrono::milliseconds> timeout) const {
  if (overall) return *overall;
  return cluster::CallerLimits::deadline(base::Clock::now(), timeout, base::bounded(client().rules().config().options.command_timeout));
}

cluster::WatchSession& TransactionState::session() {
  return session_.get([this](cluster::WatchSession& inherited) {
    if (inherited.is_watching()) lost = Error{Errc::watch_lost, "the parent process watches, and this is its child after fork(): nothing that is queued has run"};
    return cluster::WatchSession(client().cluster().surroundings());
  });
}

void DeleteTransaction::operator()(TransactionState* state) const { delete state; }

TransactionPointer make_transaction(Client& client) { return TransactionPointer(new TransactionState(client)); }

Queued enqueue(TransactionState& state, const EncodedCommand& command) {
  return enqueue_checked(state.queue, command, check_queued);
}

std::size_t queued_commands(const TransactionState& state) { return state.queue.size(); }

bool is_watching(TransactionState& state) { return state.session().is_watching(); }

Result<void> watch(TransactionState& state, const EncodedCommand& command) {
  if (command.slot() == EncodedCommand::no_slot) return {};
  cluster::WatchSession& session = state.session();
  if (state.lost) return fail(*state.lost);
  const base::Deadline deadline = state.deadline();
  if (Result<void> ready = state.client().cluster().check_ready(deadline); !ready) return ready;
  Result<void> watched = session.watch(command, deadline);
  if (!watched && watched.error().code == Errc::watch_lost) state.lost = watched.error();
  return watched;
}

namespace {

Result<void> run_checked(TransactionState& state, const EncodedCommand& command, cluster::Call& call) {
  cluster::WatchSession& session = state.session();
  if (state.lost) return fail(*state.lost);
  if (!command.is_resolved()) {
    Result<EncodedCommand> known = state.client().resolve(command);
    return known ? run_checked(state, *known, call) : fail(std::move(known.error()));
  }
  if (!session.is_watching()) {
    return fail(Errc::not_allowed, std::string(command.facts().name) + ": now() is for commands between watch() and execute(); call watch() first, or the client");
  }
  if (Result<void> allowed = check_queued(state.client(), command); !allowed) return allowed;
  if (command.block_for()) {
    return fail(Errc::not_allowed, std::string(command.facts().name) + " would wait on the server while keys are watched: call it on the client");
  }
  Result<void> done = session.run(command, call, state.deadline());
  if (!done && !session.is_watching()) state.lost = done.error();
  return done;
}

}  // namespace

Result<void> run_on_watching(TransactionState& state, const EncodedCommand& command, cluster::Call& call) {
  Result<void> done = run_checked(state, command, call);
  if (!done && !state.failed_read) state.failed_read = done.error();
  return done;
}

std::optional<Error> failed_read(const TransactionState& state) { return state.failed_read; }

void reset(TransactionState& state) {
  state.queue.clear();
  state.session().end();
  state.lost.reset();
  state.failed_read.reset();
}

Result<Replies> execute(TransactionState& state, const ExecuteOptions& options) {
  cluster::WatchSession& session = state.session();  // first: in a child after fork() it tells that the watch is lost
  if (state.queue.size() == 0 && !state.lost) {
    session.end();
    return Replies();
  }
  const CommandQueue::Executing executing(state.queue);
  const WatchOver watch_over{state};
  Result<cluster::BlockEnds> ends = run_block(state, state.deadline(options.timeout));
  if (!ends) return fail(end_all(state.queue, std::move(ends.error())));
  return deliver_ends(state.queue, std::move(*ends), options.raise_on_error);
}

void start_clock(TransactionState& state, std::optional<std::chrono::milliseconds> timeout) {
  state.overall = state.deadline(timeout);
}

namespace {

// All is forgotten; when it may begin again.
base::TimePoint forget_and_plan(TransactionState& state) {
  reset(state);
  return base::Clock::now() + cluster::pause_before_rerun(++state.reruns, state.random);
}

}  // namespace

Result<void> begin_anew(TransactionState& state) {
  base::rest_until(forget_and_plan(state));
  return {};
}

Result<void> prepare_rerun(TransactionState& state, Error lost) {
  const base::TimePoint wake = forget_and_plan(state);
  if (state.overall->passed(wake)) {
    lost.message += ". Gave up at the deadline, after " + std::to_string(state.reruns) + " runs of the function";
    return fail(std::move(lost));
  }
  base::rest_until(wake);
  return {};
}

}  // namespace detail

Transaction RedisCluster::transaction() const& { return Transaction(detail::make_transaction(*client_)); }

NothrowTransaction NothrowRedisCluster::transaction() const { return NothrowTransaction(detail::make_transaction(*client_)); }

}  // namespace rediscluster
