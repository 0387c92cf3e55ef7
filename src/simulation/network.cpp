#include "simulation/network.hpp"

#include "base/fiber.hpp"

#include <algorithm>
#include <cerrno>

namespace rediscluster::simulation {
namespace {

constexpr std::chrono::seconds user_timeout{10};  // as net::Socket asks of the system: what is not acknowledged for so long ends a connection
constexpr std::uint64_t rarely = 8;        // one in so many moves in pieces

}  // namespace

std::size_t Network::held() const {
  return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(), [](const auto& each) { return each.second->is_held_; }));
}

Result<int> Network::connect(const NodeAddress& address, net::AddressTurn* turn, const net::Interrupts& interrupts, base::Deadline deadline) {
  trespasses_ += is_forbidden_ ? 1 : 0;
  const auto named = names_.find(address.host);
  if (named == names_.end()) return connect_to(address, interrupts, deadline);
  Result<int> last = fail(Errc::dns_failed, "the simulated resolver knows no address of " + address.host, address);
  if (nameless_until_ > world_.now()) return last;
  const std::vector<std::string>& hosts = named->second;
  const std::size_t first = turn == nullptr ? 0 : turn->first_of(hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const std::size_t place = (first + i) % hosts.size();
    last = connect_to({hosts[place], address.port}, interrupts, deadline);
    if (!last) continue;
    if (turn != nullptr) turn->took(place);
    break;
  }
  return last;
}

// A refusal takes a way there and back; silence takes all the time there is.
Result<int> Network::connect_to(const NodeAddress& address, const net::Interrupts& interrupts, base::Deadline deadline) {
  const auto fails = [&](Errc code, const char* why) { return fail(code, "cannot connect to " + to_string(address) + ": " + why, address); };
  const auto too_late = [&] { return fails(Errc::timed_out, "no answer to the connection request in time"); };
  const base::TimePoint now = world_.now();
  base::TimePoint there = now + 2 * Road().least;
  if (const auto found = listeners_.find(to_string(address)); found != listeners_.end()) {
    const Road& road = *found->second.road;
    const bool is_silent = std::max(road.silent_until, road.lost_until) > now;
    there = is_silent ? now + std::chrono::minutes(2) : std::max(now, road.clogged_until) + 2 * (road.least + at_most(road.spread));
    if (is_silent) deadline = earlier(deadline, base::Deadline::at(there));
  }
  const base::Deadline answered = earlier(deadline, base::Deadline::at(there));
  while (!interrupts.wanted() && !answered.passed(world_.now())) base::rest_until(interrupts.next_look(world_.now(), answered).when());
  if (interrupts.wanted() || deadline.passed(world_.now())) return too_late();
  const auto found = listeners_.find(to_string(address));
  if (found == listeners_.end() || found->second.road->refusing_until > world_.now()) {
    most_refused_ = std::max(most_refused_, refusals_[to_string(address)].note(world_.now()));
    return fails(Errc::connect_failed, "Connection refused");
  }
  const auto connection = std::shared_ptr<Connection>(new Connection(*this, ++numbers_, *found->second.server, *found->second.road));
  connections_.emplace(connection->number(), connection);
  most_open_ = std::max(most_open_, static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(), [](const auto& each) { return each.second->is_open_; })));
  world_.note("connected", connection->number(), static_cast<std::uint64_t>(address.port));
  connection->server_.accepted(*connection);
  return first_descriptor + static_cast<int>(connection->number());
}

// Never before what was sent before it.
base::TimePoint Network::arrival(Connection& connection, base::TimePoint& last) {
  const Road& road = connection.road_;
  const base::TimePoint leaves = std::max(world_.now(), road.clogged_until);
  return last = std::max(last, leaves + road.least + at_most(road.spread));
}

// All of it most often.
std::size_t Network::piece_of(std::size_t size) { return size > 1 && random_.below(rarely) == 0 ? 1 + random_.below(size - 1) : size; }

std::size_t Network::room_of(const Connection& connection) const {
  const std::size_t taken = connection.sent_.size() + connection.under_way_ + connection.kept_.size();
  return taken >= window_ ? 0 : window_ - taken;
}

ssize_t Network::send(int descriptor, std::string_view bytes) noexcept {
  trespasses_ += is_forbidden_ ? 1 : 0;
  Connection& connection = held_by(descriptor);
  if (!connection.is_open_) return errno = connection.is_reset_ ? ECONNRESET : EPIPE, -1;
  const std::size_t size = piece_of(std::min(room_of(connection), bytes.size()));
  if (size == 0 && !bytes.empty()) return errno = EAGAIN, -1;
  if (connection.sent_.empty()) touched_.push_back(connection.shared_from_this());
  connection.sent_.append(bytes.substr(0, size));
  return static_cast<ssize_t>(size);
}

ssize_t Network::receive(int descriptor, char* data, std::size_t size) noexcept {
  Connection& connection = held_by(descriptor);
  if (!connection.arrived_.empty()) {
    const std::size_t count = connection.arrived_.copy(data, piece_of(std::min(size, connection.arrived_.size())));
    connection.arrived_.erase(0, count);
    return static_cast<ssize_t>(count);
  }
  if (connection.is_open_) return errno = EAGAIN, -1;
  return connection.is_reset_ ? (errno = ECONNRESET, -1) : 0;
}

short Network::look(int descriptor, short events) noexcept {
  const Connection& connection = held_by(descriptor);
  short found = 0;
  if (!connection.arrived_.empty() || !connection.is_open_) found |= POLLIN;
  if (room_of(connection) > 0 || !connection.is_open_) found |= POLLOUT;
  return static_cast<short>(found & events);
}

void Network::shut_down(int descriptor) noexcept { end(held_by(descriptor), false); }

void Network::close(int descriptor) noexcept {
  Connection& connection = held_by(descriptor);
  connection.is_held_ = false;
  if (connection.sent_.empty()) return end(connection, false);
  // What it has sent goes out first.
}

void Network::collect() {
  for (const auto& each : std::exchange(touched_, {})) {
    deliver_to_server(each, std::exchange(each->sent_, {}));
    if (!each->is_held_) {
      world_.at(each->last_to_server_, [this, each] { end(*each, false); });
    }
  }
}

// In one piece, or in two that come at different times.
void Network::deliver_to_server(const std::shared_ptr<Connection>& connection, std::string bytes) {
  if (connection->road_.lost_until > world_.now()) connection->is_lost_ = true;
  world_.note("sent to a node", connection->number(), bytes.size());
  connection->under_way_ += bytes.size();
  if (bytes.find("\r\nSLOTS\r\n") != std::string::npos) most_asked_ = std::max(most_asked_, questions_[&connection->server_].note(world_.now()));
  if (connection->is_lost_) return lose(connection);
  const std::size_t first = piece_of(bytes.size());
  const auto comes = [&](std::string piece) {
    world_.at(arrival(*connection, connection->last_to_server_), [this, connection, piece = std::move(piece), sent = world_.now()] {
      connection->under_way_ -= piece.size();
      tell_of(*connection);  // there is room again
      if (connection->is_open_ && !connection->is_lost_) arrive(*connection, piece, sent);
    });
  };
  std::string rest = bytes.substr(first);
  bytes.resize(first);
  comes(std::move(bytes));
  if (!rest.empty()) comes(std::move(rest));
}

void Network::lose(const std::shared_ptr<Connection>& connection) {
  connection->road_.last_loss = world_.now();
  world_.after(user_timeout, [this, connection] {
    if (connection->is_open_) end(*connection, true);
  });
}

void Network::arrive(Connection& connection, std::string_view bytes, base::TimePoint sent) {
  if (connection.kept_.empty()) connection.sent_at_ = sent;
  world_.note("arrived", connection.number(), bytes.size());
  if (connection.server_.takes()) {
    connection.server_.received(connection, bytes);
  } else {
    connection.kept_.append(bytes);
  }
}

void Network::end_lost() {
  const auto all = connections_;
  for (const auto& [number, each] : all) {
    if (each->is_lost_) end(*each, true);
  }
}

void Network::deliver_kept(const Server& server) {
  for_each_to(server, [&](Connection& each) {
    const std::string kept = std::exchange(each.kept_, {});
    tell_of(each);
    if (!kept.empty()) each.server_.received(each, kept);
  });
}

void Connection::send(std::string_view bytes) {
  if (!is_open_ || is_lost_) return;
  if (road_.lost_until > network_.world_.now()) is_lost_ = true;
  while (!bytes.empty() && !is_lost_) {
    const std::string piece(bytes.substr(0, network_.piece_of(bytes.size())));
    bytes.remove_prefix(piece.size());
    network_.world_.at(network_.arrival(*this, last_to_client_), [self = shared_from_this(), piece] {
      if (!self->is_open_ || self->is_lost_ || !self->is_held_) return;
      self->network_.world_.note("sent to the client", self->number_, piece.size());
      self->arrived_.append(piece);
      self->network_.tell_of(*self);
    });
  }
}

void Network::end(Connection& connection, bool is_reset) {
  const std::shared_ptr<Connection> kept = connection.shared_from_this();
  if (std::exchange(connection.is_open_, false)) {
    connection.is_reset_ = is_reset;
    if (is_reset) connection.arrived_.clear();
    tell_of(connection);
    world_.note("connection ended", connection.number(), is_reset);
    connection.server_.ended(connection);
  }
  if (!connection.is_held_) connections_.erase(connection.number());
}

void Network::cut(Connection& connection, Cut how) {
  const bool is_reset = how != Cut::behind_all;
  const base::TimePoint last = std::max(world_.now(), connection.last_to_client_);
  if (how == Cut::at_once || last == world_.now()) return end(connection, is_reset);
  const base::Duration when = how == Cut::behind_all ? last - world_.now() : at_most(last - world_.now());
  world_.at(world_.now() + when, [this, kept = connection.shared_from_this(), is_reset] { end(*kept, is_reset); });
}

void Network::cut_all(const Server& server, Cut how) {
  for (const auto& each : all_to(server)) cut(*each, how);
}

std::vector<std::shared_ptr<Connection>> Network::all_to(const Server& server) const {
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [number, each] : connections_) {
    if (&each->server_ == &server) all.push_back(each);
  }
  return all;
}

}  // namespace rediscluster::simulation
