#include "cluster/nodes/node.hpp"

#include "cluster/nodes/authentication.hpp"
#include "routing/backoff.hpp"

namespace rediscluster::cluster {
namespace {

// Pauses between attempts to connect to a node that refuses: short enough to notice a restart at once, long enough not
// to keep a core busy with refusals.
constexpr routing::Backoff connect_backoff{std::chrono::milliseconds(4), std::chrono::milliseconds(250)};

// How long a dialler waits for a place below a bound before its caller pauses and comes again. Short: the caller may
// hold connections to other nodes meanwhile, which others wait for in their turn.
constexpr std::chrono::milliseconds permit_patience{20};
constexpr std::chrono::milliseconds permit_look{1};
// Silent this long with commands in flight, a near node is stalled; and the longest time that any node is given.
constexpr std::chrono::milliseconds stall_limit{500};
constexpr base::Duration most_patience = std::chrono::seconds(10);
constexpr int looks_between_drains = 10;

int shared_lanes(const Config& config) {
  const int lanes = config.options.lanes_per_node;
  return std::min(lanes, config.connections_per_node.value_or(lanes));
}

}  // namespace

Node::Node(NodeAddress address, const Config& config, std::uint64_t random_seed, ClientLimit& client_limit, std::size_t number)
    : address_(std::move(address)),
      number_(number),
      config_(config),
      client_limit_(client_limit),
      limit_(config.connections_per_node,
             config.options.max_connections_per_node.shifts_total() ? "max_connections (per node)" : "max_connections_per_node"),
      tls_sessions_(config.tls ? std::make_shared<net::TlsSessions>() : nullptr),
      announced_(address_),
      random_(random_seed),
      lanes_([this](base::Deadline deadline, drive::Opening& opening) { return dial(deadline, opening, LaneKind::shared); }, config.limits, shared_lanes(config),
             bound_of_lanes(), [this](const Error& error) { note_loss(error); }) {}

LanePool::Bound Node::bound_of_lanes() {
  if (!limit_.is_set() && !client_limit_.limit.is_set()) return {};
  return {[this](base::Deadline deadline, drive::Opening& opening) { return dial(deadline, opening, LaneKind::dedicated); },
          [this] { return limit_.has_room() && client_limit_.limit.has_room(); }};
}

// Four times the way there and back, as the handshakes have shown it: a fresh connection with TLS takes as many.
base::Duration Node::patience(base::Duration least) const {
  return std::clamp<base::Duration>(4 * reading_.latency(), least, std::max(least, most_patience));
}

std::optional<base::TimePoint> Node::stalled_since(base::TimePoint now) {
  const base::Duration limit = patience(stall_limit);
  std::optional<base::TimePoint> since;
  lanes_.for_each_shared([&](drive::CallerLane& lane) {
    if (!lane.is_silent(limit, now)) return;
    since = std::min(since.value_or(now), lane.health().last_progress);
  });
  std::lock_guard lock{ports_mutex_};
  for (const Port* port : ports_) {
    if (const auto silent = port->silent_since(limit, now)) since = std::min(since.value_or(now), *silent);
  }
  return since;
}

void Node::add_port(Port& port) {
  std::lock_guard lock{ports_mutex_};
  ports_.push_back(&port);
}

void Node::remove_port(Port& port) {
  std::lock_guard lock{ports_mutex_};
  std::erase(ports_, &port);
}

void Node::break_off(const Error& reason) {
  lanes_.break_off(reason);
  std::lock_guard lock{ports_mutex_};
  for (Port* port : ports_) port->break_off(reason);
}

bool Node::end_one_idle(bool dedicated_only) {
  if (lanes_.end_one_idle(dedicated_only)) return true;
  if (dedicated_only) return false;
  std::lock_guard lock{ports_mutex_};
  const auto idle = std::find_if(ports_.begin(), ports_.end(), [](const Port* port) { return port->is_idle(); });
  if (idle != ports_.end()) (*idle)->give_up_connections(false);
  return idle != ports_.end();
}

void Node::drain_one() {
  if (lanes_.open_shared() > 0) return lanes_.drain_one();
  std::lock_guard lock{ports_mutex_};
  if (!ports_.empty()) ports_.front()->give_up_connections(true);
}

int Node::open_shared() {
  std::lock_guard lock{ports_mutex_};
  return lanes_.open_shared() + static_cast<int>(ports_.size());
}

drive::CallerLane::Counts Node::counts() {
  drive::CallerLane::Counts counts = lanes_.counts();
  std::lock_guard lock{ports_mutex_};
  for (const Port* port : ports_) {
    const Port::Counts more = port->counts();
    counts.replies_discarded += more.replies_discarded;
    counts.pushes_dropped += more.pushes_dropped;
    counts.in_flight += more.in_flight;
  }
  return counts;
}

NodeAddress Node::announced() const {
  std::lock_guard lock{dial_mutex_};
  return announced_;
}

void Node::set_announced(const NodeAddress& announced) {
  std::lock_guard lock{dial_mutex_};
  announced_ = announced;
}

void Node::set_hostname(const std::string& hostname) {
  std::lock_guard lock{dial_mutex_};
  hostname_ = hostname;
}

void Node::set_fallback(const NodeAddress& address) {
  std::lock_guard lock{dial_mutex_};
  fallback_.reset();
  if (address.host != address_.host) fallback_ = address;
}

void Node::close() {
  closing_.store(true, std::memory_order_release);
  lanes_.close();
}

Result<base::Permit> Node::ask_for_permit(base::Deadline deadline, LaneKind kind) {
  ConnectionLimit& in_all = client_limit_.limit;
  base::Permit permit;
  for (int look = 0;; ++look) {
    base::Quota* full = permit.take({limit_.dedicated(kind), in_all.dedicated(kind), limit_.all(), in_all.all()});
    if (full == nullptr) return Result<base::Permit>(std::move(permit));
    const bool dedicated_only = limit_.is_part(*full) || in_all.is_part(*full);
    const bool may_drain = look % looks_between_drains == 0;
    if (limit_.owns(*full)) {
      end_one_idle(dedicated_only);
    } else {
      client_limit_.make_room(*this, dedicated_only ? MakeRoom::idle_dedicated : may_drain ? MakeRoom::idle_or_drained : MakeRoom::idle);
    }
    const base::TimePoint now = base::Clock::now();
    if (deadline.passed(now)) return fail((limit_.owns(*full) ? limit_ : in_all).explain(*full, address_));
    full->wait_for_room(earlier(deadline, base::Deadline::after(now, permit_look)));
  }
}

Result<net::Socket> Node::dial(base::Deadline deadline, drive::Opening& opening, LaneKind kind) {
  const base::TimePoint now = base::Clock::now();
  keep();
  {
    std::lock_guard lock{dial_mutex_};
    if (now < next_attempt_) return fail(last_failure_);
  }
  Result<base::Permit> permit = ask_for_permit(earlier(deadline, base::Deadline::after(now, permit_patience)), kind);
  if (!permit) return fail(std::move(permit.error()));
  const base::TimePoint begin = base::Clock::now();
  const base::Deadline patience = base::Deadline::after(begin, config_.options.socket_connect_timeout);
  Result<net::Socket> socket = connect_safely(earlier(deadline, patience), opening);
  if (socket) {
    socket->hold(std::move(*permit));
    failures_in_a_row_.store(0, std::memory_order_relaxed);
    config_.reporter->report(Event::Kind::connected, [&](Event& event) {
      event.node = address_;
      event.duration = std::chrono::duration_cast<std::chrono::microseconds>(base::Clock::now() - begin);
    });
    return socket;
  }
  socket.error().node = address_;
  // A caller in a hurry ran out of time, or wants it no more, which says nothing about the node.
  if (socket.error().code == Errc::timed_out && (deadline < patience || opening.wishes.are_given_up())) return socket;
  note_failure(socket.error(), base::Clock::now());
  config_.reporter->report(Event::Kind::connect_failed, [&](Event& event) { fill_from(socket.error(), event); });
  return socket;
}

void Node::note_loss(const Error& error) {
  if (error.code == Errc::client_closed) return;
  config_.reporter->report(Event::Kind::lost, [&](Event& event) {
    fill_from(error, event);
    event.node = address_;
  });
}

void Node::note_unused_password(bool is_unused) {
  if (has_unused_password_.exchange(is_unused, std::memory_order_relaxed) || !is_unused) return;
  config_.reporter->report(Event::Kind::unused_password, [&](Event& event) {
    event.node = address_;
    event.message = "it has no password for the default user, so anybody may connect; ours was not looked at";
  });
}

void Node::note_failure(const Error& error, base::TimePoint now) {
  const int failures = failures_in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1;
  std::lock_guard lock{dial_mutex_};
  last_failure_ = error;
  const bool was_refused = is_refusal_of_credentials(error.code);
  next_attempt_ = now + (was_refused ? AuthGate::pause_after_refusal : connect_backoff.pause(failures, random_));
}

}  // namespace rediscluster::cluster
