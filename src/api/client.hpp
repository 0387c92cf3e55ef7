/// What stands behind every public surface: the living cluster and what was learnt of commands the table does not know.
/// Shared by what was made by it. Thread-safe.
#pragma once

#include "base/per_process.hpp"
#include "cluster/cluster.hpp"
#include "cluster/command_catalog.hpp"
#include "emulation/emulation.hpp"

#include <rediscluster/client.hpp>

namespace rediscluster::detail {

class Client : public std::enable_shared_from_this<Client> {
 public:
  explicit Client(cluster::Config config) : life_([&] { return Life(std::move(config)); }) {}

  /// The living cluster: that of this process. A child after fork() connects anew, with its first call.
  cluster::Cluster& cluster() { return life().cluster; }
  const cluster::Cluster& cluster() const { return life().cluster; }
  cluster::CommandCatalog& catalog() { return life().catalog; }
  /// For what never changes, the same in a child: options, and what they allow. Costs nothing.
  const cluster::Cluster& rules() const { return life_.as_it_is().cluster; }

  /// For the owner: keeps it alive until let_go().
  void hold(std::shared_ptr<Client> self) { self_ = std::move(self); }
  void let_go() { const std::shared_ptr<Client> self = std::move(self_); }
  /// Whether the cluster is the parent's still, which a child must not touch.
  bool is_inherited() const { return life_.is_inherited(); }

  /// Its keys lie in several slots, and it is one of those that are run step by step then.
  static bool runs_in_steps(const EncodedCommand& command) {
    return command.slot() == EncodedCommand::several_slots && emulation::can_run(command);
  }
  /// Runs a command as Cluster::execute() does, or step by step where no single node could.
  Result<void> execute(const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options) {
    return command.slot() >= 0 ? cluster().execute(command, call, options) : execute_without_slot(command, call, options);
  }
  /// Words that the library's table does not know, or not like this: the command that the server knows by them.
  /// @param options  of the question to a server, where one is asked.
  /// Errors: Errc::wrong_arity, missing_key, not_allowed, cross_slot; what kept the server from answering.
  Result<EncodedCommand> resolve(const CommandView& words, const cluster::CallOptions& options = {});
  /// The same, or nothing where a server would have to be asked. Does not wait.
  std::optional<Result<EncodedCommand>> resolve_unasked(const CommandView& words);

 private:
  Result<void> execute_unresolved(const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options);
  Result<void> execute_without_slot(const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options);

  struct Life {
    explicit Life(cluster::Config config, bool is_closed = false) : cluster(std::move(config)), catalog(cluster) {
      if (is_closed) cluster.close();
    }
    cluster::Cluster cluster;
    cluster::CommandCatalog catalog;
  };
  static Life life_of_child(Life& inherited);
  Life& life() const { return life_.get(life_of_child); }

  mutable base::PerProcess<Life> life_;
  std::shared_ptr<Client> self_;
};

/// What a scan, a monitor and a worker begin with: each is of one process, and its client's owner may go first.
struct Begun {
  explicit Begun(std::shared_ptr<Client> its_client) : client(std::move(its_client)) {}
  /// Whether the parent began it, and this is a child after fork().
  bool is_inherited() const { return !maker.is_ours(); }

  const std::shared_ptr<Client> client;
  const base::ProcessMark maker;
};

/// For what cannot go on in a child after fork(): it says so. @param what  "the scan"
Failure begun_by_parent(const char* what);

}  // namespace rediscluster::detail
