#include "cluster/topology/topology_refresher.hpp"

#include "cluster/start_thread.hpp"
#include "cluster/topology/topology_source.hpp"

#include <algorithm>
#include <set>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::milliseconds question_timeout{500};   // for an answer, before another node is asked, too
constexpr std::chrono::seconds question_lifetime{10};        // how late an answer may come
constexpr std::chrono::seconds question_doubt{2};            // after which its connection may be dead, and another one is tried beside it
constexpr std::chrono::seconds lifetime_below_bound{2};      // the same where its connection is one of few
constexpr std::chrono::milliseconds look_interval{20};       // at the answers of others while one is waited for
constexpr std::chrono::milliseconds health_tick{250};
constexpr std::size_t most_questions = 8;                    // under way
constexpr int questions_per_round = 3;
constexpr int votes_of_one_node = 3;  // a doubtful view is believed when the only node left repeats it

std::string no_room() {
  return "it names more primaries than a client remembers (" + std::to_string(NodeTable::most_primaries) + "): a new client starts anew";
}

std::string address_or_nobody(const Node* node) { return node == nullptr ? "nobody" : to_string(node->address()); }

// "5461 slots: 127.0.0.1:7000 -> 127.0.0.1:7003; ..."
std::string describe(const TopologyChange& change) {
  constexpr std::size_t most_shown = 8;
  std::string text;
  for (std::size_t i = 0; i < change.handovers.size() && i < most_shown; ++i) {
    const TopologyChange::Handover& each = change.handovers[i];
    text += (text.empty() ? "" : "; ") + std::to_string(each.slots) + " slots: " + address_or_nobody(each.from) + " -> " + address_or_nobody(each.to);
  }
  if (change.handovers.size() > most_shown) text += "; and " + std::to_string(change.handovers.size() - most_shown) + " more";
  return text;
}

std::string describe(const Error& error) { return to_string(error.node) + ": " + error.message; }

}  // namespace

TopologyRefresher::TopologyRefresher(const Config& config, NodeTable& nodes, Topology& topology, std::uint64_t random_seed)
    : config_(config), nodes_(nodes), topology_(topology), random_(random_seed), watch_(config, nodes, topology) {}

// Of a startup node that is asked for the first view.
std::string TopologyRefresher::what_is_wrong_with(const slots::ClusterView& view) const {
  if (!topology_.has_room(view)) return no_room();
  return view.ranges.empty() ? "it knows no slots: it has not joined a cluster yet" : "";
}

Result<void> TopologyRefresher::make_thread() {
  std::lock_guard lock{mutex_};
  if (stopping_ || thread_.joinable()) return {};
  Result<base::Flow> thread = start_flow([this] { run(); }, host_);
  if (!thread) return fail(std::move(thread.error()));
  thread_ = std::move(*thread);
  return {};
}

Result<void> TopologyRefresher::start() {
  if (Result<void> made = make_thread(); !made) return made;
  std::lock_guard lock{mutex_};
  started_ = true;
  return {};
}

TopologyRefresher::~TopologyRefresher() { stop(); }

void TopologyRefresher::stop() {
  base::Flow ending;
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
    if (!thread_.is_here()) ending = std::move(thread_);
  }
  wake_.notify_all();
  if (ending.joinable()) ending.join();
  for (Helper& helper : take_helpers(Helpers::all)) helper.thread.join();
}

void TopologyRefresher::request() {
  {
    std::lock_guard lock{mutex_};
    if (wanted_) return;
    wanted_ = true;
  }
  wake_.notify_all();
}

void TopologyRefresher::note_moved() {
  const auto steps = static_cast<std::uint32_t>(config_.options.reinitialize_steps.value_or(1));
  if ((moves_.fetch_add(1, std::memory_order_relaxed) + 1) % steps == 0) request();
}

// Quick while an outage is young, so that a failover is noticed within about 100 ms of its end; slower when nothing
// changes for long; slower in large clusters, where one answer is large and clients are many.
base::Duration TopologyRefresher::least_interval() const {
  const int scale = 1 + static_cast<int>(topology_.shards().size()) / 100;
  if (fruitless_rounds_ < 3) return scale * std::chrono::milliseconds(25);
  if (fruitless_rounds_ < 200) return scale * std::chrono::milliseconds(75);
  return scale * std::chrono::milliseconds(500);
}

// What is thrown (there may be no memory) ends the turn, and neither the thread nor the process.
void TopologyRefresher::run() {
  Lock lock{mutex_};
  last_round_ = base::Clock::now();
  while (!stopping_) {
    bool has_failed = true;
    try {
      if (started_) {
        take_turn(lock);
      } else {
        assist(lock);
      }
      has_failed = false;
    } catch (const std::exception& error) {
      note_thrown(lock, error.what());
    } catch (...) {
      note_thrown(lock, "something was thrown that is no std::exception");
    }
    if (has_failed) wake_.wait_for(lock, health_tick, [&] { return stopping_; });
  }
  lock.unlock();
  questions_.clear();
  watch_.stop();
}

// With the lock or without, as it was thrown; with it afterwards.
void TopologyRefresher::note_thrown(Lock& lock, const char* what) {
  if (lock.owns_lock()) lock.unlock();  // hooks are the user's
  try {
    config_.reporter->report(Event::Kind::refresh_failed, [&](Event& event) { event.message = what; });
  } catch (...) {  // it is counted
  }
  lock.lock();
}

void TopologyRefresher::take_turn(Lock& lock) {
  wake_.wait_for(lock, health_tick, [&] { return stopping_ || wanted_; });
  if (stopping_) return;
  lock.unlock();
  const base::TimePoint now = base::Clock::now();
  if (watch_.look(now)) request();
  if (std::string reason; hear(reason)) fruitless_rounds_ = 0;
  lock.lock();
  const bool due = now - last_round_ > config_.options.topology_refresh_period;
  if (stopping_ || (!wanted_ && !due)) return;
  lock.unlock();
  const base::Duration interval = least_interval();
  const auto jitter = base::Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(interval.count()) / 2 + 1)));
  const base::TimePoint not_before = std::max(now, last_round_ + interval + jitter);
  lock.lock();
  wake_.wait_until(lock, base::Deadline::at(not_before), [&] { return stopping_; });
  if (stopping_) return;
  wanted_ = false;
  lock.unlock();
  last_round_ = base::Clock::now();
  round();
  lock.lock();
}

// Known nodes in random order, those that seem well first, then the startup nodes as a last resort.
std::vector<Node*> TopologyRefresher::candidates() {
  std::vector<Node*> nodes = topology_.all_nodes();
  // While nobody is known to serve some slots, the startup nodes may know somebody of whom the others have never heard.
  const auto add_seeds = [&] {
    for (const NodeAddress& seed : config_.seeds) nodes.push_back(&nodes_.at(seed));
  };
  if (topology_.covered_slots() < slot_count) add_seeds();
  random_.shuffle(nodes);
  // Below a bound a new connection may cost somebody else's.
  if (config_.connections_in_all) {
    std::stable_partition(nodes.begin(), nodes.end(), [](Node* node) { return node->lanes().open_shared() > 0; });
  }
  const base::TimePoint now = base::Clock::now();
  std::stable_partition(nodes.begin(), nodes.end(), [&](Node* node) { return node->seems_well(now); });
  add_seeds();
  return nodes;
}

bool TopologyRefresher::is_stopping() {
  std::lock_guard lock{mutex_};
  return stopping_;
}

void TopologyRefresher::round() {
  const std::uint64_t version = topology_.version();
  std::set<const Node*> asked_now;
  int asked = 0;
  std::string reason = "no node is known";
  bool adopted = hear(reason);
  const std::vector<Node*> nodes = candidates();
  for (std::size_t i = 0; !adopted && i < nodes.size() && asked < questions_per_round + static_cast<int>(config_.seeds.size()); ++i) {
    // After a few well nodes failed, the startup nodes at the end of the list have a better chance than the rest.
    if (asked >= questions_per_round && i + config_.seeds.size() < nodes.size()) i = nodes.size() - config_.seeds.size();
    if (!may_be_asked(*nodes[i]) || !asked_now.insert(nodes[i]).second) continue;
    ++asked;
    if (is_stopping()) return;
    adopted = ask(*nodes[i], reason);
  }
  if (!adopted) config_.reporter->report(Event::Kind::refresh_failed, [&](Event& event) { event.message = reason; });
  rounds_.fetch_add(1, std::memory_order_relaxed);
  fruitless_rounds_ = topology_.version() == version ? fruitless_rounds_ + 1 : 0;  // the epoch moves on for those who are only woken, too
}

int TopologyRefresher::questions_to(const Node& node) const {
  return static_cast<int>(std::count_if(questions_.begin(), questions_.end(), [&](const auto& each) { return &each->node() == &node; }));
}

// Who answers late is not asked again. But what a firewall has forgotten, or a host that was away, leaves connections that nothing comes on
// any more, for as long as it takes the system to notice.
bool TopologyRefresher::may_be_asked(const Node& node) const {
  const int asked = questions_to(node);
  if (asked == 0) return true;
  const base::TimePoint now = base::Clock::now();
  const auto is_young = [&](const auto& each) { return &each->node() == &node && now - each->begin() < question_doubt; };
  return asked == 1 && !config_.connections_in_all && std::none_of(questions_.begin(), questions_.end(), is_young);
}

// Connecting has a time of its own: far away, with TLS, it takes several times as long as an answer.
bool TopologyRefresher::ask(Node& node, std::string& reason) {
  if (questions_.size() == most_questions) questions_.erase(questions_.begin());
  const base::Duration to_send = config_.options.socket_connect_timeout + question_timeout;
  const auto way = questions_to(node) > 0 ? ViewQuestion::Way::own : ViewQuestion::Way::shared;
  questions_.push_back(std::make_unique<ViewQuestion>(node, base::Deadline::after(base::Clock::now(), to_send), drive::Wishes{}, way));
  ViewQuestion* const newest = questions_.back().get();
  const base::Deadline patience = base::Deadline::after(base::Clock::now(), question_timeout);
  for (;;) {
    const bool is_only_one = questions_.size() == 1;
    newest->wait(is_only_one ? patience : earlier(patience, base::Deadline::after(base::Clock::now(), look_interval)));
    if (hear(reason)) return true;
    if (questions_.empty() || questions_.back().get() != newest || is_stopping()) return false;
    if (!patience.passed(base::Clock::now())) continue;
    reason = describe(newest->take().error());
    return false;
  }
}

// Takes the answers that have come, be they late: a node that is slow to answer is not asked in vain, however slow all are.
// True: a view was adopted, and the others are of no more interest.
bool TopologyRefresher::hear(std::string& reason) {
  const base::Duration lifetime = config_.connections_in_all ? lifetime_below_bound : question_lifetime;
  for (std::size_t i = 0; i < questions_.size();) {
    const base::TimePoint now = base::Clock::now();
    const bool is_over = questions_[i]->wait(base::Deadline::at(base::TimePoint::min()));
    if (!is_over && now - questions_[i]->begin() < lifetime) {
      ++i;
      continue;
    }
    const std::unique_ptr<ViewQuestion> question = std::move(questions_[i]);
    questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(i));
    if (is_over && question->begin() >= heard_since_ && take_answer(*question, reason)) return true;
  }
  return false;
}

bool TopologyRefresher::take_answer(const ViewQuestion& question, std::string& reason) {
  Result<slots::ClusterView> view = question.take();
  if (view && !topology_.has_room(*view)) view = fail(Errc::unexpected_reply, no_room(), question.node().address());
  if (!view) {
    reason = describe(view.error());
    return false;
  }
  reason = to_string(question.node().address()) + ": its view is doubtful";
  if (!consider(question.node(), std::move(*view), question.begin())) return false;
  heard_since_ = question.begin();
  return true;
}

bool TopologyRefresher::names_known_node(const slots::ClusterView& view) const {
  return std::any_of(view.shards.begin(), view.shards.end(), [&](const slots::ShardView& shard) {
    return topology_.knows_id(shard.primary.id) ||
           std::any_of(shard.replicas.begin(), shard.replicas.end(),
                       [&](const slots::NodeView& replica) { return topology_.knows_id(replica.id); });
  });
}

void TopologyRefresher::adopt(const Node& source, const slots::ClusterView& view, base::TimePoint begin, const slots::SlotSet& kept) {
  const base::TimePoint now = base::Clock::now();
  const bool is_first = topology_.is_empty();
  const TopologyChange change = topology_.adopt(view, now, kept);
  config_.reporter->report(Event::Kind::refreshed, [&](Event& event) {
    event.node = source.address();
    event.count = change.slots;
    event.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - begin);
    event.message = describe(change);
  });
  if (is_first) return;
  for (const TopologyChange::Handover& each : change.handovers) {
    if (!each.failover) continue;
    config_.reporter->report(Event::Kind::failover_seen, [&](Event& event) {
      event.node = each.to->address();
      event.other = each.from->address();
      event.slot = each.slot;
      event.count = each.slots;
    });
  }
}

// Returns true when the view was adopted, so that no other node need be asked.
bool TopologyRefresher::consider(Node& source, slots::ClusterView view, base::TimePoint begin) {
  const bool seen_before = doubtful_ && *doubtful_ == view;
  if (seen_before) {
    doubtful_votes_ += doubtful_source_ == &source ? 1 : votes_of_one_node;
  }
  slots::ReviewContext context;
  context.current_coverage = topology_.covered_slots();
  context.knows_any_id = topology_.is_empty() || names_known_node(view);
  context.confirmed = seen_before && doubtful_votes_ >= votes_of_one_node;
  const slots::Review verdict = slots::review(view, context);
  returns_.heard(source);
  if (verdict == slots::Review::adopt) {
    const base::TimePoint now = base::Clock::now();
    const Topology::GivenBack back = topology_.given_back(view, now);
    slots::SlotSet kept;
    if (!back.slots.empty()) kept = returns_.unconfirmed(source, back.slots, now) | back.lost_just_now;
    const bool may_be_old = !kept.empty() && kept == back.slots;
    if (may_be_old && !back.has_other_news) return false;
    doubtful_.reset();
    adopt(source, view, begin, kept);
    return !may_be_old;
  }
  if (verdict == slots::Review::reject_empty) return false;
  if (!seen_before) {
    doubtful_ = std::move(view);
    doubtful_votes_ = 1;
    doubtful_source_ = &source;
  }
  return false;
}

}  // namespace rediscluster::cluster
