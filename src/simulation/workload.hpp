/// Callers of a simulated client: coroutines that ask for commands of all kinds, wait for each within its time, cancel some of them at
/// any moment and leave others alone, and tell the oracle what came of it.
#pragma once

#include "simulation/commands.hpp"
#include "simulation/listener.hpp"

#include <rediscluster/async.hpp>

#include <memory>
#include <stop_token>

namespace rediscluster::simulation {

struct WorkloadPlan {
  int callers = 8;
  int calls = 122;  ///< Of each; with those that consist of several, 2,000 commands for servers.
  int keys = 48;
  bool reads_primaries = true;  ///< So that nothing older than was told is right.
  int longest_pause = 80;       ///< Milliseconds, between two calls of a caller.
};

class Workload {
 public:
  Workload(World& world, Oracle& oracle, const AsyncRedisCluster& redis, Listener& listener, const WorkloadPlan& plan)
      : world_(world), oracle_(oracle), redis_(redis), listener_(listener), plan_(plan), random_(world.chance(Chance::workload)) {}
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  void begin();
  /// When nothing goes wrong any more: a call of each caller for each of some keys, which must succeed.
  void begin_last_round();
  bool is_over() const { return tasks_.under_way == 0; }

  static constexpr int tags = 8;  ///< Of transactions: two lists each.
  static std::string tag(int number) { return "{b" + std::to_string(number) + "}"; }
  static std::string key(int number) { return "k" + std::to_string(number); }

 private:
  Task caller(Tasks& tasks);
  Task last_calls(Tasks& tasks, int caller);
  Lone last_of_their_kind(int caller);
  Lone one();
  Lone batch();
  Lone block();
  Lone text(bool writes);
  Lone list();
  Lone take(bool waits);
  Lone several(bool writes);
  Lone count();
  Lone script();
  Lone lock();
  Lone remove();
  Lone message();
  Lone scan();
  Lone emulated(std::size_t which, bool is_last = false);
  Lone move(bool is_last);
  Lone set_if_none(bool is_last);
  Lone rename(bool is_last);
  std::vector<std::string> own_keys(std::size_t count);
  Call& begin_steps(const char* name, const std::vector<std::string>& keys, bool is_last);
  template <class T>
  void end_of_steps(Call& call, const Result<T>& result);
  bool may_judge(const std::vector<std::string>& keys) const;
  void judge_own(const Call& call, const char* trouble);
  Sleep pause() { return {world_, base::Duration(static_cast<base::Duration::rep>(below(1000 * static_cast<std::size_t>(plan_.longest_pause)) * 1000))}; }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
  bool once_in(std::size_t many) { return below(many) == 0; }
  std::string any_key(const char* kind);
  std::chrono::milliseconds any_timeout();
  Call& begin(const char* name, std::vector<std::string> keys, std::chrono::milliseconds timeout, bool writes);
  /// The operation within its time, and now and then cancelled at any moment.
  template <class T>
  Operation<T> bound(Operation<T>&& operation, Call& call);
  template <class T>
  Operation<T> bound_or_last(Operation<T>&& operation, Call& call);

  World& world_;
  Oracle& oracle_;
  const AsyncRedisCluster& redis_;
  const AsyncScript push_ = redis_.register_script("return redis.call('RPUSH', KEYS[1], ARGV[1])");
  Listener& listener_;
  const WorkloadPlan plan_;
  base::Random random_;
  Tasks tasks_;
  std::uint64_t pipelines_ = 0;
  std::uint64_t own_keys_ = 0;
};

template <class T>
Operation<T> Workload::bound(Operation<T>&& operation, Call& call) {
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline - call.begun);
  if (!once_in(16)) return std::move(operation).within(timeout);
  const auto stop = std::make_shared<std::stop_source>();
  world_.after(std::chrono::microseconds(below(300'000)), [this, stop, &call] {
    if (call.end == Call::End::pending && !call.is_block) call.cancelled = world_.now();
    stop->request_stop();
  });
  return std::move(operation).within(timeout).cancel_on(stop->get_token());
}

// Within its time; in the last round nobody is impatient.
template <class T>
Operation<T> Workload::bound_or_last(Operation<T>&& operation, Call& call) {
  return call.is_last ? std::move(operation).within(std::chrono::seconds(10)) : bound(std::move(operation), call);
}

}  // namespace rediscluster::simulation
