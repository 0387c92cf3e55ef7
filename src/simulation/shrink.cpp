#include "simulation/shrink.hpp"

#include <algorithm>

namespace rediscluster::simulation {
namespace {

class Shrinking {
 public:
  Shrinking(const RunPlan& plan, const Outcome& outcome, int most_runs) : best_(plan), invariant_(first_invariant(outcome)), runs_left_(most_runs) {
    best_.schedule = outcome.schedule;
    best_.prints_trace = false;
  }

  RunPlan work() {
    if (invariant_.empty()) return best_;
    fewer_faults();
    fewer(&WorkloadPlan::callers);
    fewer(&WorkloadPlan::calls);
    fewer_faults();
    return best_;
  }

 private:
  bool still_fails(const RunPlan& plan) { return runs_left_-- > 0 && first_invariant(run(plan)) == invariant_; }

  // Delta debugging (Zeller): without a part of the faults, in parts that become smaller.
  void fewer_faults() {
    for (std::size_t parts = 2; runs_left_ > 0 && !best_.schedule->empty();) {
      const std::size_t size = (best_.schedule->size() + parts - 1) / parts;
      bool is_smaller = false;
      for (std::size_t begin = 0; begin < best_.schedule->size() && runs_left_ > 0;) {
        RunPlan tried = best_;
        const auto first = tried.schedule->begin() + static_cast<std::ptrdiff_t>(begin);
        tried.schedule->erase(first, first + static_cast<std::ptrdiff_t>(std::min(size, best_.schedule->size() - begin)));
        if (still_fails(tried)) {
          best_ = std::move(tried);
          is_smaller = true;
        } else {
          begin += size;
        }
      }
      if (!is_smaller && size == 1) return;
      if (!is_smaller) parts *= 2;
    }
  }

  void fewer(int WorkloadPlan::*number) {
    for (int next = best_.workload.*number / 2; next > 0 && runs_left_ > 0; next /= 2) {
      RunPlan tried = best_;
      tried.workload.*number = next;
      if (!still_fails(tried)) return;
      best_ = std::move(tried);
    }
  }

  RunPlan best_;
  const std::string invariant_;
  int runs_left_;
};

}  // namespace

std::string first_invariant(const Outcome& outcome) {
  return outcome.violations.empty() ? std::string() : outcome.violations.front().substr(0, outcome.violations.front().find(':'));
}

RunPlan shrink(const RunPlan& plan, const Outcome& outcome, int most_runs) { return Shrinking(plan, outcome, most_runs).work(); }

}  // namespace rediscluster::simulation
