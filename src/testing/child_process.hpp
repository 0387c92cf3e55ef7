/// One program started as a child of this process.
/// One thread at a time, but any thread: all children are born of one hidden thread that lives as long as the process,
/// because the kernel's "die with your parent" means the parent thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster::testing {

struct ChildCommand {
  std::vector<std::string> words;     ///< Program (looked for in PATH) and its arguments.
  std::filesystem::path folder;       ///< Its working folder.
  std::filesystem::path output_file;  ///< Where its standard output and error are appended.
  bool outlives_parent = false;       ///< false: the kernel kills it when this process ends, however it ends.
};

/// Whether this child of ours has ended, seen yet or not. Any thread: its end is left for its ChildProcess to see.
bool has_ended(pid_t child);

class ChildProcess {
 public:
  ChildProcess() = default;
  /// Throws ServerError when the program cannot be started.
  explicit ChildProcess(const ChildCommand& command);
  /// Kills the child, unless release() was called.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }

  /// Process id; -1 when it has ended and its end was seen.
  pid_t pid() const { return pid_; }
  /// Whether it runs (a stopped one runs too). Notices its end.
  bool is_running();
  /// Does nothing when it has ended.
  void send_signal(int signal_number) const;
  /// Waits for its end. Returns false when it still runs at the timeout.
  bool wait_for_end(std::chrono::milliseconds timeout);
  /// SIGKILL, and waits for the end.
  void kill();
  /// Forgets the child: it runs on.
  void release() { pid_ = -1; }

 private:
  pid_t pid_ = -1;
};

}  // namespace rediscluster::testing
