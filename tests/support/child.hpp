/// A child of fork() that does something and says whether it went well. Tests only.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define REDISCLUSTER_THREAD_SANITIZER
#endif
#if __has_feature(address_sanitizer)
#define REDISCLUSTER_ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define REDISCLUSTER_THREAD_SANITIZER
#endif
#if defined(__SANITIZE_ADDRESS__)
#define REDISCLUSTER_ADDRESS_SANITIZER
#endif

/// Under the thread sanitizer a child of a process with threads may not start any.
#ifdef REDISCLUSTER_THREAD_SANITIZER
#define SKIP_WHERE_CHILDREN_MAY_NOT_HAVE_THREADS() GTEST_SKIP() << "the thread sanitizer ends children that start threads"
#else
#define SKIP_WHERE_CHILDREN_MAY_NOT_HAVE_THREADS() static_cast<void>(0)
#endif

/// The locks of the address sanitizer's allocator stay as another thread held them.
#ifdef REDISCLUSTER_ADDRESS_SANITIZER
#define SKIP_WHERE_BUSY_PARENTS_LOCK_THE_HEAP() GTEST_SKIP() << "a child could not allocate"
#else
#define SKIP_WHERE_BUSY_PARENTS_LOCK_THE_HEAP() static_cast<void>(0)
#endif

namespace test_support {

/// Before what is to be destroyed at the exit of a child: the leak checker, which comes after that, does not see what only stood on
/// the stacks of threads that the child does not have.
inline void exit_without_leak_check() {
#ifdef REDISCLUSTER_ADDRESS_SANITIZER
  std::atexit([] { ::_exit(0); });
#endif
}

/// A child that is on its way. It may live ten seconds.
class Child {
 public:
  explicit Child(const std::function<bool()>& run) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::alarm(10);
    bool is_fine = false;
    try {
      is_fine = run();
    } catch (...) {
    }
    ::_exit(is_fine ? 0 : 1);
  }
  ~Child() {
    if (pid_ > 0) end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// How it ended: "fine" when its function said true.
  std::string end() {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, 0);
    pid_ = -1;
    if (ended < 0) return "there is no child";
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status)) + (WTERMSIG(status) == SIGALRM ? ": it hung" : "");
    return WEXITSTATUS(status) == 0 ? "fine" : "exit code " + std::to_string(WEXITSTATUS(status));
  }

 private:
  pid_t pid_;
};

inline std::string in_child(const std::function<bool()>& run) { return Child(run).end(); }

}  // namespace test_support
