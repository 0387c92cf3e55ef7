/// A fake Redis Cluster node on a loopback port that plays what a test wrote down:
///     old_home.expect("GET", "foo").answer_error("MOVED 12182 " + new_home.address_text());
///     new_home.expect("GET", "foo").answer_bulk("bar");
/// Expectations are met in the order written, whichever connection their commands come on; any other command is a
/// failure and ends its connection. Handshake, PING and CLUSTER SLOTS are answered without being asked for, so that
/// plays stay short. All functions may be called by any thread. One thread of its own, joined at the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <rediscluster/errors.hpp>
#include <rediscluster/testing/scripted_rule.hpp>
#include <rediscluster/testing/server_error.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster::testing {

class ScriptedNode;

/// A node as CLUSTER SLOTS names it.
struct ScriptedEndpoint {
  ScriptedEndpoint(const ScriptedNode& node);  // NOLINT: a node may stand where its endpoint is asked for
  ScriptedEndpoint(NodeAddress at, std::string node_id) : address(std::move(at)), id(std::move(node_id)) {}

  NodeAddress address;
  std::string id;
  bool host_is_null = false;                                    ///< Sends a null host, as "unknown-endpoint" does.
  std::vector<std::pair<std::string, std::string>> metadata{};  ///< E.g. {"hostname", "node-1.test"}.
};

/// One entry of CLUSTER SLOTS. No primary is not possible: leave the range out.
struct ScriptedRange {
  int first = 0;
  int last = 0;
  ScriptedEndpoint primary;
  std::vector<ScriptedEndpoint> replicas{};
};

/// What the node does with HELLO.
enum class ScriptedHello : std::uint8_t {
  accepted,         ///< Answers its map and switches to the protocol asked for.
  unknown_command,  ///< As servers before 6.0.
  no_proto,         ///< -NOPROTO
  no_auth,          ///< -NOAUTH unless the HELLO carries AUTH.
  silent,           ///< Never answers.
};

struct ScriptedNodeOptions {
  std::string host = "127.0.0.1";  ///< Any loopback address, "::1" too.
  std::string id{};                ///< Empty: 40 hex digits made from the port.
  ScriptedHello hello = ScriptedHello::accepted;
  bool polite = true;        ///< false: nothing is answered unless a rule says so.
  bool strict_order = true;  ///< false: expectations may be met in any order.
};

/// One command that came.
struct ScriptedLogEntry {
  int connection = 0;  ///< 1: the first connection accepted.
  CommandWords words;
  bool was_polite = false;  ///< Answered without a rule.
};

enum class Cut : std::uint8_t { fin, reset };

class ScriptedNode {
 public:
  explicit ScriptedNode(ScriptedNodeOptions options = {});
  ~ScriptedNode();
  ScriptedNode(const ScriptedNode&) = delete;
  ScriptedNode& operator=(const ScriptedNode&) = delete;

  NodeAddress address() const;
  std::string address_text() const;  ///< "127.0.0.1:7000"
  std::string url() const;           ///< "redis://127.0.0.1:7000"
  const std::string& id() const;

  // --- The play ---

  /// The next command must be exactly this (its name in any case).
  template <class... Words>
  ScriptedRule expect(std::string_view name, const Words&... words) {
    return expect(CommandWords{std::string(name), std::string(words)...});
  }
  ScriptedRule expect(CommandWords words);
  /// The next command must satisfy the predicate.
  /// @param what  names it in failure texts.
  ScriptedRule expect_where(std::string what, CommandPredicate predicate);

  /// Whenever this command comes and is not expected by the play. Newer rules win, also over the polite answers.
  template <class... Words>
  ScriptedRule always(std::string_view name, const Words&... words) {
    return always(CommandWords{std::string(name), std::string(words)...});
  }
  ScriptedRule always(CommandWords words);
  ScriptedRule always(CommandPredicate predicate);

  /// What CLUSTER SLOTS answers; before the first call: all slots here.
  void serve_slots(std::vector<ScriptedRange> ranges);
  void on_hello(ScriptedHello hello);
  /// Forgets expectations and always-rules; log and failures stay.
  void clear_rules();

  // --- Connections ---

  /// Closes all connections.
  void drop_connections(Cut how = Cut::fin);
  /// true: new connections are refused; false: accepted again, on the same port.
  void refuse_new(bool refuse);
  /// true: new connections succeed (the kernel makes them) but nothing is read from them until false.
  void hold_new(bool hold);
  /// As a process stopped by a signal: nothing is accepted, read or sent until resume().
  void pause();
  void resume();
  /// Sends bytes nobody asked for (a push, a second reply) on all open connections.
  void send_unasked(std::string bytes);

  /// Closes the connection after exactly `count` more bytes of answers given by rules; polite answers do not count.
  /// 0: when the first such answer is due. Happens once.
  void cut_after(std::size_t count, Cut how = Cut::fin);
  /// Closes the connection after exactly `count` more bytes were read, of whatever command. Happens once.
  void cut_after_received(std::size_t count, Cut how = Cut::fin);
  /// Bytes of answers given by rules so far: what cut_after() counts.
  std::size_t bytes_sent() const;
  std::size_t bytes_received() const;

  // --- What happened ---

  int connections() const;  ///< Accepted so far.
  int open_connections() const;
  /// How many commands of this name came, polite ones too.
  int received(std::string_view name) const;
  /// How many commands with these first words came.
  int received(const CommandWords& first_words) const;
  std::vector<ScriptedLogEntry> log() const;
  std::vector<std::string> failures() const;
  std::vector<std::string> unmet() const;
  /// Failures and unmet expectations as one text; empty when the play went as written.
  std::string complaints() const;

  /// @return  false when fewer than `count` commands with these first words came within the timeout.
  bool wait_for_command(const CommandWords& first_words, std::chrono::milliseconds timeout, int count = 1) const;
  /// @return  false when expectations are left at the timeout.
  bool wait_until_met(std::chrono::milliseconds timeout) const;

 private:
  std::shared_ptr<ScriptedEngine> engine_;  // shared with rules while they are written
};

}  // namespace rediscluster::testing
