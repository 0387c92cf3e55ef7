/// What stands behind a transaction: its queue, and the connection that watches. One thread at a time.
#pragma once

#include "api/command_queue.hpp"
#include "base/random.hpp"
#include "cluster/run/watch_session.hpp"

#include <rediscluster/transaction.hpp>

namespace rediscluster::detail {

class TransactionState {
 public:
  explicit TransactionState(Client& client)
      : queue(client), random(client.rules().config().randomness->next()), session_([&] { return cluster::WatchSession(client.cluster().surroundings()); }) {}

  Client& client() const { return queue.client(); }
  /// In a child after fork() another one, that does not watch: then the watch is lost.
  cluster::WatchSession& session();
  /// Of the next step.
  base::Deadline deadline(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const;

  CommandQueue queue;
  std::optional<Error> lost{};  ///< The watch was lost by a read: what is queued after it must not run.
  std::optional<Error> failed_read{};  ///< The first since the last reset.
  std::optional<base::Deadline> overall{};
  base::Random random;
  int reruns = 0;

 private:
  base::PerProcess<cluster::WatchSession> session_;
};

/// A command at once, on the connection that watches. On success call.reply() is no error.
Result<void> run_on_watching(TransactionState& state, const EncodedCommand& command, cluster::Call& call);

}  // namespace rediscluster::detail
