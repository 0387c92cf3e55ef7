/// The blocking client. Thread-safe: make one and share it; a call blocks only the thread that makes it. Every call is const but
/// close(), which is the owner's.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/cluster_commands.hpp>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/key_slot.hpp>
#include <rediscluster/lock.hpp>
#include <rediscluster/monitor.hpp>
#include <rediscluster/pipeline.hpp>
#include <rediscluster/pubsub.hpp>
#include <rediscluster/scan.hpp>
#include <rediscluster/script.hpp>
#include <rediscluster/target.hpp>
#include <rediscluster/transaction.hpp>
#include <rediscluster/word_commands.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace rediscluster {

/// The same client without exceptions: every command gives a `Result<T>`.
/// A view: cheap to copy, valid as long as its RedisCluster. Thread-safe like it.
class NothrowRedisCluster : public AllCommands<NothrowRedisCluster, Result>,
                            public ClusterCommands<NothrowRedisCluster, Result>,
                            public ScanCommands<NothrowRedisCluster, Result>,
                            public WordCommands<NothrowRedisCluster, Result>,
                            public detail::Targets<NothrowRedisCluster, NothrowTarget, NothrowEachTarget> {
 public:
  explicit NothrowRedisCluster(detail::Client& client) : client_(&client) {}

  /// Runs a command value. Errors: see the command, and docs/guide/errors.md.
  template <class T>
  Result<T> run(const Command<T>& command) const {
    return detail::deliver_from<Result, T>([&] { return detail::run<detail::Raw<T>>(*client_, command); });
  }
  /// The same with a timeout or a stop token of its own. @see RunOptions
  template <class T>
  Result<T> run(const Command<T>& command, const RunOptions& options) const {
    return detail::deliver_from<Result, T>([&] { return detail::run_with<detail::Raw<T>>(*client_, command, options); });
  }
  /// What would happen to a command: keys, slots, nodes, split, policy, what may be sent again; or why it would be
  /// refused. Text for people, several lines; sends nothing, and shows no argument but keys.
  std::string explain(const EncodedCommand& command) const { return detail::explain(*client_, command); }
  /// The same for any command as words.
  template <detail::ArgLike... Words>
  std::string explain(const Words&... words) const {
    return explain(cmd::words(words...));
  }

  /// @see RedisCluster::monitor
  Result<Monitor> monitor() const {
    return detail::start_monitor(*client_, nullptr).map([](detail::MonitorPointer state) { return Monitor(std::move(state)); });
  }
  /// @see RedisCluster::stats
  ClientStats stats() const { return detail::stats(*client_); }
  /// @see RedisCluster::refresh_credentials
  Result<void> refresh_credentials() const { return detail::refresh_credentials(*client_); }

  /// @see RedisCluster::register_script
  NothrowScript register_script(std::string source, const ScriptOptions& options = {}) const {
    return NothrowScript(*client_, std::make_shared<const ScriptSource>(std::move(source), options));
  }
  /// @see RedisCluster::pipeline
  NothrowPipeline pipeline(const PipelineOptions& options = {}) const;
  /// @see RedisCluster::transaction
  NothrowTransaction transaction() const;
  template <class Function>
  Result<Replies> transaction(const Keys& keys, Function&& function, const ExecuteOptions& options = {}) const {
    return run_transaction<Result>(detail::make_transaction(*client_), keys, function, options);
  }
  /// @see RedisCluster::lock
  NothrowLock lock(std::string_view name, const LockOptions& options = {}) const {
    return NothrowLock(detail::make_lock(*client_, name, options));
  }
  /// @see RedisCluster::pubsub
  NothrowPubSub pubsub(const PubSubOptions& options = {}) const { return NothrowPubSub(detail::make_pubsub(*client_, options)); }

 private:
  friend struct ClusterCommands<NothrowRedisCluster, Result>;
  friend struct ScanCommands<NothrowRedisCluster, Result>;
  friend struct detail::Targets<NothrowRedisCluster, NothrowTarget, NothrowEachTarget>;
  detail::Client& client() const { return *client_; }
  template <class Object, class Pointer>
  static Object make(Pointer state) {
    return Object(std::move(state));
  }
  template <class T, class Call>
  Result<T> ask(Call&& call) const {
    return call(*client_);
  }
  template <class T>
  static Result<T> finish(Result<T> result) {
    return result;
  }
  detail::Client* client_;
};

/// A client of one Redis or Valkey cluster. Finds the nodes from a few startup nodes, routes each command to the node
/// that serves its key, follows the cluster through failovers and resharding, and absorbs what it can on the way.
/// Commands throw RedisError and its children; nothrow() gives the same commands without exceptions.
class RedisCluster : public AllCommands<RedisCluster, detail::Plain>,
                     public ClusterCommands<RedisCluster, detail::Plain>,
                     public ScanCommands<RedisCluster, detail::Plain>,
                     public WordCommands<RedisCluster, detail::Plain>,
                     public detail::Targets<RedisCluster, ClusterTarget, EachTarget> {
 public:
  /// Connects to the first startup node that tells the topology (unless init_slot_cache is false).
  /// Errors: RedisClusterException, naming each startup node with its reason; AuthenticationError.
  explicit RedisCluster(const Options& options);
  /// The same as from_url(): `RedisCluster cluster("redis://127.0.0.1:7000");`.
  template <class Url>
    requires std::convertible_to<const Url&, std::string_view>
  explicit RedisCluster(const Url& url, const Options& options = {}) : RedisCluster(from_url(url, options)) {}
  /// Addresses go into the options: `RedisCluster cluster({.startup_nodes = {{"127.0.0.1", 7000}}});`.
  template <class Host, std::integral Port>
    requires std::convertible_to<const Host&, std::string_view>
  RedisCluster(const Host&, Port an_address_goes_into_startup_nodes) = delete;
  /// "redis://[[user]:password@]host:port[,host:port...][/0][?option=value&...]"; options of the URL win over `options`.
  /// Errors: RedisClusterException for unix://, RedisClusterConfigError for unknown options, naming what is allowed.
  static RedisCluster from_url(std::string_view url, const Options& options = {});

  /// Runs a command value and gives its reply.
  template <class T>
  T run(const Command<T>& command) const {
    return detail::deliver<detail::Plain, T>(detail::run<detail::Raw<T>>(*client_, command));
  }
  /// The same with a timeout or a stop token of its own. @see RunOptions
  template <class T>
  T run(const Command<T>& command, const RunOptions& options) const {
    return detail::deliver<detail::Plain, T>(detail::run_with<detail::Raw<T>>(*client_, command, options));
  }
  /// What would happen to a command, as text for people; sends nothing. @see NothrowRedisCluster::explain
  std::string explain(const EncodedCommand& command) const { return nothrow().explain(command); }
  template <detail::ArgLike... Words>
  std::string explain(const Words&... words) const {
    return nothrow().explain(words...);
  }

  /// A Lua script to be called like a function: `script({"key"}, {"argument"})`. Sends nothing yet. @see BasicScript
  Script register_script(std::string source, const ScriptOptions& options = {}) const& {
    return nothrow().register_script(std::move(source), options).throwing();
  }
  Script register_script(std::string source, const ScriptOptions& options = {}) && = delete;
  /// Many commands in one go: queued on the pipeline, run by its execute(). @see BasicPipeline
  Pipeline pipeline(const PipelineOptions& options = {}) const&;
  Pipeline pipeline(const PipelineOptions& options = {}) && = delete;  // of a client that is gone by the time it is used; the same below
  /// Commands that run together or not at all, on the node of one slot. @see BasicTransaction
  Transaction transaction() const&;
  Transaction transaction() && = delete;
  /// Watches the keys, calls `function(Transaction&)`, which reads with now() and queues, and executes. Does all of it again
  /// when the watch was lost, be it to others, to a redirect or with the connection, until the deadline of the whole.
  /// The function may run several times, and should do nothing else that counts. Without keys: MULTI and EXEC only.
  template <class Function>
  Replies transaction(const Keys& keys, Function&& function, const ExecuteOptions& options = {}) const {
    return finish(run_transaction<detail::Plain>(detail::make_transaction(*client_), keys, function, options));
  }
  /// A lock that threads and processes share, by the name of its key. Sends nothing yet. @see BasicLock
  Lock lock(std::string_view name, const LockOptions& options = {}) const& {
    return Lock(detail::make_lock(*client_, name, options));
  }
  Lock lock(std::string_view name, const LockOptions& options = {}) && = delete;
  /// Subscriptions, with connections and a thread of their own. Sends nothing yet. @see BasicPubSub
  PubSub pubsub(const PubSubOptions& options = {}) const& { return PubSub(detail::make_pubsub(*client_, options)); }
  PubSub pubsub(const PubSubOptions& options = {}) && = delete;

  /// Asks `options.credentials` and says AUTH with what it gives on all open connections, in line with the commands under
  /// way, which notice nothing. For passwords and tokens that change while the client runs; new connections ask by
  /// themselves. Connections for blocking commands are replaced when they fall idle. Unless a node refuses, subscriptions say
  /// AUTH, too, in the background; where the server does not take that they connect anew, and the gap is told. MONITOR does not.
  /// Errors: AuthenticationError when a node refuses; the others have been told by then.
  void refresh_credentials() const { finish(nothrow().refresh_credentials()); }

  /// The same client without exceptions.
  NothrowRedisCluster nothrow() const& { return NothrowRedisCluster(*client_); }
  NothrowRedisCluster nothrow() && = delete;

  /// Every command that any node of now runs from now on: a write comes from the primary and from each replica that repeats it.
  /// `on(node).monitor()`: of one node. @see Monitor
  Monitor monitor() const& { return Monitor(detail::value_or_throw(detail::start_monitor(*client_, nullptr))); }
  Monitor monitor() && = delete;
  /// Counters of what has happened to this client so far. Cheap; any thread, also inside a hook.
  ClientStats stats() const { return detail::stats(*client_); }

  /// Ends all connections; calls under way and later ones fail with Errc::client_closed. The destructor does it too.
  void close() { detail::close(*client_); }

  /// "RedisCluster<127.0.0.1:7000, 127.0.0.1:7001>": the startup nodes.
  std::string to_string() const { return detail::describe(*client_); }

 private:
  friend struct ClusterCommands<RedisCluster, detail::Plain>;
  friend struct ScanCommands<RedisCluster, detail::Plain>;
  friend struct detail::Targets<RedisCluster, ClusterTarget, EachTarget>;
  detail::Client& client() const { return *client_; }
  template <class Object, class Pointer>
  static Object make(Pointer state) {
    return Object(std::move(state));
  }
  template <class T, class Call>
  T ask(Call&& call) const {
    return finish(call(*client_));
  }
  template <class T>
  static T finish(Result<T> result) {
    return detail::value_or_throw(std::move(result));
  }

  detail::ClientOwner client_;
};

}  // namespace rediscluster
