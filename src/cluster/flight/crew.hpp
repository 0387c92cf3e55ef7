/// Threads for what may wait, of a client whose own threads may not: making connections, and calls that are not driven by a reactor.
/// A thread is started when there is work and no idle one, up to a bound, and ends after a while without work.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace rediscluster::cluster {

class Crew {
 public:
  /// A piece of work. Lives until run() has begun.
  class Job {
   public:
    /// On a thread of the crew; or on that of add(), where there is no thread to be had: `has_thread` is false then, and it must not wait.
    virtual void run(bool has_thread) noexcept = 0;

   protected:
    ~Job() = default;
  };

  explicit Crew(std::size_t most_threads) : most_(most_threads) {}
  /// Returns when all that was added has been run.
  ~Crew() { close(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Any thread.
  void add(Job& job) noexcept;
  /// From now on jobs are run without a thread. Any thread.
  void end() noexcept;
  /// Behind end(): whether all others have been run.
  bool has_ended() noexcept;
  /// end(), and returns when all others have been run. Not on a thread of the crew.
  void close() noexcept;

 private:
  void work();
  bool start_one();

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Job*> jobs_;
  std::vector<std::thread> ended_;  // to be joined
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::size_t working_ = 0;  // threads with a job
  bool is_closed_ = false;
};

}  // namespace rediscluster::cluster
