/// What a scripted node does when a certain command comes: a chain of answers, waits and closings.
/// A rule is written in one statement and takes effect at its semicolon, all of it at once:
///     node.expect("GET", "foo").after(gate).answer_bulk("bar").close();
/// Used by the thread that writes the test.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <initializer_list>
#include <memory>
#include <rediscluster/testing/raw_reply.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

using CommandWords = std::vector<std::string>;

/// Runs on the node's thread, under its lock: must not call the node.
using CommandPredicate = std::function<bool(const CommandWords&)>;

/// True for commands whose first words are these; the command's name in any case.
CommandPredicate starts_with(std::initializer_list<std::string_view> words);

/// Something a scripted answer can wait for. Copies share one gate. Any thread.
class Gate {
 public:
  void open() { *is_open_ = true; }
  bool is_open() const { return *is_open_; }

 private:
  std::shared_ptr<std::atomic<bool>> is_open_ = std::make_shared<std::atomic<bool>>(false);  // shared by the copies
};

class ScriptedEngine;
struct ScriptedPlan;

class [[nodiscard]] ScriptedRule {
 public:
  ~ScriptedRule();  ///< Gives the rule to its node.
  ScriptedRule(const ScriptedRule&) = delete;
  ScriptedRule& operator=(const ScriptedRule&) = delete;

  /// Encoded for the protocol version of the connection: maps and pushes become arrays in RESP2.
  ScriptedRule& answer(RawReply reply);
  ScriptedRule& answer_bulk(std::string text) { return answer(RawReply::bulk(std::move(text))); }
  ScriptedRule& answer_status(std::string text) { return answer(RawReply::status(std::move(text))); }
  ScriptedRule& answer_error(std::string text) { return answer(RawReply::error(std::move(text))); }
  ScriptedRule& answer_integer(long long value) { return answer(RawReply::number(value)); }
  ScriptedRule& answer_nil() { return answer(RawReply::null()); }
  ScriptedRule& answer_array(std::vector<RawReply> elements) { return answer(RawReply::array(std::move(elements))); }
  /// An array of bulk strings.
  ScriptedRule& answer_array(std::initializer_list<std::string_view> texts);
  /// Computed from the command. Runs on the node's thread, under its lock: must not call the node.
  ScriptedRule& answer_with(std::function<RawReply(const CommandWords&)> make_reply);
  /// Any bytes, none at all included.
  ScriptedRule& answer_raw(std::string bytes);
  /// Bytes in pieces of these sizes (the rest in one), with pauses, so that the reader sees them one by one.
  ScriptedRule& answer_in_pieces(std::string bytes, const std::vector<std::size_t>& sizes,
                                 std::chrono::milliseconds pause = std::chrono::milliseconds(2));
  /// Byte by byte.
  ScriptedRule& answer_drip(std::string bytes, std::chrono::milliseconds pause);

  /// What follows in this rule, and all later answers of the connection, waits.
  ScriptedRule& after(std::function<bool()> is_ready);
  ScriptedRule& after(const Gate& gate);
  ScriptedRule& after(std::shared_future<void> event);
  ScriptedRule& after_delay(std::chrono::milliseconds delay);

  /// Closes the connection (FIN) when everything before is sent.
  ScriptedRule& close();
  /// The same with a RST.
  ScriptedRule& close_with_reset();
  /// Never answers, neither this command nor later ones of the connection; they are still read and noted.
  ScriptedRule& silence();

  /// The rule is meant for `count` such commands in a row.
  ScriptedRule& times(int count);

 private:
  friend class ScriptedNode;
  ScriptedRule(std::shared_ptr<ScriptedEngine> engine, ScriptedPlan plan);

  std::shared_ptr<ScriptedEngine> engine_;  // the node's; the rule lives for one statement
  std::unique_ptr<ScriptedPlan> plan_;
};

}  // namespace rediscluster::testing
