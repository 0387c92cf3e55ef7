/// Commands that run together or not at all: MULTI ... EXEC on the node of one slot, with WATCH where it must not run when
/// others have changed something meanwhile. What it promises and what Redis does not: docs/guide/transactions.md.
#pragma once

#include <rediscluster/asked.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/pending.hpp>
#include <rediscluster/word_commands.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace rediscluster {

namespace detail {

class TransactionState;  // src/api/transaction.cpp
struct DeleteTransaction {
  void operator()(TransactionState* state) const;
};
using TransactionPointer = std::unique_ptr<TransactionState, DeleteTransaction>;
template <template <class> class Outcome>
using AskedTransaction = Asked<Outcome, TransactionState, DeleteTransaction>;

TransactionPointer make_transaction(Client& client);
Queued enqueue(TransactionState& state, const EncodedCommand& command);
std::size_t queued_commands(const TransactionState& state);
Result<void> watch(TransactionState& state, const EncodedCommand& command);
bool is_watching(TransactionState& state);
void reset(TransactionState& state);
Result<Replies> execute(TransactionState& state, const ExecuteOptions& options);
/// From now on everything has this one deadline. Empty: options.command_timeout.
void start_clock(TransactionState& state, std::optional<std::chrono::milliseconds> timeout);
/// After a lost watch: forgets everything and waits a moment. Errors: `lost`, when the deadline has come.
Result<void> prepare_rerun(TransactionState& state, Error lost);

/// The same by hand: without a deadline.
Result<void> begin_anew(TransactionState& state);

/// Defined for the reply types of the generated commands.
template <class T>
Result<T> run_watched(TransactionState& state, const EncodedCommand& command);
/// In what the first of the commands that ran at once ended that failed; nothing when all succeeded.
std::optional<Error> failed_read(const TransactionState& state);

}  // namespace detail

/// The commands of a transaction that run at once, on the connection that watches: reads that decide what to queue.
/// A view: valid as long as its transaction.
template <template <class> class Outcome>
class BasicWatchedCommands : public AllCommands<BasicWatchedCommands<Outcome>, Outcome>,
                             public WordCommands<BasicWatchedCommands<Outcome>, Outcome> {
 public:
  explicit BasicWatchedCommands(const detail::AskedTransaction<Outcome>& state) : state_(&state) {}
  /// Errors: Errc::cross_slot for keys of another slot than the watched ones; watch_lost; the command's own.
  template <class T>
  Outcome<T> run(const Command<T>& command) const {
    return state_->template ask<T>([kept = state_->template keep<EncodedCommand>(command)](auto& transaction, const RunOptions&) {
      return detail::run_watched<detail::Raw<T>>(transaction, kept.get());
    });
  }

 private:
  const detail::AskedTransaction<Outcome>* state_;
};

/// Made by transaction(). Every command of the client is a member here, too; it is queued and gives a `Pending`.
///     auto tx = cluster.transaction();
///     tx.decrby("{acc}:a", 5);
///     auto there = tx.incrby("{acc}:b", 5);
///     tx.execute();
/// All keys must be in one slot; this is checked before anything is sent. Without watch() the block goes to the node in one
/// write on a shared connection; with it the transaction has a connection of its own until it ends.
/// Redirects and refusals that prove that nothing has run are absorbed, always by the whole block; with watch() they end in
/// Errc::watch_lost, because what was read before may be wrong by then. Use transaction(keys, function) to run again by itself.
/// One thread at a time. A client that is gone is a closed one for it.
template <template <class> class Outcome>
class BasicTransaction : public AllCommands<BasicTransaction<Outcome>, Pending>,
                         public WordCommands<BasicTransaction<Outcome>, Pending> {
 public:
  using State = detail::AskedTransaction<Outcome>;
  explicit BasicTransaction(State state) : state_(std::move(state)) {}

  /// Nothing will run if one of the keys changes from now on until execute(). Sends a WATCH at once.
  /// Errors: Errc::cross_slot; those of any command.
  Outcome<void> watch(const Keys& keys) {
    return state_.template ask<void>([command = cmd::watch(keys)](auto& transaction, const RunOptions&) { return detail::watch(transaction, command); });
  }
  bool is_watching() const { return detail::is_watching(*state_); }
  /// Commands that run at once instead of being queued: `tx.now().get("k")`, after watch().
  BasicWatchedCommands<Outcome> now() { return BasicWatchedCommands<Outcome>(state_); }

  /// Queues a command value. Sends nothing.
  template <class T>
  Pending<T> run(const Command<T>& command) {
    return Pending<T>(detail::enqueue(*state_, command));
  }

  /// Commands queued.
  std::size_t size() const { return detail::queued_commands(*state_); }
  bool empty() const { return size() == 0; }
  /// Forgets what is queued and watched. Of an asynchronous client an operation, as the server is told.
  auto reset() {
    if constexpr (detail::AskedTransaction<Outcome>::is_immediate) {
      detail::reset(*state_);
    } else {
      return state_.template ask<void>([](auto& transaction, const RunOptions&) {
        detail::reset(transaction);
        return Result<void>();
      });
    }
  }

  /// Runs what is queued, all of it or nothing, and is empty afterwards. Nothing queued: nothing runs.
  /// Errors, whatever raise_on_error says: Errc::watch_lost (WatchError), exec_abort naming the refused command, cross_slot
  /// listing all keys, not_allowed: nothing has run. maybe_executed when the connection was lost after EXEC was written.
  /// With raise_on_error: the first error of a command. The others have run: Redis does not roll back.
  Outcome<Replies> execute(const ExecuteOptions& options = {}) {
    return state_.template ask<Replies>([options](auto& transaction, const RunOptions&) { return detail::execute(transaction, options); });
  }
  /// After Errc::watch_lost, for a loop around all of it: forgets everything, and waits a moment, longer each time.
  /// transaction(keys, function) does that by itself. Errors: none.
  Outcome<void> begin_anew() {
    return state_.template ask<void>([](auto& transaction, const RunOptions&) { return detail::begin_anew(transaction); });
  }

 private:
  template <template <class> class Any, class Function>
  friend Result<Replies> run_transaction(detail::TransactionPointer state, const Keys& keys, Function& function, const ExecuteOptions& options);
  detail::AskedTransaction<Outcome> state_;
};

using Transaction = BasicTransaction<detail::Plain>;
using NothrowTransaction = BasicTransaction<Result>;

namespace detail {

template <class R>
concept SomeResult = requires(R& result) {
  { result.error() } -> std::convertible_to<Error>;
};

/// One run of the function of transaction(keys, function). Errors: why what it queued must not be executed. A function that returns a
/// Result says so itself; of one that returns nothing, and met no exception, a read that failed does.
template <template <class> class Outcome, class Function>
Result<void> call_once(TransactionState& state, BasicTransaction<Outcome>& transaction, Function& function) {
  if constexpr (SomeResult<std::invoke_result_t<Function&, BasicTransaction<Outcome>&>>) {
    auto result = function(transaction);
    if (!result.has_value()) return fail(std::move(result.error()));
  } else {
    function(transaction);
    if constexpr (std::is_same_v<Outcome<void>, Result<void>>) {
      if (std::optional<Error> failed = failed_read(state)) return fail(std::move(*failed));
    }
  }
  return {};
}

}  // namespace detail

/// What stands behind transaction(keys, function): use that.
template <template <class> class Outcome, class Function>
Result<Replies> run_transaction(detail::TransactionPointer state, const Keys& keys, Function& function, const ExecuteOptions& options) {
  BasicTransaction<Outcome> transaction(std::move(state));
  detail::start_clock(*transaction.state_, options.timeout);
  for (;;) {
    Result<Replies> replies = [&]() -> Result<Replies> {
      if (Result<void> watched = detail::watch(*transaction.state_, cmd::watch(keys)); !watched) return fail(std::move(watched.error()));
      try {
        if (Result<void> called = detail::call_once(*transaction.state_, transaction, function); !called) return fail(std::move(called.error()));
      } catch (const WatchError& lost) {  // of a read within the function
        return fail(lost.error());
      }
      return detail::execute(*transaction.state_, options);
    }();
    if (replies || replies.error().code != Errc::watch_lost) return replies;
    Result<void> again = detail::prepare_rerun(*transaction.state_, std::move(replies.error()));
    if (!again) return fail(std::move(again.error()));
  }
}

}  // namespace rediscluster
