/// One holder of a lock: its token, and what it knows of having the lock. The key holds the token of the owner; it is set
/// only when absent, and released and extended by scripts that compare the token first.
///
///   free --acquire--> held --release--> free          in_doubt: a SET was sent and its reply was lost, so every later
///   free --acquire, reply lost--> in_doubt            refusal is compared with the token before it counts as somebody
///   in_doubt --acquire, token found--> held           else's lock
///   in_doubt --release--> free
///
/// The lease is counted by the server; here, from the moment of sending, which is earlier: what we say to have, we have.
///
/// One thread at a time.
#pragma once

#include "base/random.hpp"
#include "cluster/cluster.hpp"

#include <rediscluster/options/lock.hpp>
#include <rediscluster/script_source.hpp>

#include <string>
#include <string_view>

namespace rediscluster::cluster {

class LockKeeper {
 public:
  LockKeeper(Cluster& cluster, std::string_view name, const LockOptions& options);

  /// See BasicLock.
  Result<bool> acquire(const AcquireOptions& how);
  Result<void> release();
  Result<void> extend(std::chrono::milliseconds additional, bool replace_ttl);
  Result<void> reacquire();
  Result<bool> is_locked();
  Result<bool> is_owned();
  const std::string& name() const { return name_; }

 private:
  enum class State : std::uint8_t { free, in_doubt, held };
  /// Too late: it was ours when the server looked, and the lease may have ended since.
  enum class Holder : std::uint8_t { nobody, somebody_else, ourselves, ourselves_too_late };

  Result<void> check_options(const AcquireOptions& how) const;
  Result<bool> try_once();
  void rest(base::Duration span) const;
  /// SET NX. True: the lock is ours, and its lease has not ended since.
  Result<bool> store_token();
  /// For a lock that we had and may have no longer: so that nobody has to wait for the rest of its lease. Gives false.
  Result<bool> give_back();
  Result<Holder> holder();
  /// Runs a script on the primary: token and `args` are its arguments.
  Result<std::int64_t> run(const ScriptSource& script, const std::vector<std::string>& args = {});
  /// The same for scripts that may run twice: once more when the reply was lost. `repeated` tells that it was.
  Result<std::int64_t> run_again(const ScriptSource& script, bool& repeated);
  Failure misused(const char* what) const;
  Failure too_late() const;
  Failure lost() const;

  Cluster& cluster_;
  const std::string name_;
  const LockOptions options_;
  base::Random random_;
  std::string token_;
  State state_ = State::free;
  int late_replies_ = 0;  // of this acquire()
};

}  // namespace rediscluster::cluster
