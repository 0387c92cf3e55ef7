/// One accepted connection of a scripted node: bytes in, commands out; steps in, bytes out.
/// Used by the node's thread under its lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <rediscluster/testing/scripted_node.hpp>
#include <string>
#include <vector>

#include "testing/command_reader.hpp"
#include "testing/script.hpp"

namespace rediscluster::testing {

/// A number of bytes after which a connection is cut, once.
struct CutPlan {
  bool is_armed = false;
  std::size_t left = 0;
  Cut how = Cut::fin;
};

/// Bytes of answers given by rules, over all connections of a node.
struct AnswerMeter {
  std::size_t sent = 0;
  CutPlan cut;
};

class ScriptedConnection {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  ScriptedConnection(int fd, int number) : fd_(fd), number_(number) {}
  ~ScriptedConnection();
  ScriptedConnection(const ScriptedConnection&) = delete;
  ScriptedConnection& operator=(const ScriptedConnection&) = delete;

  int fd() const { return fd_; }
  int number() const { return number_; }
  bool is_over() const { return fd_ < 0; }
  void set_resp_version(int version) { resp_version_ = version; }

  /// Reads what is there, at most `limit` bytes. The peer's close ends the connection.
  /// @return  how many it read.
  std::size_t receive(std::size_t limit);
  bool has_input_waiting() const;
  /// The next whole command; need_more or broken otherwise. Behind a command that closes the connection nothing is
  /// read any more, as a real server would not.
  ReadCommand next_command();

  /// Lines up what a rule says about a command.
  void enqueue(const std::vector<ScriptedStep>& steps, const CommandWords& words);
  /// Lines up one answer that no rule gave.
  void enqueue_uncounted(ScriptedStep step);

  /// Does all steps that can be done now, and sends.
  void advance(TimePoint now, AnswerMeter& meter);
  /// Ends when all that is lined up before is sent.
  void end_after_output(Cut how) { ending_ = how; }
  void end_now(Cut how);

  bool wants_to_write() const { return !output_.empty(); }
  /// How long until advance() has something to do without any event on the socket; empty: for ever.
  std::optional<std::chrono::milliseconds> wake_in(TimePoint now) const;

 private:
  struct QueuedStep {
    ScriptedStep step;
    CommandWords words;
    int resp_version;
    bool counts;  // its bytes count for cut_after()
    std::optional<TimePoint> due{};
  };

  bool perform(QueuedStep& queued, TimePoint now, AnswerMeter& meter);
  void give(std::string_view bytes, bool counts, AnswerMeter& meter);
  void flush();

  int fd_;
  int number_;
  int resp_version_ = 2;
  std::string input_;
  std::string output_;
  std::deque<QueuedStep> steps_;
  std::optional<Cut> ending_;
  bool reads_no_more_ = false;  // a step that closes is lined up
};

}  // namespace rediscluster::testing
