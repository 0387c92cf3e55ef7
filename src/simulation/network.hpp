/// The network of a simulated world: connections with a way to go, which can be slow, clogged, cut at any byte, or lost without a word.
/// The client's ends are real descriptors (socket pairs); what it has sent is collected after each of its turns, and arrives later.
#pragma once

#include "net/connector.hpp"
#include "simulation/ready_list.hpp"
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
};

class Network;

class Connection {
 public:
  std::uint64_t number() const { return number_; }
  /// To the client.
  void send(std::string_view bytes);
  /// No byte of it is delivered any more, either way, and nobody is told.
  void lose() { is_lost_ = true; }
  bool is_open() const { return descriptor_ >= 0; }

  /// Of the server, which must not need it behind ended().
  std::shared_ptr<void> state;

 private:
  friend class Network;
  Connection(Network& network, std::uint64_t number, Server& server, Road& road, int descriptor)
      : network_(network), number_(number), server_(server), road_(road), descriptor_(descriptor) {}

  Network& network_;
  const std::uint64_t number_;
  Server& server_;
  Road& road_;
  int descriptor_;  // our end; -1: ended
  bool is_lost_ = false;
  base::TimePoint last_to_server_{};
  base::TimePoint last_to_client_{};
  std::string unsent_;     // the client takes no more
  bool is_full_ = false;
  std::size_t under_way_ = 0;  // bytes to the client
};

class Network final : public net::Connector {
 public:
  explicit Network(World& world) : world_(world), random_(world.chance(Chance::network)) {}
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Who answers at an address. Both outlive it, or until close_at().
  void listen(const NodeAddress& address, Server& server, Road& road);
  void close_at(const NodeAddress& address);
  /// A name that stands for these hosts, the first one that answers.
  void name(const std::string& host, std::vector<std::string> hosts) { names_[host] = std::move(hosts); }

  Result<int> connect(const NodeAddress& address, base::Deadline deadline) override;
  /// Takes what clients have sent since the last time. False: there was nothing.
  bool collect();
  /// Ends a connection from the server's side: with what is under way, or where it stands.
  enum class Cut { behind_all, at_once, at_a_random_byte };
  void cut(Connection& connection, Cut how);
  /// All connections to a server.
  void cut_all(const Server& server, Cut how);
  template <class Function>
  void for_each_to(const Server& server, Function&& function) {
    for (const auto& each : all_to(server)) {
      if (each->is_open()) function(*each);
    }
  }
  /// Whether clients may have something to receive that they were not told of. Reset by asking.
  bool has_news() { return std::exchange(has_news_, false); }
  std::size_t open() const { return connections_.size(); }

 private:
  friend class Connection;
  struct Listener {
    Server* server;
    Road* road;
  };
  Result<int> connect_to(const NodeAddress& address, base::Deadline deadline);
  base::TimePoint arrival(Connection& connection, base::TimePoint& last);
  void deliver_to_server(const std::shared_ptr<Connection>& connection, std::string bytes);
  void deliver_to_client(Connection& connection, std::string_view bytes);
  void flush(Connection& connection);
  void end(Connection& connection);
  std::shared_ptr<Connection> shared(Connection& connection) const { return connections_.at(connection.number()); }
  std::vector<std::shared_ptr<Connection>> all_to(const Server& server) const;

  World& world_;
  base::Random random_;
  std::map<std::string, Listener> listeners_;  // by "host:port"
  std::map<std::string, std::vector<std::string>> names_;
  std::map<std::uint64_t, std::shared_ptr<Connection>> connections_;  // open ones, by number
  ReadyList ready_;
  std::uint64_t numbers_ = 0;
  bool has_news_ = false;
};

}  // namespace rediscluster::simulation
