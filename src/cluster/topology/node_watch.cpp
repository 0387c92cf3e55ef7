#include "cluster/topology/node_watch.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::seconds waiting_tick{1};    // between looks at nodes without slots on which somebody waits
constexpr std::chrono::seconds silence_of_dead{3};  // how long such a node has for an answer
constexpr std::chrono::seconds longest_idle{60};   // of connections to nodes outside the topology
constexpr std::chrono::seconds longest_idle_dedicated{10};  // of connections of their own, to any node
constexpr std::chrono::seconds least_absence{60};  // of nodes that are forgotten
constexpr int least_looks = 4;                     // during that time
// A caller may have looked at the old map just before it changed, and sent just after.
constexpr std::chrono::milliseconds late_sender{500};

// Not what our own bounds, a password or a certificate keep us from.
bool is_sign_of_death(Errc code) { return code == Errc::timed_out || code == Errc::connect_failed || code == Errc::connection_lost; }

bool holds(const std::vector<Node*>& nodes, const Node* node) { return std::find(nodes.begin(), nodes.end(), node) != nodes.end(); }

}  // namespace

bool NodeWatch::look(base::TimePoint now) {
  note_who_serves(now);
  const bool is_doubtful = look_at_silent(now);
  look_at_waited_for(now);
  retire_dedicated(now);
  retire(now);
  return is_doubtful;
}

// With replica reads off, a replica serves nothing by itself.
void NodeWatch::note_who_serves(base::TimePoint now) {
  const std::uint64_t epoch = topology_.epoch();
  if (epoch == epoch_) return;
  epoch_ = epoch;
  std::vector<Node*> serving = config_.read_from != ReadFrom::primary ? topology_.all_nodes() : topology_.primaries();
  for (const Node* node : serving_) {
    if (!holds(serving, node)) replaced_.insert_or_assign(node, now);
  }
  for (const Node* node : serving) replaced_.erase(node);
  serving_ = std::move(serving);
}

// Only what was sent while it served: what a caller sends to a node that he names may take its time.
bool NodeWatch::was_replaced(const Node* node, base::TimePoint silent_since) const {
  const auto found = replaced_.find(node);
  return found != replaced_.end() && silent_since < found->second + late_sender;
}

bool NodeWatch::look_at_silent(base::TimePoint now) {
  bool is_doubtful = false;
  for (Node* node : nodes_.all()) {
    node->lanes().give_back_memory(now);
    const std::optional<base::TimePoint> silent_since = node->stalled_since(now);
    if (!silent_since) continue;
    node->reading().note_trouble(now);
    if (holds(serving_, node)) {
      is_doubtful = true;  // is it slow, or has somebody else taken over?
    } else if (was_replaced(node, *silent_since)) {
      cut_off(*node);
    }
  }
  return is_doubtful;
}

void NodeWatch::cut_off(Node& node) {
  const Error silent{Errc::connection_lost, "the node has been silent and another one has taken over its slots", node.address(), 0,
                     Execution::maybe_executed};
  node.break_off(silent);
  config_.reporter->report(Event::Kind::lost, [&](Event& event) { fill_from(silent, event); });
}

// A server that is demoted tells those who wait on it; one that is frozen cannot, and they may have asked to wait for ever.
// So it is asked, and has time to answer: a slow one is not a dead one.
void NodeWatch::look_at_waited_for(base::TimePoint now) {
  if (now < next_look_at_waited_for_) return;
  next_look_at_waited_for_ = now + waiting_tick;
  std::vector<Node*> waited_for;
  for (Node* node : nodes_.all()) {
    if (node->lanes().dedicated_in_use() > 0) waited_for.push_back(node);
  }
  if (!waited_for.empty()) {
    const std::vector<Node*> primaries = topology_.primaries();
    std::erase_if(waited_for, [&](const Node* node) { return holds(primaries, node); });
  }
  std::erase_if(asked_, [&](const auto& each) { return !holds(waited_for, each.first); });
  for (Node* node : waited_for) {
    std::unique_ptr<ViewQuestion>& asked = asked_[node];
    if (!asked) {
      asked = std::make_unique<ViewQuestion>(*node, base::Deadline::after(now, config_.options.socket_connect_timeout + late_sender));
    } else if (const bool is_over = asked->wait(base::Deadline::at(base::TimePoint::min())); is_over || now - asked->begin() >= silence_of_dead) {
      if (!asked->has_answer() && is_sign_of_death(asked->take().error().code)) tell_those_who_wait(*node);
      asked.reset();
    }
  }
}

void NodeWatch::tell_those_who_wait(Node& node) {
  const Error silent{Errc::connection_lost, "the node serves no slots (any more) and does not answer", node.address(), 0, Execution::maybe_executed};
  node.lanes().break_off_dedicated(silent);
  config_.reporter->report(Event::Kind::lost, [&](Event& event) { fill_from(silent, event); });
}

// A burst of calls that wait, or that watch keys, must not leave its connections behind for ever.
void NodeWatch::retire_dedicated(base::TimePoint now) {
  const base::Duration patience = std::min<base::Duration>(config_.options.topology_refresh_period, longest_idle_dedicated);
  if (now < next_end_of_dedicated_) return;
  next_end_of_dedicated_ = now + patience;
  for (Node* node : nodes_.all()) node->lanes().end_dedicated_idle_since(now - patience);
}

// A node that has left the cluster keeps no connection of ours once it has been idle for a while.
void NodeWatch::retire(base::TimePoint now) {
  const base::Duration patience = std::min<base::Duration>(config_.options.topology_refresh_period, longest_idle);
  if (now < next_retirement_) return;
  next_retirement_ = now + patience;
  const std::set<const Node*> named = topology_.named();
  for (Node* node : nodes_.all()) {
    if (!named.contains(node)) node->lanes().end_idle_since(now - patience);
  }
  forget(named, now);
}

// Nobody points to a node for longer than a moment unless a slot leads to it, or he uses it. A moment that is longer than
// anybody's, also where a machine stood still meanwhile: so many looks, too.
void NodeWatch::forget(const std::set<const Node*>& named, base::TimePoint now) {
  std::set<const Node*> gone;
  std::vector<Node*> freed;
  for (Node* node : nodes_.all()) {
    if (named.contains(node) || node->is_kept()) {
      absent_.erase(node);
      continue;
    }
    Absence& absence = absent_.try_emplace(node, Absence{now}).first->second;
    if (++absence.looks < least_looks || now - absence.since < least_absence) continue;
    gone.insert(node);
    freed.push_back(node);
  }
  if (freed.empty()) return;
  for (Node* node : freed) {
    absent_.erase(node);
    replaced_.erase(node);
  }
  topology_.forget(gone);
  nodes_.forget(freed);
}

}  // namespace rediscluster::cluster
