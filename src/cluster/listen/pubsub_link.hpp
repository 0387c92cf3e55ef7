/// One pub/sub connection: a Line with its socket, and the thread that makes the connection so that the others are read
/// meanwhile. Counts as a dedicated connection below the user's bounds. Everything is for the reading thread.
#pragma once

#include "base/flow.hpp"
#include "cluster/nodes/login.hpp"
#include "cluster/nodes/node.hpp"
#include "net/poller.hpp"
#include "pubsub/line.hpp"

#include <mutex>
#include <optional>

namespace rediscluster::cluster {

class PubSubLink {
 public:
  /// @param poller  is woken when an attempt to connect has ended; outlives the link, as the node does.
  PubSubLink(Node& node, const wire::Limits& limits, net::Poller& poller) : node_(node), limits_(limits), poller_(poller), line_(limits) {
    node.keep();
  }
  /// Waits for an attempt to connect that is under way.
  ~PubSubLink();
  PubSubLink(const PubSubLink&) = delete;
  PubSubLink& operator=(const PubSubLink&) = delete;

  enum class Phase : std::uint8_t { closed, connecting, open };
  Phase phase() const { return phase_; }
  bool is_open() const { return phase_ == Phase::open; }
  Node& node() const { return node_; }
  pubsub::Line& line() { return line_; }

  /// closed → connecting.
  void connect(base::Deadline deadline);
  /// connecting → open or closed, with what came of it; empty: still under way.
  std::optional<Result<void>> finish_connecting(base::TimePoint now);
  /// → closed. Whatever was under way is forgotten.
  void close();

  /// Hands the kernel what it takes. Errors: Errc::connection_lost.
  Result<void> flush();
  /// Takes bytes in without waiting; false: there are none. Sets may_have_more. Errors: Errc::connection_lost.
  Result<bool> receive(base::TimePoint now);
  /// What to wait for.
  net::Watch watch(bool may_read) const { return {&socket_, may_read, !line_.unsent().empty(), false, false}; }

  // Kept for the thread that looks after the link.
  base::TimePoint last_heard{};   ///< When bytes last came, or the connection was made.
  base::TimePoint asked_at = base::TimePoint::max();  ///< When the oldest question without an answer was found.
  base::TimePoint not_before{};   ///< No attempt to connect before this.
  int attempts = 0;               ///< To connect, since bytes last came.
  std::shared_ptr<const Login> login{};  ///< To be said on it; shared with the other connections that have to.
  bool may_have_more = false;     ///< Bytes may wait that poll does not tell of.
  bool has_unread = false;        ///< Its line may hold something that nobody has looked at: there was no room for it, or a reader takes it one by one.
  bool has_more() const { return may_have_more || has_unread; }
  bool is_needed = false;         ///< Some subscription belongs here.

 private:
  Node& node_;
  const wire::Limits limits_;
  net::Poller& poller_;
  Phase phase_ = Phase::closed;
  net::Socket socket_;
  pubsub::Line line_;

  base::Flow connector_;
  std::mutex mutex_;  // guards connected_
  std::optional<Result<net::Socket>> connected_;
};

}  // namespace rediscluster::cluster
