#include "cluster/nodes/node.hpp"

#include "base/wipe.hpp"
#include "cluster/nodes/authentication.hpp"
#include "cluster/nodes/expected_names.hpp"
#include "cluster/nodes/user_dial.hpp"
#include "drive/exchange.hpp"
#include "link/error_at_any_cost.hpp"
#include "net/tls_identity.hpp"
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

// The one door to a server: with TLS on, nothing comes through it in plain text. Where a name has no address, or nobody
// answers there, the address that the cluster tells beside it may serve; the name is what the certificate is for.
Result<net::Socket> Node::open_socket(base::Deadline deadline, const drive::Opening& opening) {
  std::optional<NodeAddress> fallback;
  {
    std::lock_guard lock{dial_mutex_};
    fallback = fallback_;
  }
  const base::TimePoint now = base::Clock::now();
  const bool is_name = fallback && !net::is_ip_address(address_.host);
  const base::Deadline first = is_name && !deadline.is_never() ? base::Deadline::after(now, deadline.left(now) / 2) : deadline;
  Result<net::Socket> socket = open_plain(address_, first, opening);
  const bool may_be_elsewhere = !socket && (socket.error().code == Errc::dns_failed || socket.error().code == Errc::timed_out);
  if (is_name && may_be_elsewhere) {
    Result<net::Socket> by_address = open_plain(*fallback, deadline, opening);
    if (!by_address) socket.error().message += "; and at the address told beside it: " + by_address.error().message;
    if (by_address) socket = std::move(by_address);
  }
  if (!socket || !config_.tls) return socket;
  if (Result<void> secured = secure(*socket, deadline); !secured) return fail(std::move(secured.error()));
  return socket;
}

Result<net::Socket> Node::open_plain(const NodeAddress& address, base::Deadline deadline, const drive::Opening& opening) {
  net::SocketOptions options = config_.socket;
  options.interrupts = {&closing_, opening.wishes.given_up};
  if (address.port < 1 || address.port > 65535) {  // the user's host_port_remap may say anything
    return fail(Errc::connect_failed, "cannot connect to " + to_string(address) + ": the port is not between 1 and 65535" +
                                           (config_.tls && address.port == 0 ? " (the node has no TLS port)" : ""));
  }
  if (!config_.allows(address)) {
    return fail(Errc::not_allowed, "the cluster told of a node at " + to_string(address) +
                                       ", which options.allowed_addresses does not allow: it was not connected to");
  }
  return config_.options.dial ? dial_by_user(config_.options.dial, address, options, deadline) : net::Socket::connect(address, options, deadline);
}

Result<void> Node::secure(net::Socket& socket, base::Deadline deadline) {
  KnownAs known{address_, address_, {}};
  {
    std::lock_guard lock{dial_mutex_};
    known.announced = announced_;
    known.hostname = hostname_;
  }
  Result<void> secured = socket.secure(config_.tls->open(expected_names(config_.options.tls, known), tls_sessions_), address_, deadline);
  if (const std::string news = config_.tls->take_new_trouble(); !news.empty()) {
    config_.reporter->warn("tls_files", "new files of ours are not in use, as they cannot be: " + news, address_);
  }
  const std::string trouble = config_.tls->trouble();
  if (!secured && !trouble.empty()) secured.error().message += ". New files of ours are not in use yet, as they cannot be: " + trouble;
  return secured;
}

// Connections are made on threads of ours, too, and on lanes that others wait for: nothing may be thrown through those.
Result<net::Socket> Node::connect_safely(base::Deadline deadline, drive::Opening& opening) {
  return link::result_at_any_cost("connecting failed", address_, [&] { return connect(deadline, opening); });
}

Result<net::Socket> Node::connect(base::Deadline deadline, drive::Opening& opening) {
  Result<net::Socket> socket = open_socket(deadline, opening);
  if (!socket) return socket;
  Result<Credentials> credentials = ask_for_credentials(config_.options);
  if (!credentials) return fail(std::move(credentials.error()));
  if (!memory_.knows_hello()) opening.rider = nullptr;  // it would delay the second round of words
  Result<void> introduced = introduce(*socket, opening, *credentials, deadline);
  base::wipe(credentials->password);
  if (!introduced) return fail(std::move(introduced.error()));
  connections_made_.fetch_add(1, std::memory_order_relaxed);
  socket->ignore_interrupt();
  return socket;
}

// Says who we are. What the user's provider gave may have changed before it was said: then what it gives now is said, too.
Result<void> Node::introduce(net::Socket& socket, drive::Opening& opening, Credentials& credentials, base::Deadline deadline) {
  if (credentials.empty()) return shake_hands(socket, opening, credentials, deadline);
  opening.rider = nullptr;  // where the password is refused it would run as another user, or for nothing
  Result<void> accepted = authenticate(socket, opening, credentials, auth_gate_.enter(deadline), deadline);
  const auto is_refused = [](const Result<void>& outcome) { return !outcome && is_refusal_of_credentials(outcome.error().code); };
  // Outside the gate, as the provider is the user's code. Once: one that says something else each time knows nothing.
  if (!is_refused(accepted) || !renew(credentials)) return accepted;
  Result<void> again = authenticate(socket, opening, credentials, auth_gate_.enter_with_news(deadline), deadline);
  return again || is_refused(again) ? again : accepted;
}

// One connection at a time.
Result<void> Node::authenticate(net::Socket& socket, drive::Opening& opening, const Credentials& credentials, Result<AuthGate::Pass> pass,
                                base::Deadline deadline) {
  if (!pass) return fail(std::move(pass.error()));
  Result<void> accepted = shake_hands(socket, opening, credentials, deadline);
  if (accepted) {
    pass->accepted();
  } else if (is_refusal_of_credentials(accepted.error().code)) {
    pass->refused(accepted.error(), base::Clock::now());
  }
  return accepted;
}

// Whether the user's provider says something else by now.
bool Node::renew(Credentials& credentials) const {
  if (!config_.options.credentials) return false;
  Result<Credentials> now = ask_for_credentials(config_.options);
  if (!now) return false;
  const bool is_news = !now->empty() && *now != credentials;
  if (is_news) std::swap(credentials, *now);
  base::wipe(now->password);
  return is_news;
}

// Where the server ends the connection for what we say, once more on another one without that.
Result<void> Node::shake_hands(net::Socket& socket, drive::Opening& opening, const Credentials& credentials, base::Deadline deadline) {
  std::optional<Refusal> refused = shake_hands_once(socket, opening, credentials, deadline);
  if (!refused) return {};
  if (!refused->has_learnt) return fail(std::move(refused->error));
  Result<net::Socket> another = open_socket(deadline, opening);
  if (!another) return fail(std::move(refused->error));
  socket = std::move(*another);
  opening.begin_anew(config_.limits);
  const std::string reason = std::move(refused->error.message);
  refused = shake_hands_once(socket, opening, credentials, deadline);
  if (refused) return fail(std::move(refused->error));
  config_.reporter->warn("handshake", "the server does not bear all our first words (" + reason + "): it is spoken to without them", address_);
  return {};
}

std::optional<Node::Refusal> Node::shake_hands_once(net::Socket& socket, drive::Opening& opening, const Credentials& credentials,
                                                    base::Deadline deadline) {
  link::HandshakeOptions options = config_.handshake;
  options.username = credentials.username;
  options.password = credentials.password;
  const base::TimePoint begin = base::Clock::now();
  const bool is_adapted = memory_.adapt(options, begin);
  link::Handshake handshake(std::move(options));
  if (auto refused = exchange_words(socket, opening, handshake, credentials.username, deadline)) return refused;
  const base::TimePoint now = base::Clock::now();
  memory_.note(handshake, config_.handshake.protocol, credentials.username, is_adapted, now);
  if (!credentials.password.empty()) note_unused_password(handshake.has_unused_password());
  reading_.note_latency(now - begin);
  note_zone(handshake.zone());
  return std::nullopt;
}

std::optional<Node::Refusal> Node::exchange_words(net::Socket& socket, drive::Opening& opening, link::Handshake& handshake,
                                                  const std::string& user, base::Deadline deadline) {
  while (handshake.phase() != link::Handshake::Phase::done) {
    std::vector<wire::Frame> replies(handshake.replies_expected());
    Result<void> said = drive::exchange(socket, opening, handshake.bytes(), replies, deadline, handshake.secret());
    opening.link.wipe_sent();
    if (!said && said.error().code == Errc::connection_lost) {
      link::Handshake::End end = handshake.ended(replies, std::move(said.error()));
      return Refusal{std::move(end.error), memory_.note_end(end.part, user, base::Clock::now())};
    }
    if (!said) return Refusal{std::move(said.error())};
    if (Result<void> accepted = handshake.step(replies); !accepted) return Refusal{std::move(accepted.error())};
  }
  return std::nullopt;
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
