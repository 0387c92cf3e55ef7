#include "simulation/kept_schedule.hpp"

#include <sstream>

namespace rediscluster::simulation {
namespace {

// What a schedule says beside its faults, in the order in which it does.
template <class Plan, class Use>
void for_each_setting(Plan& plan, Use&& use) {
  use("seed", plan.seed);
  use("callers", plan.workload.callers);
  use("calls", plan.workload.calls);
  use("pause", plan.workload.longest_pause);
  use("keys", plan.workload.keys);
  use("shards", plan.cluster.shards);
  use("replicas", plan.cluster.replicas);
  use("reads_replicas", plan.cluster.reads_replicas);
  use("has_name", plan.has_name);
  use("is_narrow", plan.is_narrow);
  use("is_patient", plan.is_patient);
  use("is_focused", plan.cluster.is_focused);
  use("is_resp2", plan.is_resp2);
  use("milliseconds", plan.milliseconds);
}

// "seed 7", "callers 3", ...: true when the line is one of these.
bool read_setting(RunPlan& plan, const std::string& line) {
  std::istringstream words(line);
  std::string name;
  std::uint64_t value = 0;
  std::string more;
  if (!(words >> name >> value) || words >> more) return false;
  bool is_known = false;
  for_each_setting(plan, [&]<class Setting>(std::string_view its_name, Setting& setting) {
    if (its_name != name) return;
    setting = static_cast<Setting>(value);
    is_known = true;
  });
  return is_known;
}

}  // namespace

std::string text_of(const RunPlan& plan, const Schedule& schedule, const std::string& why) {
  std::ostringstream out;
  out << "# " << why << '\n';
  for_each_setting(plan, [&](std::string_view name, const auto& setting) { out << name << ' ' << setting << '\n'; });
  for (const Fault& each : schedule) out << each.text() << '\n';
  return out.str();
}

Result<RunPlan> parse_plan(const std::string& text) {
  RunPlan plan;
  plan.schedule.emplace();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#' || read_setting(plan, line)) continue;
    const Result<Fault> fault = Fault::parse(line);
    if (!fault) return fail(fault.error());
    plan.schedule->push_back(*fault);
  }
  plan.workload.reads_primaries = !plan.cluster.reads_replicas;
  const bool is_sound = plan.workload.callers > 0 && plan.workload.keys > 0 && plan.cluster.shards > 0 && plan.cluster.replicas >= 0;
  if (!is_sound) return fail(Errc::bad_option, "callers, keys and shards must be 1 or more");
  return plan;
}

}  // namespace rediscluster::simulation
