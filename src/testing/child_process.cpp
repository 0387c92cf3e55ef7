/// fork and exec on the thread that stays the parent of all children.
#include "testing/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <rediscluster/testing/server_error.hpp>
#include <thread>

namespace rediscluster::testing {
namespace {

/// Runs jobs on one thread that never ends before the process does.
class ParentThread {
 public:
  static ParentThread& instance() {
    static ParentThread* const forever = new ParentThread;  // never destroyed: its thread never ends
    return *forever;
  }

  void run(std::function<void()> job) {
    std::packaged_task<void()> task(std::move(job));
    std::future<void> done = task.get_future();
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(task));
    }
    wake_.notify_one();
    done.get();
  }

 private:
  ParentThread() {
    std::thread([this] { work(); }).detach();
  }

  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      std::packaged_task<void()> task = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;  // guards jobs_
  std::condition_variable wake_;
  std::deque<std::packaged_task<void()>> jobs_;
};

/// What the child needs, made before fork(): between fork and exec no memory may be asked for.
struct Launch {
  std::vector<char*> arguments;
  const char* folder;
  const char* output_file;
  bool outlives_parent;
  pid_t parent;
  int report_fd;  // closed by a successful exec; otherwise takes errno
};

/// Runs in the child: only calls that are safe after fork() in a program with threads.
[[noreturn]] void become_program(const Launch& launch) {
  const auto give_up = [&launch](int error) {
    [[maybe_unused]] const ssize_t written = ::write(launch.report_fd, &error, sizeof error);
    ::_exit(127);
  };
  ::setsid();  // Ctrl-C in a terminal is for the tests, which then take their servers with them
  if (!launch.outlives_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != launch.parent) ::_exit(127);  // the parent died before the line above
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);

  const int input = ::open("/dev/null", O_RDONLY);
  const int output = ::open(launch.output_file, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (input < 0 || output < 0) give_up(errno);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // No socket of the tests may live on in a server: a closed listener must be closed, a closed connection too.
  if (launch.report_fd > 3) ::syscall(SYS_close_range, 3U, static_cast<unsigned>(launch.report_fd) - 1, 0);
  ::syscall(SYS_close_range, static_cast<unsigned>(launch.report_fd) + 1, ~0U, 0);
  if (::chdir(launch.folder) != 0) give_up(errno);
  ::execvp(launch.arguments[0], launch.arguments.data());
  give_up(errno);
  ::_exit(127);
}

/// Returns errno of the failed step, or 0.
int start(const ChildCommand& command, pid_t& pid) {
  const std::string folder = command.folder.empty() ? "." : command.folder.string();
  const std::string output = command.output_file.empty() ? "/dev/null" : command.output_file.string();
  std::vector<std::string> words = command.words;
  Launch launch{{}, folder.c_str(), output.c_str(), command.outlives_parent, ::getpid(), -1};
  for (std::string& word : words) launch.arguments.push_back(word.data());
  launch.arguments.push_back(nullptr);

  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return errno;
  launch.report_fd = report[1];
  pid = ::fork();
  if (pid == 0) become_program(launch);
  int error = pid < 0 ? errno : 0;
  ::close(report[1]);
  if (pid > 0) {
    ssize_t got = 0;
    do {
      got = ::read(report[0], &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof error) error = 0;
    if (error != 0) ::waitpid(pid, nullptr, 0);
  }
  ::close(report[0]);
  return error;
}

}  // namespace

bool has_ended(pid_t child) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == ECHILD;
  return info.si_pid == child;
}

ChildProcess::ChildProcess(const ChildCommand& command) {
  int error = 0;
  pid_t pid = -1;
  ParentThread::instance().run([&] { error = start(command, pid); });
  if (error == 0) {
    pid_ = pid;
    return;
  }
  std::string what = "cannot start '" + command.words.front() + "': " + std::strerror(error);
  if (error == ENOENT) {
    what += ". Is it installed and in PATH? Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install redis";
  }
  throw ServerError(what);
}

ChildProcess::~ChildProcess() { kill(); }

bool ChildProcess::is_running() {
  if (pid_ <= 0) return false;
  const pid_t ended = ::waitpid(pid_, nullptr, WNOHANG);
  if (ended == pid_ || (ended < 0 && errno == ECHILD)) pid_ = -1;
  return pid_ > 0;
}

void ChildProcess::send_signal(int signal_number) const {
  if (pid_ > 0) ::kill(pid_, signal_number);
}

bool ChildProcess::wait_for_end(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (is_running()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void ChildProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace rediscluster::testing
