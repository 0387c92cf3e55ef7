#include "simulation/kept_schedule.hpp"

#include <sstream>

namespace rediscluster::simulation {
namespace {

// "seed 7", "callers 3", ...: true when the line is one of these.
bool read_setting(RunPlan& plan, const std::string& line) {
  std::istringstream words(line);
  std::string name;
  std::uint64_t value = 0;
  std::string more;
  if (!(words >> name >> value) || words >> more) return false;
  const int number = static_cast<int>(value);
  if (name == "seed") plan.seed = value;
  else if (name == "callers") plan.workload.callers = number;
  else if (name == "calls") plan.workload.calls = number;
  else if (name == "keys") plan.workload.keys = number;
  else if (name == "shards") plan.cluster.shards = number;
  else if (name == "replicas") plan.cluster.replicas = number;
  else if (name == "milliseconds") plan.milliseconds = number;
  else if (name == "reads_replicas") plan.workload.reads_primaries = !(plan.cluster.reads_replicas = number != 0);
  else if (name == "has_name") plan.has_name = number != 0;
  else if (name == "is_narrow") plan.is_narrow = number != 0;
  else if (name == "is_patient") plan.is_patient = number != 0;
  else return false;
  return true;
}

}  // namespace

std::string text_of(const RunPlan& plan, const Schedule& schedule, const std::string& why) {
  std::ostringstream out;
  out << "# " << why << "\nseed " << plan.seed << "\ncallers " << plan.workload.callers << "\ncalls " << plan.workload.calls << "\nkeys " << plan.workload.keys << "\nshards "
      << plan.cluster.shards << "\nreplicas " << plan.cluster.replicas << "\nreads_replicas " << plan.cluster.reads_replicas << "\nhas_name " << plan.has_name << "\nis_narrow " << plan.is_narrow << "\nis_patient " << plan.is_patient
      << "\nmilliseconds " << plan.milliseconds << '\n';
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
  const bool is_sound = plan.workload.callers > 0 && plan.workload.keys > 0 && plan.cluster.shards > 0 && plan.cluster.replicas >= 0;
  if (!is_sound) return fail(Errc::bad_option, "callers, keys and shards must be 1 or more");
  return plan;
}

}  // namespace rediscluster::simulation
