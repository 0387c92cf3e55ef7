#include "cluster/flight/flight_deck.hpp"

#include "drive/lost_error.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::seconds between_tidyings{1};

void report_long_turn(Reporter& reporter, base::Duration taken) noexcept {
  try {
    reporter.report(Event::Kind::reactor_blocked, [&](Event& event) {
      event.duration = std::chrono::duration_cast<std::chrono::microseconds>(taken);
      event.message = "a completion, a coroutine between two awaits or a hook has kept a reactor's thread, or the machine has; nothing else of the client moved";
    });
  } catch (const std::bad_alloc&) {  // it is counted
  }
}

}  // namespace

/// What other threads have to tell the deck: one mail for all that has come since the last. Outlives it.
class FlightDeck::News final : drive::Mail {
 public:
  explicit News(FlightDeck& deck) : deck_(&deck) {}

  void topology_changed() noexcept {
    std::lock_guard lock{mutex_};
    has_topology_ = true;
    post();
  }
  void says(const std::shared_ptr<const Login>& login) {
    std::lock_guard lock{mutex_};
    login_ = login;
    post();
  }
  /// The deck is about to go; all that was posted has been opened.
  void end() {
    std::lock_guard lock{mutex_};
    deck_ = nullptr;
  }

 private:
  // With the lock held.
  void post() {
    if (deck_ != nullptr && !std::exchange(is_posted_, true)) deck_->reactor_.post(*this);
  }
  void opened() noexcept override {
    std::unique_lock lock{mutex_};
    is_posted_ = false;
    const bool has_topology = std::exchange(has_topology_, false);
    const std::shared_ptr<const Login> login = std::exchange(login_, nullptr);
    FlightDeck* const deck = deck_;
    lock.unlock();
    if (deck != nullptr && has_topology) deck->look_at_pauses();
    if (deck != nullptr && login) deck->say(login);
  }

  std::mutex mutex_;  // guards what follows
  FlightDeck* deck_;
  bool is_posted_ = false;
  bool has_topology_ = false;
  std::shared_ptr<const Login> login_;
};

FlightDeck::FlightDeck(drive::Reactor& reactor, drive::Fibers& fibers, Cluster& cluster, const FlightLimits& limits)
    : reactor_(reactor),
      fibers_(fibers),
      cluster_(cluster),
      limits_(limits),
      connecting_(*this),
      closing_(*this),
      tidying_(*this),
      trimming_(*this),
      news_(std::make_shared<News>(*this)),
      topology_listener_(cluster.topology().add_listener([news = news_] { news->topology_changed(); })),
      login_listener_(cluster.login_listeners().add([news = news_](const std::shared_ptr<const Login>& login) { news->says(login); })) {
  reactor_.watch_turns(limits_.longest_turn, [reporter = cluster.config().reporter](base::Duration taken) { report_long_turn(*reporter, taken); });
}

FlightDeck::~FlightDeck() {
  cluster_.topology().remove_listener(topology_listener_);
  cluster_.login_listeners().remove(login_listener_);
  news_->end();
}

void* FlightDeck::fetch_room() {
  if (reactor_.is_here()) {
    FlightPool::of_all().fetch(own_rooms_);
    if (void* const room = own_rooms_.pop()) return room;
  }
  return FlightPool::of_all().take();
}

void FlightDeck::recycle(Flight& flight) noexcept {
  flight.~Flight();
  own_rooms_.push(&flight);
  if (own_rooms_.size() > FlightPool::most_own) make_others_free();
}

void FlightDeck::make_others_free() noexcept {
  if (!FlightPool::of_all().put_back(own_rooms_) || trimming_.is_under_way) return;
  trimming_.is_under_way = true;
  reactor_.run_soon(trimming_);
}

// Behind a hundred thousand that ended together: freeing them takes as long as telling them, and nobody waits for it.
void FlightDeck::Trimming::opened() noexcept {
  is_under_way = FlightPool::of_all().give_some_up();
  if (is_under_way) deck.reactor_.run_soon(*this);
}

void FlightDeck::take_in(Queued& operation, drive::Timer& its_timer) {
  if (is_ready()) return operation.begin();
  if (is_ending_ || cluster_.is_closed()) return operation.fail_with(drive::client_closed_error());
  await_cluster(operation, its_timer);
}

void FlightDeck::await_cluster(Queued& operation, drive::Timer& its_timer) {
  awaiting_cluster_.push_back(operation);
  reactor_.timers().set(its_timer, operation.deadline());
  if (!connecting_.is_under_way) connecting_.begin();
}

void FlightDeck::Connecting::begin() noexcept {
  is_under_way = true;
  limit = base::Deadline::after(base::Clock::now(), deck.cluster_.config().options.command_timeout);
  outcome = link::result_at_any_cost("connecting to the cluster failed", {}, [&]() -> Result<void> {
    deck.fibers_.start([this] {
      outcome = link::result_at_any_cost("connecting to the cluster failed", {}, [&] { return deck.cluster_.connect(); });
      deck.reactor_.run_soon(*this);
    });
    return {};
  });
  if (!outcome) deck.reactor_.run_soon(*this);
}

void FlightDeck::Connecting::opened() noexcept {
  is_under_way = false;
  deck.cluster_is_ready(outcome);
}

// Where connecting has used up its own time, those who have some left wait on.
void FlightDeck::cluster_is_ready(const Result<void>& outcome) {
  const base::TimePoint now = base::Clock::now();
  const bool is_tried_again = !outcome && connecting_.limit.passed(now);
  base::Ring waiting;
  waiting.take_all(awaiting_cluster_);
  while (!waiting.empty()) {
    Queued& operation = Queued::of(*waiting.next);
    if (!is_ending_ && is_tried_again && !operation.deadline().passed(now)) {
      operation.leave_queue();
      awaiting_cluster_.push_back(operation);
      continue;
    }
    operation.safely([&] {
      if (is_ending_) return operation.fail_with(drive::client_closed_error());
      if (!outcome) return operation.fail_with(outcome.error());
      operation.leave_queue();
      operation.begin();
    });
  }
  if (!awaiting_cluster_.empty() && !connecting_.is_under_way) connecting_.begin();
}

Error FlightDeck::not_ready_in_time() { return cluster_.still_connecting("the client"); }

NodePort& FlightDeck::make_port_to(Node& node) {
  const std::size_t number = node.number();
  if (!tidying_.is_set()) tidy();
  if (number >= ports_.size()) ports_.resize(number + 1);
  ports_[number] = std::make_unique<NodePort>(*this, node);
  return *ports_[number];
}

void FlightDeck::look_at_pauses() {
  base::Ring all;
  all.take_all(pausing_);
  while (!all.empty()) {
    base::RingLink& first = *all.next;
    first.leave();
    pausing_.push_back(first);
    Queued& paused = Queued::of(first);
    paused.safely([&] { paused.look_at_pause(); });
  }
}

void FlightDeck::say(const std::shared_ptr<const Login>& login) {
  for (const auto& port : ports_) {
    if (port) port->say(login);
  }
}

// Behind a time when all places were taken. Each port takes in what it may.
void FlightDeck::admit() {
  is_full_ = false;
  for (const auto& port : ports_) {
    if (port) port->admit();
  }
}

void FlightDeck::tidy() {
  for (const auto& port : ports_) {
    if (port) port->tidy();
  }
  if (!is_ending_) reactor_.timers().set(tidying_, base::Deadline::after(reactor_.now(), between_tidyings));
}

void FlightDeck::close() noexcept { reactor_.post(closing_); }

// Whatever is under way has its end before anything is freed.
void FlightDeck::end_all() noexcept {
  is_ending_ = true;
  const Error reason = drive::client_closed_error();
  for (const auto& port : ports_) {
    if (port) port->end_all(reason);
  }
  look_at_pauses();  // go_on() sees that the client was closed
  Queued::fail_all(pausing_, reason);
  Queued::fail_all(awaiting_cluster_, reason);
  tidying_.cancel();
}

bool FlightDeck::is_quiet() const {
  const auto is_quiet = [](const auto& port) { return !port || port->is_quiet(); };
  return is_ending_ && fibers_.empty() && in_line_ == 0 && !connecting_.is_under_way && pausing_.empty() && awaiting_cluster_.empty() &&
         std::all_of(ports_.begin(), ports_.end(), is_quiet);
}

}  // namespace rediscluster::cluster
