#include "cluster/topology/seed_hunt.hpp"

#include "cluster/topology/topology_source.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// How long a startup node may keep the others waiting: longer than an answer from another continent takes, so that usually
// one is asked alone. With less time than that for all, each has its share.
constexpr std::chrono::milliseconds longest_stagger{250};

constexpr int most_threads = 16;

base::Duration stagger_of(std::size_t seeds, base::Deadline deadline, base::TimePoint now) {
  const auto shares = static_cast<std::int64_t>(seeds + 1);
  return std::min<base::Duration>(longest_stagger, deadline.left(now) / shares);
}

// The same on every node of a cluster, most often: it says more than that others could not be reached.
bool is_refusal(const Error& error) {
  return error.code == Errc::wrong_password || error.code == Errc::no_auth || error.code == Errc::no_permission;
}

bool is_unreachable(const Error& error) {
  return error.code == Errc::connect_failed || error.code == Errc::timed_out || error.code == Errc::dns_failed || error.code == Errc::connection_lost;
}

Error silence(const NodeAddress& node, const char* what) { return {Errc::timed_out, what, node, 0, Execution::not_executed}; }

}  // namespace

SeedHunt::SeedHunt(NodeTable& nodes, const Config& config, base::Deadline deadline, base::TimePoint now, Check check)
    : nodes_(nodes),
      deadline_(deadline),
      stagger_(stagger_of(config.seeds.size(), deadline, now)),
      most_at_a_time_(static_cast<std::size_t>(config.connections_in_all.value_or(most_threads))),
      check_(std::move(check)),
      next_help_(now + stagger_) {
  seeds_.reserve(config.seeds.size());
  for (const NodeAddress& address : config.seeds) {
    Seed& seed = seeds_.emplace_back();
    seed.address = address;
    seed.error = silence(address, "was not asked, as the time was over");
  }
}

void SeedHunt::run(const std::function<void()>& meanwhile) {
  const std::function<void()>* work = &meanwhile;
  while (Seed* seed = claim()) ask(*seed, std::exchange(work, nullptr));
  Lock lock{mutex_};
  const auto is_settled = [&] {
    return over_.load(std::memory_order_relaxed) ||
           std::all_of(seeds_.begin(), seeds_.end(), [](const Seed& seed) { return seed.state == State::answered; });
  };
  if (deadline_.is_never()) {
    changed_.wait(lock, is_settled);
  } else {
    changed_.wait_until(lock, deadline_.when(), is_settled);
  }
  end();
}

base::Deadline SeedHunt::next_help() const {
  std::lock_guard lock{mutex_};
  const bool is_needed = !over_.load(std::memory_order_relaxed) && next_ < seeds_.size() && asked() < most_at_a_time_;
  return is_needed ? base::Deadline::at(next_help_) : base::Deadline::never();
}

void SeedHunt::help() {
  if (Seed* seed = claim()) ask(*seed, nullptr);
}

void SeedHunt::give_up() {
  std::lock_guard lock{mutex_};
  end();
}

// With the mutex held: who asks takes note of his answer under it, so until then the connection is his and nobody else's.
void SeedHunt::end() {
  over_.store(true, std::memory_order_release);
  for (Seed& seed : seeds_) {
    if (seed.state != State::asked) continue;
    seed.node->lanes().break_off({Errc::cancelled, "another startup node has answered", seed.address, 0, Execution::not_executed});
  }
  changed_.notify_all();
}

// With the mutex held: those being asked now.
std::size_t SeedHunt::asked() const {
  return static_cast<std::size_t>(std::count_if(seeds_.begin(), seeds_.end(), [](const Seed& seed) { return seed.state == State::asked; }));
}

// Where nobody else can be asked meanwhile, those behind it need time, too.
base::Deadline SeedHunt::limit_for_one(base::TimePoint now) const {
  std::lock_guard lock{mutex_};
  if (asked() < most_at_a_time_ || deadline_.is_never()) return deadline_;
  return base::Deadline::after(now, deadline_.left(now) / static_cast<std::int64_t>(seeds_.size() - next_ + 1));
}

SeedHunt::Seed* SeedHunt::claim() {
  const base::TimePoint now = base::Clock::now();
  std::lock_guard lock{mutex_};
  if (over_.load(std::memory_order_relaxed) || next_ == seeds_.size() || deadline_.passed(now)) return nullptr;
  next_help_ = now + stagger_;
  Seed& seed = seeds_[next_++];
  seed.node = &nodes_.at(seed.address);
  seed.state = State::asked;
  seed.error = silence(seed.address, "no answer in time");
  return &seed;
}

Result<slots::ClusterView> SeedHunt::question(Node& node, base::Deadline limit, const drive::Wishes& wishes) const {
  Result<slots::ClusterView> view = ask_for_view(node, limit, wishes);
  if (!view) return view;
  if (const std::string trouble = check_(*view); !trouble.empty()) return fail(Errc::unexpected_reply, trouble, node.address());
  return view;
}

// On a helper's thread nothing may be thrown.
Result<slots::ClusterView> SeedHunt::question_safely(Node& node, base::Deadline limit, const drive::Wishes& wishes) const {
  try {
    return question(node, limit, wishes);
  } catch (const std::exception& error) {
    return fail(Errc::connect_failed, std::string("asking it failed: ") + error.what(), node.address());
  }
}

void SeedHunt::ask(Seed& seed, const std::function<void()>* meanwhile) {
  const drive::Wishes wishes{meanwhile, &over_};
  const base::TimePoint begin = base::Clock::now();
  Result<slots::ClusterView> view = question_safely(*seed.node, limit_for_one(begin), wishes);
  std::lock_guard lock{mutex_};
  seed.state = State::answered;
  if (!view) {
    seed.error = std::move(view.error());
    changed_.notify_all();
  } else if (!over_.load(std::memory_order_relaxed)) {
    found_ = Found{seed.node, std::move(*view), begin};
    end();
  }
}

std::optional<SeedHunt::Found> SeedHunt::take_found() {
  std::lock_guard lock{mutex_};
  return std::exchange(found_, std::nullopt);
}

// With the mutex held: "10.0.0.1:7000: connection refused; 10.0.0.2:7000: was not asked, as the time was over".
std::string SeedHunt::reasons() const {
  std::string text;
  for (const Seed& seed : seeds_) {
    text += (text.empty() ? "" : "; ") + to_string(seed.address) + ": " + seed.error.message;
  }
  return text;
}

Error SeedHunt::error() const {
  std::lock_guard lock{mutex_};
  const auto each_is = [&](auto&& what) {
    return std::all_of(seeds_.begin(), seeds_.end(), [&](const Seed& seed) { return what(seed.error); });
  };
  const bool is_one = seeds_.size() == 1;
  const auto refused = std::find_if(seeds_.begin(), seeds_.end(), [](const Seed& seed) { return is_refusal(seed.error); });
  if (refused != seeds_.end()) {
    Error error = refused->error;
    if (!is_one) error.message += ". None of the " + std::to_string(seeds_.size()) + " startup nodes helped: " + reasons();
    return error;
  }
  Errc code = Errc::no_reachable_node;
  for (const Errc same : {Errc::not_cluster_mode, Errc::tls_failed}) {
    if (each_is([&](const Error& error) { return error.code == same; })) code = same;
  }
  std::string text = is_one ? "" : "none of the " + std::to_string(seeds_.size()) + " startup nodes helped: ";
  text += reasons() + ". Redis Cluster cannot be connected.";
  if (each_is(is_unreachable)) text += " Please provide at least one reachable node.";
  return Error{code, std::move(text), seeds_.back().address, 0, Execution::not_executed};
}

}  // namespace rediscluster::cluster
