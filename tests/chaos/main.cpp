/// The program behind tools/chaos, which has its manual.
#include "chaos/caller.hpp"
#include "chaos/faults.hpp"
#include "chaos/judge.hpp"

#include "testing/temp_folder.hpp"

#include <charconv>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace chaos {
namespace {

using rediscluster::AsyncRedisCluster;
using rediscluster::RedisCluster;
using rediscluster::testing::LocalCluster;

struct Order {
  std::chrono::seconds time{60};
  std::uint64_t seed = 1;
  int primaries = 3;
  int replicas = 1;
  int threads = 6;
  int coroutines = 24;
  bool has_netem = false;
  bool resends_everything = false;  // the clients were told to, which the judge does not know: to prove that he sees
};

constexpr std::chrono::seconds round_time{25};
constexpr int most_given_up = 20;

double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  long all = 0, resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1e6;
}

/// Servers, their logs, two clients. When the servers do not recover from what was done to them, all of it is made anew.
struct Stage {
  explicit Stage(const Order& order)
      : servers({.primaries = order.primaries, .replicas_per_primary = order.replicas, .node_timeout = milliseconds(1000), .extra_config = ServerLogs::config()}),
        logs(servers, place.path()),
        blocking(options(order)),
        async(options(order)) {}

  rediscluster::Options options(const Order& order) const {
    return {.startup_nodes = servers.seeds(),
            .socket_timeout = milliseconds(1000),
            .command_timeout = milliseconds(10'000),
            .resend = order.resends_everything ? rediscluster::Resend::everything : rediscluster::Resend::reads};
  }

  LocalCluster servers;
  rediscluster::testing::TempFolder place{"rediscluster-chaos-"};
  ServerLogs logs;
  RedisCluster blocking;
  AsyncRedisCluster async;
};

/// A call that takes no end is not told as late by itself: the end of all calls would be waited for. It lives as long as callers do.
class Watchdog {
 public:
  explicit Watchdog(Play& play)
      : thread_([this, &play] {
          constexpr std::chrono::seconds patience{90};
          std::unique_lock lock{mutex_};
          for (std::uint64_t before = play.calls; !over_.wait_for(lock, patience, [&] { return is_over_; }); before = play.calls) {
            if (play.calls != before) continue;
            std::printf("  WRONG: no call has ended for %lld s\n", static_cast<long long>(patience.count()));
            std::fflush(stdout);
            std::_Exit(1);
          }
        }) {}
  ~Watchdog() {
    {
      std::lock_guard lock{mutex_};
      is_over_ = true;
    }
    over_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

class Chaos {
 public:
  explicit Chaos(const Order& order) : order_(order), seeds_(order.seed), begun_(Clock::now()) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(order.seed));
    std::fflush(stdout);
  }

  int run() {
    // A cluster that does not come to terms again says nothing of its clients: another one is made, until one round was judged.
    while ((Clock::now() - begun_ < order_.time || rounds_ == given_up_) && findings_ < 50 && given_up_ < most_given_up) {
      try {
        if (!stage_) stage_.emplace(order_);
        round();
      } catch (const rediscluster::testing::ServerError& problem) {
        std::printf("round %d: the servers do not recover, and are made anew: %.300s\n", rounds_, problem.what());
        ++given_up_;
        tell_findings();
        play_.tokens.begin_anew();
        stage_.reset();
      }
    }
    return end();
  }

 private:
  void round() {
    ++rounds_;
    set_out();
    Faults faults(stage_->servers, seeds_(), order_.has_netem);
    {
      const Watchdog watchdog(play_);
      Callers callers(*this);
      const auto left = std::chrono::duration_cast<milliseconds>(order_.time - (Clock::now() - begun_));
      faults.rage(std::clamp<milliseconds>(left, milliseconds(5000), round_time));
    }
    faults.heal();
    const Sums sums = judge(play_, stage_->logs, stage_->servers, stage_->blocking);
    tidy_up();
    tell(faults, sums);
  }

  /// All of them, from here to the end of the scope.
  class Callers {
   public:
    explicit Callers(Chaos& chaos) : play_(chaos.play_) {
      Stage& stage = *chaos.stage_;
      chaos.play_.is_over = false;
      for (int i = 0; i < chaos.order_.threads; ++i) {
        threads_.emplace_back([&play = chaos.play_, asker = BlockingAsker{stage.blocking}, seed = chaos.seeds_()] {
          Caller caller(play, asker, seed);
          caller.run().wait();
        });
      }
      for (int i = 0; i < chaos.order_.coroutines; ++i) {
        callers_.push_back(std::make_unique<Caller<AsyncAsker>>(chaos.play_, AsyncAsker{stage.async}, chaos.seeds_()));
        fibers_.push_back(callers_.back()->run());
      }
    }
    // Also when the servers were given up: callers end with the call they are in.
    ~Callers() {
      play_.is_over = true;
      for (std::thread& each : threads_) each.join();
      for (Fiber& each : fibers_) each.wait();
    }

   private:
    Play& play_;
    std::vector<std::thread> threads_;
    std::vector<std::unique_ptr<Caller<AsyncAsker>>> callers_;
    std::vector<Fiber> fibers_;
  };

  void set_out() {
    stage_->blocking.flushall();
    play_.tokens.begin_anew();
    for (std::size_t i = 0; i < Play::fixed; ++i) stage_->blocking.set(Play::standing(i), "here");
    stage_->servers.wait_until_ok();
  }

  // So that the next round's logs begin small.
  void tidy_up() {
    stage_->logs.forget_read();
    for (int node = 0; node < stage_->servers.size(); ++node) stage_->servers.call(node, {"BGREWRITEAOF"});
  }

  void tell(const Faults& faults, const Sums& sums) {
    sums_.writes += sums.writes;
    sums_.acknowledged += sums.acknowledged;
    sums_.in_doubt += sums.in_doubt;
    sums_.lost_by_servers += sums.lost_by_servers;
    memory_.push_back(resident_megabytes());
    std::printf("round %d: %llu calls so far, %llu failed; %llu writes, %llu acknowledged, %llu in doubt, %llu lost by failovers; %.1f MB; %s\n", rounds_, static_cast<unsigned long long>(play_.calls),
                static_cast<unsigned long long>(play_.failures), static_cast<unsigned long long>(sums.writes), static_cast<unsigned long long>(sums.acknowledged),
                static_cast<unsigned long long>(sums.in_doubt), static_cast<unsigned long long>(sums.lost_by_servers), memory_.back(), faults.told().c_str());
    tell_findings();
  }

  void tell_findings() {
    const std::vector<std::string> findings = play_.take_findings();
    findings_ += findings.size();
    for (std::size_t i = 0; i < findings.size() && i < 20; ++i) std::printf("  WRONG: %s\n", findings[i].c_str());
    std::fflush(stdout);
  }

  int end() {
    for (const auto& [name, count] : play_.errors()) std::printf("  %-24s %llu\n", name.c_str(), static_cast<unsigned long long>(count));
    const std::optional<bool> is_flat = is_memory_flat();
    std::printf("seed %llu, %d rounds (%d given up), %llu calls, %llu writes, %llu acknowledged, %llu in doubt, %llu lost by failovers, worst %lld ms behind a deadline, memory %s; %zu wrong\n",
                static_cast<unsigned long long>(order_.seed), rounds_, given_up_, static_cast<unsigned long long>(play_.calls), static_cast<unsigned long long>(sums_.writes),
                static_cast<unsigned long long>(sums_.acknowledged), static_cast<unsigned long long>(sums_.in_doubt), static_cast<unsigned long long>(sums_.lost_by_servers), static_cast<long long>(play_.worst_lateness),
                !is_flat ? "not judged" : *is_flat ? "flat" : "GROWS", findings_);
    return findings_ == 0 && is_flat.value_or(true) && rounds_ > given_up_ ? 0 : 1;
  }

  // The first rounds fill what is kept for ever: line-ups, connections, the heap's own places. Nothing: there were too few of them to say.
  std::optional<bool> is_memory_flat() const {
    constexpr std::size_t few = 3;
    if (memory_.size() < 4 * few) return std::nullopt;
    double early = 0, late = 0;
    for (std::size_t i = 0; i < few; ++i) {
      early += memory_[memory_.size() / 4 + i] / few;
      late += memory_[memory_.size() - 1 - i] / few;
    }
    std::printf("memory: %.1f MB after a quarter, %.1f MB in the end\n", early, late);
    return late <= early * 1.1 + 8;
  }

  const Order order_;
  std::mt19937_64 seeds_;
  const Clock::time_point begun_;
  Play play_;
  std::optional<Stage> stage_;
  int rounds_ = 0;
  int given_up_ = 0;
  std::size_t findings_ = 0;
  Sums sums_;
  std::vector<double> memory_;  // after each round
};

[[noreturn]] void misuse(const std::string& why) {
  std::cerr << "chaos: " << why << " (tools/chaos --help)\n";
  std::exit(2);
}

Order read_order(int count, char** words) {
  Order order;
  for (int i = 1; i < count; ++i) {
    const std::string option = words[i];
    if (option == "--netem" || option == "--resend-everything") {
      (option == "--netem" ? order.has_netem : order.resends_everything) = true;
      continue;
    }
    if (i + 1 >= count) misuse(option + " wants a value");
    const char* const text = words[++i];
    std::uint64_t value = 0;
    const auto read = std::from_chars(text, text + std::strlen(text), value);
    if (read.ec != std::errc() || *read.ptr != '\0') misuse("'" + std::string(text) + "' of " + option + " is no number");
    const int number = static_cast<int>(value);
    if (option == "--minutes") order.time = std::chrono::minutes(value);
    else if (option == "--seconds") order.time = std::chrono::seconds(value);
    else if (option == "--seed") order.seed = value;
    else if (option == "--primaries") order.primaries = number;
    else if (option == "--replicas") order.replicas = number;
    else if (option == "--threads") order.threads = number;
    else if (option == "--coroutines") order.coroutines = number;
    else misuse("there is no option " + option);
  }
  if (order.primaries < 3) misuse("a cluster that can vote has 3 primaries or more");
  return order;
}

}  // namespace
}  // namespace chaos

int main(int count, char** words) try {
  return chaos::Chaos(chaos::read_order(count, words)).run();
} catch (const std::exception& problem) {
  std::cerr << "chaos: " << problem.what() << '\n';
  return 1;
}
