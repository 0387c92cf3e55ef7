#include "load/workloads.hpp"

#include <barrier>
#include <exception>
#include <limits>
#include <thread>
#include <vector>

#include "load/dice.hpp"
#include "load/meter.hpp"

namespace load {
namespace {

constexpr int warm_up_operations = 200;  // enough for every session to have met every node
constexpr unsigned writes_in_mix_percent = 20;
constexpr int default_startups = 100;

/// One thread of get1, mix and the big values: one call at a time.
struct Worker {
  Worker(const Options& options, const KeySpace& keys, unsigned write_percent, std::uint64_t seed)
      : options_(options), keys_(keys), write_percent_(write_percent), dice_(seed) {}

  void open(Client& client) try {
    session_ = client.open_session();
    for (int i = 0; i < warm_up_operations; ++i) session_->get(dice_.below(keys_.size()));
  } catch (...) {
    failure = std::current_exception();
  }

  void run() try {
    if (failure != nullptr) return;
    const std::uint64_t share = options_.max_ops / static_cast<std::uint64_t>(options_.threads);
    const std::uint64_t limit = options_.max_ops == 0 ? std::numeric_limits<std::uint64_t>::max() : share;
    Clock::time_point before = Clock::now();
    const Clock::time_point end =
        before + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    while (operations < limit && before < end) {
      const std::size_t key = dice_.below(keys_.size());
      const bool is_write = write_percent_ != 0 && dice_.below(100) < write_percent_;
      const bool good = is_write ? session_->set(key) : session_->get(key);
      const Clock::time_point after = Clock::now();
      latency.record(nanoseconds(after - before));
      before = after;
      ++operations;
      if (!good) ++errors;
    }
  } catch (...) {
    failure = std::current_exception();
  }

  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  Histogram latency;
  std::exception_ptr failure;

 private:
  const Options& options_;
  const KeySpace& keys_;
  unsigned write_percent_;
  Dice dice_;
  std::unique_ptr<Session> session_;
};

void add_to(Outcome& outcome, const Worker& worker) {
  if (worker.failure != nullptr) std::rethrow_exception(worker.failure);
  outcome.operations += worker.operations;
  outcome.errors += worker.errors;
  outcome.latency.add(worker.latency);
}

Outcome run_on_main_thread(const Options& options, const KeySpace& keys, MakeClient make, unsigned write_percent) {
  const std::unique_ptr<Client> client = make(options, keys);
  Worker worker(options, keys, write_percent, 1);
  worker.open(*client);
  Outcome outcome;
  const Meter meter;
  worker.run();
  meter.write_difference_to(outcome);
  add_to(outcome, worker);
  return outcome;
}

/// Sessions are opened before the clock starts and closed after it has stopped.
Outcome run_callers(const Options& options, const KeySpace& keys, MakeClient make, unsigned write_percent) {
  if (options.main_thread) return run_on_main_thread(options, keys, make, write_percent);
  const std::unique_ptr<Client> client = make(options, keys);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  std::barrier meet(options.threads + 1);
  for (int i = 0; i < options.threads; ++i) {
    workers.push_back(std::make_unique<Worker>(options, keys, write_percent, static_cast<std::uint64_t>(i) + 1));
  }
  for (const auto& worker : workers) {
    threads.emplace_back([&meet, &client, &worker = *worker] {
      worker.open(*client);
      meet.arrive_and_wait();  // all are ready
      meet.arrive_and_wait();  // the clock runs
      worker.run();
      meet.arrive_and_wait();  // all are done
    });
  }
  Outcome outcome;
  meet.arrive_and_wait();
  const Meter meter;
  meet.arrive_and_wait();
  meet.arrive_and_wait();
  meter.write_difference_to(outcome);
  for (std::thread& thread : threads) thread.join();
  for (const auto& worker : workers) add_to(outcome, *worker);
  return outcome;
}

Outcome run_get1(const Options& options, const KeySpace& keys, MakeClient make) {
  return run_callers(options, keys, make, 0);
}

Outcome run_mix(const Options& options, const KeySpace& keys, MakeClient make) {
  return run_callers(options, keys, make, writes_in_mix_percent);
}

/// Construct, learn the topology, first GET; again and again in a warm process. The latency leaves the destructor out.
Outcome run_startup(const Options& options, const KeySpace& keys, MakeClient make) {
  Outcome outcome;
  Dice dice(1);
  const std::uint64_t limit = options.max_ops == 0 ? default_startups : options.max_ops;
  const Meter meter;
  while (outcome.operations < limit) {
    const Clock::time_point before = Clock::now();
    const std::unique_ptr<Client> client = make(options, keys);
    const std::unique_ptr<Session> session = client->open_session();
    if (!session->get(dice.below(keys.size()))) ++outcome.errors;
    outcome.latency.record(nanoseconds(Clock::now() - before));
    ++outcome.operations;
  }
  meter.write_difference_to(outcome);
  return outcome;
}

}  // namespace

Outcome run_workload(const Options& options, const KeySpace& keys, MakeClient make) {
  if (options.workload == "get1") return run_get1(options, keys, make);
  if (options.workload == "mix") return run_mix(options, keys, make);
  if (options.workload == "pipeget") return run_batches(options, keys, make, &Session::get_batch);
  if (options.workload == "pipeset") return run_batches(options, keys, make, &Session::set_batch);
  if (options.workload == "mget") return run_batches(options, keys, make, &Session::mget);
  if (options.workload == "bigget") return run_callers(options, keys, make, 0);
  if (options.workload == "bigset") return run_callers(options, keys, make, 100);
  return run_startup(options, keys, make);
}

}  // namespace load
