// How a node is connected to: its address or the next of its name, TLS, who we are, the handshake.
#include "cluster/nodes/node.hpp"

#include "base/wipe.hpp"
#include "cluster/nodes/authentication.hpp"
#include "cluster/nodes/expected_names.hpp"
#include "cluster/nodes/user_dial.hpp"
#include "drive/exchange.hpp"
#include "link/error_at_any_cost.hpp"
#include "net/tls_identity.hpp"

namespace rediscluster::cluster {
namespace {

constexpr int most_addresses_tried = 3;  // of one name, for one connection
constexpr std::chrono::milliseconds between_passes{250};

// Whether who stands at another address of the same name may do better.
bool may_others_do_better(const Error& error) {
  return error.code == Errc::timed_out || error.code == Errc::connection_lost || error.code == Errc::tls_failed || error.code == Errc::protocol_error;
}

}  // namespace

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
  if (Result<void> secured = secure(*socket, share_of_one(deadline)); !secured) return fail(std::move(secured.error()));
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
  return config_.options.dial ? dial_by_user(config_.options.dial, address, options, deadline) : net::Socket::connect(address, options, deadline, &turn_);
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
  for (int tried = 1;; ++tried) {
    Result<net::Socket> socket = connect_to_one(deadline, opening);
    if (socket || !may_others_do_better(socket.error()) || turn_.others() == 0) return socket;
    turn_.pass();
    const bool is_over = deadline.passed(base::Clock::now()) || opening.wishes.are_given_up() || closing_.load(std::memory_order_relaxed);
    if (tried == most_addresses_tried || is_over) return socket;
    opening.begin_anew(config_.limits);
  }
}

bool Node::pass_address(base::TimePoint now) {
  if (turn_.others() == 0 || last_pass_.load(std::memory_order_relaxed) > now - between_passes) return false;
  last_pass_.store(now, std::memory_order_relaxed);
  turn_.pass();
  return true;
}

// Where there are others to turn to, one that says nothing may not have all the time.
base::Deadline Node::share_of_one(base::Deadline deadline) const {
  if (turn_.others() == 0 || deadline.is_never()) return deadline;
  const base::TimePoint now = base::Clock::now();
  return base::Deadline::after(now, deadline.left(now) / 2);
}

Result<net::Socket> Node::connect_to_one(base::Deadline deadline, drive::Opening& opening) {
  Result<net::Socket> socket = open_socket(deadline, opening);
  if (!socket) return socket;
  deadline = share_of_one(deadline);
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

}  // namespace rediscluster::cluster
