#include "cluster/topology/seed_hunt.hpp"

#include "cluster/topology/topology_source.hpp"
#include "link/error_at_any_cost.hpp"

#include <algorithm>
#include <new>

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

// With several startup nodes the helpers must be there before the first is asked: it may never get as far as an answer.
void SeedHunt::run(const std::function<void()>& meanwhile) {
  const bool is_alone = seeds_.size() == 1;
  if (!is_alone) meanwhile();
  while (Seed* seed = claim()) ask(*seed, is_alone ? &meanwhile : nullptr);
  Lock lock{mutex_};
  const auto is_settled = [&] {
    return over_.load(std::memory_order_relaxed) ||
           std::all_of(seeds_.begin(), seeds_.end(), [](const Seed& seed) { return seed.state == State::answered; });
  };
  changed_.wait_until(lock, deadline_, is_settled);
  end();
}

base::Deadline SeedHunt::next_help() const {
  std::lock_guard lock{mutex_};
  return has_more() && has_room() ? base::Deadline::at(next_help_) : base::Deadline::never();
}

SeedHunt::Seed* SeedHunt::claim_if_due(base::TimePoint now) {
  std::lock_guard lock{mutex_};
  return has_more() && has_room() && now >= next_help_ ? claim_next(now) : nullptr;
}

void SeedHunt::help(Seed& first) noexcept {
  for (Seed* seed = &first; seed != nullptr; seed = claim_another()) ask(*seed, nullptr);
}

void SeedHunt::give_up() {
  std::lock_guard lock{mutex_};
  end();
}

// With the mutex held: who asks takes note of his answer under it, so until then the connection is his and nobody else's.
void SeedHunt::end() {
  over_.store(true, std::memory_order_release);
  changed_.notify_all();
  for (Seed& seed : seeds_) {
    if (seed.state != State::asked) continue;
    seed.node->lanes().break_off(link::error_at_any_cost(Errc::cancelled, Execution::not_executed, [&] {
      return Error{Errc::cancelled, "another startup node has answered", seed.address, 0, Execution::not_executed};
    }));
  }
}

// With the mutex held: whether there is somebody left to ask, and anybody who wants it.
bool SeedHunt::has_more() const { return !over_.load(std::memory_order_relaxed) && next_ < seeds_.size(); }

// With the mutex held: whether one more may be asked now.
bool SeedHunt::has_room() const {
  const auto asked = std::count_if(seeds_.begin(), seeds_.end(), [](const Seed& seed) { return seed.state == State::asked; });
  return static_cast<std::size_t>(asked) < most_at_a_time_;
}

// For the caller: helpers may have taken the room that he gave back with his answer.
SeedHunt::Seed* SeedHunt::claim() {
  Lock lock{mutex_};
  changed_.wait_until(lock, deadline_, [&] { return !has_more() || has_room(); });
  return has_more() && has_room() ? claim_next(base::Clock::now()) : nullptr;
}

// For a helper whose one has said nothing of use: the next, at once.
SeedHunt::Seed* SeedHunt::claim_another() noexcept {
  std::lock_guard lock{mutex_};
  try {
    return has_more() && has_room() ? claim_next(base::Clock::now()) : nullptr;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// With the mutex held. What may throw comes first. Where nobody else can be asked meanwhile, those behind it need time, too.
SeedHunt::Seed* SeedHunt::claim_next(base::TimePoint now) {
  if (deadline_.passed(now)) return nullptr;
  Seed& seed = seeds_[next_];
  Node& node = nodes_.at(seed.address);
  seed.error = silence(seed.address, "no answer in time");
  ++next_;
  next_help_ = now + stagger_;
  seed.node = &node;
  seed.state = State::asked;
  const auto shares = static_cast<std::int64_t>(seeds_.size() - next_ + 1);
  seed.limit = has_room() || deadline_.is_never() ? deadline_ : base::Deadline::after(now, deadline_.left(now) / shares);
  return &seed;
}

Result<slots::ClusterView> SeedHunt::question(Node& node, base::Deadline limit, const drive::Wishes& wishes) const {
  Result<slots::ClusterView> view = ask_for_view(node, limit, wishes);
  if (!view) return view;
  if (const std::string trouble = check_(*view); !trouble.empty()) return fail(Errc::unexpected_reply, trouble, node.address());
  return view;
}

void SeedHunt::ask(Seed& seed, const std::function<void()>* meanwhile) noexcept {
  const drive::Wishes wishes{meanwhile, &over_};
  const base::TimePoint begin = base::Clock::now();
  Result<slots::ClusterView> view =
      link::result_at_any_cost("asking it failed", seed.address, [&] { return question(*seed.node, seed.limit, wishes); });
  std::lock_guard lock{mutex_};
  seed.state = State::answered;
  changed_.notify_all();
  if (!view) {
    seed.error = std::move(view.error());
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

bool SeedHunt::has_met_loading() const {
  std::lock_guard lock{mutex_};
  return std::any_of(seeds_.begin(), seeds_.end(), [](const Seed& seed) { return seed.error.code == Errc::loading; });
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
