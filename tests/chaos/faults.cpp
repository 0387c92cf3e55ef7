#include "chaos/faults.hpp"

#include <cstdlib>
#include <thread>

namespace chaos {
namespace {

using rediscluster::testing::ServerError;

constexpr milliseconds longest_absence{5000};
constexpr milliseconds longest_gap{1500};  // from one fault to the next

}  // namespace

Faults::Faults(rediscluster::testing::LocalCluster& cluster, std::uint64_t seed, bool has_netem) : cluster_(cluster), random_(seed), has_netem_(has_netem) {}

const std::vector<Faults::Kind>& Faults::kinds() {
  static const std::vector<Kind> all{{"kill -9", 4, &Faults::kill},      {"shut down", 2, &Faults::shut_down}, {"stop", 4, &Faults::stop},       {"fail over", 3, &Faults::fail_over},
                                     {"move slots", 5, &Faults::migrate}, {"cut connections", 4, &Faults::cut}, {"slow network", 3, &Faults::slow_down}};
  return all;
}

void Faults::rage(milliseconds span) {
  const auto end = Clock::now() + span;
  while (Clock::now() < end) {
    one();
    const auto next = std::min(end, Clock::now() + milliseconds(1 + below(longest_gap.count())));
    while (Clock::now() < next) {
      do_what_is_due();
      std::this_thread::sleep_for(milliseconds(5));
    }
  }
}

// What cannot be done now, as a node is away, is left out.
void Faults::one() {
  unsigned weights = 0;
  for (const Kind& each : kinds()) weights += each.weight;
  std::size_t drawn = below(weights);
  for (const Kind& each : kinds()) {
    if (drawn >= each.weight) {
      drawn -= each.weight;
      continue;
    }
    try {
      (this->*each.befall)();
      ++done_[each.name];
    } catch (const std::exception&) {
      ++done_[std::string(each.name) + " (not possible then)"];
    }
    return;
  }
}

void Faults::later(milliseconds most, std::function<void()> what) {
  due_.emplace(Clock::now() + milliseconds(50 + below(static_cast<std::size_t>(most.count()))), std::move(what));
}

void Faults::do_what_is_due() {
  while (!due_.empty() && due_.begin()->first <= Clock::now()) {
    const auto what = due_.extract(due_.begin());
    what.mapped()();
  }
}

void Faults::restart(int node) {
  if (!cluster_.node(node).server().is_running()) cluster_.restart(node);
}

void Faults::kill() {
  const int node = any_node();
  cluster_.kill(node);
  later(longest_absence, [this, node] { restart(node); });
}

void Faults::shut_down() {
  const int node = any_node();
  cluster_.terminate(node);
  later(longest_absence, [this, node] { restart(node); });
}

void Faults::stop() {
  const int node = any_node();
  if (!cluster_.node(node).can_answer()) throw ServerError("it is away");
  cluster_.stop(node);
  later(longest_absence, [this, node] { cluster_.resume(node); });
}

void Faults::fail_over() {
  const int node = any_node();
  if (!cluster_.node(node).can_answer() || cluster_.node(node).is_primary()) throw ServerError("it is no replica");
  cluster_.call(node, below(2) == 0 ? std::vector<std::string>{"CLUSTER", "FAILOVER"} : std::vector<std::string>{"CLUSTER", "FAILOVER", "FORCE"});
}

// A slot of a key that callers use. Left open where a node goes away meanwhile: heal() closes it.
void Faults::migrate() {
  const std::vector<int> primaries = cluster_.primaries();
  const int slot = rediscluster::keyslot(below(2) == 0 ? Play::list(below(Play::lists)) : Play::hash(below(Play::hashes)));
  const int from = cluster_.primary_of_slot(slot), to = primaries.at(below(primaries.size()));
  if (from < 0 || from == to) throw ServerError("it is there, or nowhere");
  has_open_slots_ = true;
  cluster_.begin_move(slot, from, to).finish();
}

void Faults::cut() {
  const int node = any_node();
  if (!cluster_.node(node).can_answer()) throw ServerError("it is away");
  cluster_.call(node, {"CLIENT", "KILL", "TYPE", "normal"});
}

void Faults::slow_down() {
  if (!has_netem_) throw ServerError("there is no netem");
  const std::string how = "tc qdisc replace dev lo root netem delay " + std::to_string(1 + below(30)) + "ms 10ms loss " + std::to_string(below(3)) + "%";
  if (std::system(how.c_str()) != 0) throw ServerError("tc refused");
  later(longest_absence, [] { static_cast<void>(std::system("tc qdisc del dev lo root 2>/dev/null")); });
}

void Faults::heal() {
  due_.clear();
  if (has_netem_) static_cast<void>(std::system("tc qdisc del dev lo root 2>/dev/null"));
  for (int node = 0; node < cluster_.size(); ++node) {
    if (cluster_.node(node).server().is_stopped()) cluster_.resume(node);
    restart(node);
  }
  for (int tries = 0;; ++tries) {
    if (std::exchange(has_open_slots_, false)) fix_slots();
    try {
      return cluster_.wait_until_ok(std::chrono::seconds(20));
    } catch (const ServerError&) {
      if (tries == 2) throw;
      has_open_slots_ = true;  // a move that was broken off leaves slots that nobody claims, also where nobody looked for them
    }
  }
}

// As whoever runs the cluster would.
void Faults::fix_slots() {
  const std::vector<int> primaries = cluster_.primaries();
  if (primaries.empty()) throw ServerError("no primary answers");
  const std::string node = to_string(cluster_.node(primaries.front()).address());
  const std::string command = "timeout 60 redis-cli --cluster fix " + node + " --cluster-yes >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) static_cast<void>(std::system(command.c_str()));
}

std::string Faults::told() const {
  std::string text;
  for (const auto& [name, count] : done_) text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
  return text;
}

}  // namespace chaos
