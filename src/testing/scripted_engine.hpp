/// The running part of a scripted node: its socket, its thread and everything the lock guards.
/// All public functions may be called by any thread but the engine's own.
#pragma once

#include <poll.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <rediscluster/testing/scripted_node.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "testing/polite_answers.hpp"
#include "testing/port_reservation.hpp"
#include "testing/script.hpp"
#include "testing/scripted_connection.hpp"

namespace rediscluster::testing {

/// What has come and gone.
struct ScriptedHistory {
  std::vector<ScriptedLogEntry> log;
  std::vector<std::string> failures;
  int connections = 0;
  std::size_t bytes_received = 0;
};

/// What the engine's thread must see, under the lock.
struct EngineState {
  explicit EngineState(const ScriptedNodeOptions& options) : script(options.strict_order) {}

  Script script;
  Manners manners;
  ScriptedHistory history;
  AnswerMeter answers;
  CutPlan receive_cut;
  std::list<ScriptedConnection> connections;
  bool refuses_new = false;
  bool holds_new = false;
  bool is_paused = false;
  bool is_stopping = false;
};

class ScriptedEngine {
 public:
  explicit ScriptedEngine(ScriptedNodeOptions options);
  ~ScriptedEngine();
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;

  const NodeAddress& address() const { return address_; }
  const std::string& id() const { return id_; }

  /// Reads the state under the lock.
  template <class Function>
  auto read(Function function) const {
    const std::lock_guard lock(mutex_);
    return function(std::as_const(state_));
  }

  /// Changes the state under the lock, and returns when the thread has acted on it.
  void change(const std::function<void(EngineState&)>& function);

  /// Waits until something under the lock is true.
  bool wait_for(const std::function<bool(const EngineState&)>& is_true, std::chrono::milliseconds timeout) const;

  void add(ScriptedPlan plan);
  /// Ends the thread and all connections.
  void stop();

 private:
  void run();
  std::vector<pollfd> poll_set() const;
  int poll_timeout() const;
  void handle_everything();
  void sync_listener();
  void accept_new();
  void read_from(ScriptedConnection& connection);
  void handle(ScriptedConnection& connection, const CommandWords& words);
  void fail(ScriptedConnection& connection, const std::string& what);
  void wake() const;

  NodeAddress address_;
  std::string id_;
  PortReservation port_;
  int wake_fd_ = -1;
  int listen_fd_ = -1;  // the thread's own after the constructor

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  EngineState state_;
  std::uint64_t changes_asked_ = 0;
  std::uint64_t changes_done_ = 0;

  std::thread thread_;
};

}  // namespace rediscluster::testing
