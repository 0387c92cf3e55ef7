/// The program behind tools/simulate, which has its manual.
#include "simulation/kept_schedule.hpp"
#include "simulation/shrink.hpp"

#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

namespace rediscluster::simulation {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::uint64_t twice_every = 100;  // so many seeds: one is run twice, and must leave the same trace
constexpr int most_shrinking_runs = 400;

struct Order {
  std::optional<std::uint64_t> from{};  // where to begin with a time; without it: anywhere
  std::uint64_t first = 1;
  std::uint64_t last = 1;
  std::chrono::seconds time{0};     // instead of a last seed; 0: until that
  std::string schedule{};           // a file
  std::string keep{};               // where a shrunk schedule goes
  bool shrinks = false;
  bool ends_with_first = false;     // that goes wrong
  RunPlan plan{};
};

struct Sums {
  std::uint64_t runs = 0;
  std::uint64_t bad = 0;
  std::size_t calls = 0;
  std::uint64_t commands = 0;
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  base::Duration virtual_time{};
};

// A run that takes no end: a turn that goes round in itself stops the clock of the world, so only a real one tells.
constexpr std::clock_t longest_run = 20;  // seconds; a run takes less than one

Outcome run_within_time(const RunPlan& plan) {
  std::mutex mutex;
  std::condition_variable over;
  bool is_over = false;
  std::thread watchdog([&, begun = std::clock()] {
    std::unique_lock lock{mutex};
    // Of the processor's time: who is stopped, or waits for who reads what it prints, goes round in nothing.
    while (std::clock() - begun < longest_run * CLOCKS_PER_SEC) {
      if (over.wait_for(lock, std::chrono::seconds(1), [&] { return is_over; })) return;
    }
    std::printf("seed %llu: I1: it takes no end\n", static_cast<unsigned long long>(plan.seed));
    std::fflush(stdout);
    std::_Exit(1);
  });
  Outcome outcome = run(plan);
  {
    std::lock_guard lock{mutex};
    is_over = true;
  }
  over.notify_one();
  watchdog.join();
  return outcome;
}

class Simulate {
 public:
  explicit Simulate(Order order) : order_(std::move(order)), begun_(Steady::now()) {}

  bool one(const RunPlan& plan) {
    const Outcome outcome = run_within_time(plan);
    ++sums_.runs;
    sums_.calls += outcome.calls;
    sums_.commands += outcome.commands;
    sums_.failed += outcome.failed;
    sums_.in_doubt += outcome.in_doubt;
    sums_.virtual_time += outcome.virtual_time;
    if (plan.seed % twice_every == 0 && run_within_time(plan).trace_hash != outcome.trace_hash) {
      ++sums_.bad;
      std::printf("seed %llu: I26: two runs left different traces\n", static_cast<unsigned long long>(plan.seed));
      return false;
    }
    if (outcome.violations.empty()) return true;
    ++sums_.bad;
    tell(plan, outcome);
    return false;
  }

  void all() {
    for (std::uint64_t seed = order_.first; order_.time.count() > 0 ? Steady::now() - begun_ < order_.time : seed <= order_.last; ++seed) {
      if (!one(varied(order_.plan, seed)) && order_.ends_with_first) return;
    }
  }

  int end() const {
    const double seconds = std::chrono::duration<double>(Steady::now() - begun_).count();
    const double hours = std::chrono::duration<double, std::ratio<3600>>(sums_.virtual_time).count();
    std::printf("%llu runs, %llu commands run by servers, %zu calls (%zu ended in an error, %zu of them in doubt), %.2f hours of the simulated clusters in %.1f s: %.1f runs a second; %llu bad\n",
                static_cast<unsigned long long>(sums_.runs), static_cast<unsigned long long>(sums_.commands), sums_.calls, sums_.failed, sums_.in_doubt, hours, seconds, static_cast<double>(sums_.runs) / seconds,
                static_cast<unsigned long long>(sums_.bad));
    return sums_.bad == 0 && sums_.runs > 0 ? 0 : 1;
  }

 private:
  void tell(const RunPlan& plan, const Outcome& outcome) const {
    std::printf("seed %llu, trace %016llx:\n", static_cast<unsigned long long>(plan.seed), static_cast<unsigned long long>(outcome.trace_hash));
    for (const std::string& each : outcome.violations) std::printf("  %s\n", each.c_str());
    std::fflush(stdout);
    if (!order_.shrinks) return;
    const RunPlan least = shrink(plan, outcome, most_shrinking_runs);
    const Outcome shrunk = run(least);
    const std::string text = text_of(least, *least.schedule, shrunk.violations.empty() ? "shrunk" : shrunk.violations.front());
    std::printf("shrunk, trace %016llx:\n%s", static_cast<unsigned long long>(shrunk.trace_hash), text.c_str());
    if (!order_.keep.empty()) std::ofstream(order_.keep) << text;
  }

  const Order order_;
  const Steady::time_point begun_;
  Sums sums_;
};

[[noreturn]] void misuse(const std::string& what) {
  std::cerr << "simulate: " << what << " (tools/simulate --help)\n";
  std::exit(2);
}

std::uint64_t number(const char* text, const char* end, const std::string& option) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text, end, value);
  if (read.ec != std::errc() || read.ptr != end) misuse("'" + std::string(text, end) + "' of " + option + " is no number");
  return value;
}

void read_seeds(Order& order, const std::string& text) {
  const std::size_t dots = text.find("..");
  const char* const begin = text.c_str();
  order.first = number(begin, begin + std::min(dots, text.size()), "--seeds");
  order.last = dots == std::string::npos ? order.first : number(begin + dots + 2, begin + text.size(), "--seeds");
  if (order.last < order.first) misuse("--seeds " + text + " holds no seed");
}

// Fresh ones, which the output names.
std::uint64_t fresh_seed() {
  std::random_device device;
  return device() % 1'000'000'000u * 1000ull;
}

Order read_order(int count, char** words) {
  Order order;
  for (int i = 1; i < count; ++i) {
    const std::string option = words[i];
    const auto value = [&] {
      if (++i >= count) misuse(option + " wants a value");
      return std::string(words[i]);
    };
    const auto value_number = [&] {
      const std::string text = value();
      return number(text.c_str(), text.c_str() + text.size(), option);
    };
    if (option == "--seeds") read_seeds(order, value());
    else if (option == "--seconds") order.time = std::chrono::seconds(value_number());
    else if (option == "--from") order.from = value_number();
    else if (option == "--schedule") order.schedule = value();
    else if (option == "--keep") order.keep = value(), order.shrinks = true;
    else if (option == "--shrink") order.shrinks = true;
    else if (option == "--first") order.ends_with_first = true;
    else if (option == "--trace") order.plan.prints_trace = true;
    else if (option == "--until") order.plan.trace_until = std::chrono::milliseconds(value_number());
    else if (option == "--faults") order.plan.faults = static_cast<int>(value_number());
    else if (option == "--calls") order.plan.workload.calls = static_cast<int>(value_number());
    else if (option == "--callers") order.plan.workload.callers = static_cast<int>(value_number());
    else misuse("there is no option " + option);
  }
  if (order.time.count() > 0) order.first = order.from ? *order.from : fresh_seed();
  return order;
}

int simulate(const Order& order) {
  Simulate simulation(order);
  if (order.schedule.empty()) {
    if (order.time.count() > 0) std::printf("seeds from %llu on\n", static_cast<unsigned long long>(order.first));
    simulation.all();
    return simulation.end();
  }
  std::ifstream file(order.schedule);
  if (!file) misuse("cannot read " + order.schedule);
  std::ostringstream text;
  text << file.rdbuf();
  Result<RunPlan> plan = parse_plan(text.str());
  if (!plan) misuse(order.schedule + ": " + plan.error().message);
  plan->prints_trace = order.plan.prints_trace;
  plan->trace_until = order.plan.trace_until;
  simulation.one(*plan);
  return simulation.end();
}

}  // namespace
}  // namespace rediscluster::simulation

int main(int count, char** words) try {
  return rediscluster::simulation::simulate(rediscluster::simulation::read_order(count, words));
} catch (const std::exception& problem) {
  std::cerr << "simulate: " << problem.what() << '\n';
  return 2;
}
