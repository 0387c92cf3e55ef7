#include "simulation/network.hpp"

#include "base/fiber.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace rediscluster::simulation {
namespace {

constexpr std::size_t receipt = 64 * 1024;

}  // namespace

Network::~Network() {
  for (const auto& [number, each] : connections_) ::close(each->descriptor_);
}

void Network::listen(const NodeAddress& address, Server& server, Road& road) { listeners_[to_string(address)] = {&server, &road}; }

void Network::close_at(const NodeAddress& address) { listeners_.erase(to_string(address)); }

Result<int> Network::connect(const NodeAddress& address, base::Deadline deadline) {
  const auto named = names_.find(address.host);
  if (named == names_.end()) return connect_to(address, deadline);
  if (named->second.empty()) return fail(Errc::dns_failed, "the simulated resolver knows no address of " + address.host, address);
  Result<int> last = fail(Errc::dns_failed, "", address);
  for (const std::string& host : named->second) {
    last = connect_to({host, address.port}, deadline);
    if (last) break;
  }
  return last;
}

// A name's refusal takes a round trip; silence takes all the time there is.
Result<int> Network::connect_to(const NodeAddress& address, base::Deadline deadline) {
  const auto found = listeners_.find(to_string(address));
  Road* const road = found == listeners_.end() ? nullptr : found->second.road;
  const base::TimePoint now = world_.now();
  const auto fails = [&](Errc code, const char* why) { return fail(code, "cannot connect to " + to_string(address) + ": " + why, address); };
  if (road != nullptr && (road->silent_until > now || road->lost_until > now)) {
    const base::TimePoint until = std::min(deadline.when(), now + std::chrono::minutes(2));
    base::rest_until(until);
    return fails(Errc::timed_out, "no answer to the connection request in time");
  }
  const base::Duration way = road == nullptr ? base::Duration(std::chrono::microseconds(100)) : road->least + base::Duration(static_cast<base::Duration::rep>(random_.below(static_cast<std::uint64_t>(road->spread.count()))));
  const base::TimePoint there = std::max(now, road == nullptr ? now : road->clogged_until) + 2 * way;
  base::rest_until(std::min(there, deadline.when()));
  if (deadline.passed(world_.now())) return fails(Errc::timed_out, "no answer to the connection request in time");
  const auto still = listeners_.find(to_string(address));
  if (still == listeners_.end() || still->second.road->refusing_until > world_.now()) return fails(Errc::connect_failed, "Connection refused");
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) return fails(Errc::connect_failed, "no descriptor is left");
  auto connection = std::shared_ptr<Connection>(new Connection(*this, ++numbers_, *still->second.server, *still->second.road, ends[1]));
  connections_.emplace(connection->number(), connection);
  ready_.add(connection->descriptor_, connection->number());
  world_.note("connected", connection->number(), address.port);
  connection->server_.accepted(*connection);
  return ends[0];
}

// Never before what was sent before it.
base::TimePoint Network::arrival(Connection& connection, base::TimePoint& last) {
  const Road& road = connection.road_;
  const base::TimePoint leaves = std::max(world_.now(), road.clogged_until);
  const auto more = static_cast<base::Duration::rep>(random_.below(static_cast<std::uint64_t>(road.spread.count())));
  return last = std::max(last, leaves + road.least + base::Duration(more));
}

bool Network::collect() {
  static thread_local std::array<char, receipt> buffer;
  const std::vector<ReadyList::Ready>& all = ready_.look();
  for (const ReadyList::Ready& ready : all) {
    const auto found = connections_.find(ready.key);
    if (found == connections_.end()) continue;
    const std::shared_ptr<Connection> each = found->second;
    if (ready.writable && !each->unsent_.empty()) flush(*each);
    if (!ready.readable || !each->is_open()) continue;
    const ssize_t size = ::recv(each->descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) {
      deliver_to_server(each, std::string(buffer.data(), static_cast<std::size_t>(size)));
    } else if (size == 0 || errno != EAGAIN) {
      end(*each);
    }
  }
  return !all.empty();
}

// In one piece, or in two that come at different times.
void Network::deliver_to_server(const std::shared_ptr<Connection>& connection, std::string bytes) {
  if (connection->road_.lost_until > world_.now()) connection->is_lost_ = true;
  if (connection->is_lost_) return;
  world_.note("sent to a node", connection->number(), bytes.size());
  constexpr std::uint64_t rarely = 8;
  const std::size_t first = bytes.size() > 1 && random_.below(rarely) == 0 ? 1 + random_.below(bytes.size() - 1) : bytes.size();
  const auto comes = [&](std::string piece) {
    world_.at(arrival(*connection, connection->last_to_server_), [this, connection, piece = std::move(piece)] {
      if (!connection->is_open() || connection->is_lost_) return;
      world_.note("arrived", connection->number(), piece.size());
      connection->server_.received(*connection, piece);
    });
  };
  std::string rest = bytes.substr(first);
  bytes.resize(first);
  comes(std::move(bytes));
  if (!rest.empty()) comes(std::move(rest));
}

void Connection::send(std::string_view bytes) {
  if (bytes.empty() || is_lost_ || !is_open()) return;
  if (road_.lost_until > network_.world_.now()) return lose();
  under_way_ += bytes.size();
  network_.world_.at(network_.arrival(*this, last_to_client_), [connection = network_.shared(*this), text = std::string(bytes)] {
    connection->under_way_ -= text.size();
    if (connection->is_open() && !connection->is_lost_) connection->network_.deliver_to_client(*connection, text);
  });
}

void Network::deliver_to_client(Connection& connection, std::string_view bytes) {
  world_.note("sent to the client", connection.number(), bytes.size());
  connection.unsent_.append(bytes);
  flush(connection);
}

void Network::flush(Connection& connection) {
  const bool was_full = connection.is_full_;
  const ssize_t size = ::send(connection.descriptor_, connection.unsent_.data(), connection.unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size > 0) connection.unsent_.erase(0, static_cast<std::size_t>(size));
  has_news_ = true;
  connection.is_full_ = !connection.unsent_.empty();
  if (connection.is_full_ != was_full) ready_.want_writable(connection.descriptor_, connection.number(), connection.is_full_);
}

void Network::end(Connection& connection) {
  if (!connection.is_open()) return;
  ready_.remove(connection.descriptor_);
  ::close(std::exchange(connection.descriptor_, -1));
  has_news_ = true;
  world_.note("connection ended", connection.number());
  connection.server_.ended(connection);
  connections_.erase(connection.number());
}

void Network::cut(Connection& connection, Cut how) {
  if (!connection.is_open()) return;
  const std::shared_ptr<Connection> kept = shared(connection);
  switch (how) {
    case Cut::at_once: return end(*kept);
    case Cut::behind_all:
    case Cut::at_a_random_byte: {
      const bool at_end = how == Cut::behind_all || kept->under_way_ == 0;
      const base::TimePoint last = std::max(world_.now(), kept->last_to_client_);
      const auto span = static_cast<std::uint64_t>((last - world_.now()).count());
      const base::Duration when(static_cast<base::Duration::rep>(at_end || span == 0 ? span : random_.below(span)));
      world_.at(world_.now() + when, [this, kept] { end(*kept); });
    }
  }
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
