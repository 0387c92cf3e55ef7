/// The network of a simulated world: connections with a way to go, which can be slow, clogged, cut at any byte, or lost without a word.
/// What a client sends is collected after each of its turns, and arrives later; it may be told at any time that only a part of it fits.
#pragma once

#include "net/connector.hpp"
#include "simulation/rate.hpp"
#include "simulation/world.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster::simulation {

class Connection;

/// Who is connected to.
class Server {
 public:
  virtual void accepted(Connection& connection) = 0;
  /// False: it takes nothing now, and asks for what was kept later (Network::deliver_kept).
  virtual bool takes() const = 0;
  /// More bytes of a connection, in order.
  virtual void received(Connection& connection, std::string_view bytes) = 0;
  /// The client has gone, or the connection was cut. Nothing is said of it any more.
  virtual void ended(Connection& connection) = 0;

 protected:
  ~Server() = default;
};

/// How long what is sent to and from one server takes, and what becomes of connections to it.
struct Road {
  base::Duration least{std::chrono::microseconds(50)};
  base::Duration spread{std::chrono::microseconds(200)};  ///< At most so much more.
  base::TimePoint clogged_until{};   ///< Nothing moves meanwhile, either way.
  base::TimePoint lost_until{};      ///< What is sent meanwhile is lost without a word, and so is the whole connection from then on.
  base::TimePoint silent_until{};    ///< Connecting gets no answer.
  base::TimePoint refusing_until{};  ///< Connecting is refused.
  base::TimePoint last_loss{};       ///< Something was sent that was lost.
};

class Network;

/// One, as long as one of its ends is open.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  std::uint64_t number() const { return number_; }
  /// To the client.
  void send(std::string_view bytes);
  bool is_open() const { return is_open_; }
  /// When the client sent what the server is given now, or the first of it.
  base::TimePoint sent_at() const { return sent_at_; }

  /// Of the server, which must not need it behind ended().
  std::shared_ptr<void> state;

 private:
  friend class Network;
  Connection(Network& network, std::uint64_t number, Server& server, Road& road) : network_(network), number_(number), server_(server), road_(road) {}

  Network& network_;
  const std::uint64_t number_;
  Server& server_;
  Road& road_;
  bool is_open_ = true;         // the server's end
  bool is_lost_ = false;        // nothing is delivered any more, either way, and nobody is told
  base::TimePoint last_to_server_{};
  base::TimePoint last_to_client_{};
  std::size_t under_way_ = 0;   // bytes to the server
  base::TimePoint sent_at_{};
  std::string kept_;            // has arrived, and the server takes nothing

  // The client's end.
  bool is_held_ = true;
  bool is_reset_ = false;
  std::string sent_;            // not collected yet
  std::string arrived_;         // and not received
};

class Network final : public net::Connector {
 public:
  explicit Network(World& world) : world_(world), random_(world.chance(Chance::network)) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Who answers at an address. Both outlive it, or until close_at().
  void listen(const NodeAddress& address, Server& server, Road& road) { listeners_[to_string(address)] = {&server, &road}; }
  void close_at(const NodeAddress& address) { listeners_.erase(to_string(address)); }
  /// A name that stands for these hosts, the first one that answers.
  void name(const std::string& host, std::vector<std::string> hosts) { names_[host] = std::move(hosts); }
  /// No name is known for so long.
  void unname(base::Duration span) { nameless_until_ = world_.now() + span; }

  /// Takes what clients have sent since the last time.
  void collect();
  /// Ends a connection from the server's side: behind what is under way, or at any byte of it, with a reset.
  enum class Cut { at_once, behind_all, at_any_byte };
  void cut(Connection& connection, Cut how);
  void cut_all(const Server& server, Cut how);
  /// Connections that are of no use any more are found out, as by the system's keepalive.
  void end_lost();
  /// What came while the server took nothing.
  void deliver_kept(const Server& server);
  template <class Function>
  void for_each_to(const Server& server, Function&& function) {
    for (const auto& each : all_to(server)) {
      if (each->is_open()) function(*each);
    }
  }
  /// Descriptors that may have become ready since the last time.
  std::vector<int> take_news() { return std::exchange(news_, {}); }
  /// From now on no client has any business here: whoever connects or sends is counted.
  void forbid() { is_forbidden_ = true; }
  int trespasses() const { return trespasses_; }
  /// Connections that a client holds.
  std::size_t held() const;
  /// At once, by both ends.
  std::size_t most_open() const { return most_open_; }
  /// How often within a second one server was sent the question who serves what at most.
  std::size_t most_asked() const { return most_asked_; }
  /// How often within a second one address was tried at most that refused.
  std::size_t most_refused() const { return most_refused_; }

  // For clients.
  Result<int> connect(const NodeAddress& address, net::AddressTurn* turn, const net::Interrupts& interrupts, base::Deadline deadline) override;
  ssize_t send(int descriptor, std::string_view bytes) noexcept override;
  ssize_t receive(int descriptor, char* data, std::size_t size) noexcept override;
  short look(int descriptor, short events) noexcept override;
  void shut_down(int descriptor) noexcept override;
  void close(int descriptor) noexcept override;

 private:
  friend class Connection;
  struct Listener {
    Server* server;
    Road* road;
  };
  Result<int> connect_to(const NodeAddress& address, const net::Interrupts& interrupts, base::Deadline deadline);
  base::Duration at_most(base::Duration span) { return base::Duration(static_cast<base::Duration::rep>(random_.below(static_cast<std::uint64_t>(span.count())))); }
  base::TimePoint arrival(Connection& connection, base::TimePoint& last);
  std::size_t piece_of(std::size_t size);
  void deliver_to_server(const std::shared_ptr<Connection>& connection, std::string bytes);
  void arrive(Connection& connection, std::string_view bytes, base::TimePoint sent);
  void tell_of(const Connection& connection) { news_.push_back(first_descriptor + static_cast<int>(connection.number())); }
  void lose(const std::shared_ptr<Connection>& connection);
  void end(Connection& connection, bool is_reset);
  std::size_t room_of(const Connection& connection) const;
  Connection& held_by(int descriptor) { return *connections_.at(static_cast<std::uint64_t>(descriptor - first_descriptor)); }
  std::vector<std::shared_ptr<Connection>> all_to(const Server& server) const;

  World& world_;
  base::Random random_;
  const std::size_t window_ = random_.below(4) == 0 ? 256 : 64 * 1024;  // bytes that may be under way before a client has to wait
  std::map<std::string, Listener> listeners_;  // by "host:port"
  std::map<std::string, std::vector<std::string>> names_;
  std::map<std::uint64_t, std::shared_ptr<Connection>> connections_;  // by number
  std::vector<std::shared_ptr<Connection>> touched_;                  // have something to collect
  base::TimePoint nameless_until_{};
  std::uint64_t numbers_ = 0;
  std::vector<int> news_;
  bool is_forbidden_ = false;
  int trespasses_ = 0;
  std::size_t most_open_ = 0;
  std::map<std::string, Rate> refusals_;  // by "host:port"
  std::size_t most_refused_ = 0;
  std::map<const Server*, Rate> questions_;
  std::size_t most_asked_ = 0;
};

}  // namespace rediscluster::simulation
