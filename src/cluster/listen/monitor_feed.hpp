/// The lines of MONITOR from one or several nodes, over connections of their own. Reads only when a line is asked for, and
/// holds no more than one line and a bit of each node. One thread opens and reads; any may call close().
#pragma once

#include "cluster/cluster.hpp"
#include "net/poller.hpp"

#include <rediscluster/types/monitor.hpp>

#include <mutex>

namespace rediscluster::cluster {

class MonitorFeed {
 public:
  /// @param cluster  outlives the feed.
  explicit MonitorFeed(Cluster& cluster) : cluster_(cluster) {}

  /// Connects to these nodes; lines come of all that they run from now on.
  /// Errors: those of connecting, and what a server refuses MONITOR with; nothing is open then.
  Result<void> open(const std::vector<Node*>& nodes, base::Deadline deadline);
  /// The next line; empty: none by the deadline, or there will be none.
  /// Errors: Errc::connection_lost, protocol_error: that node is left out from now on.
  Result<std::optional<MonitorLine>> next(base::Deadline deadline);
  /// Ends the connections, too: servers keep what they cannot send.
  void close();

 private:
  struct Source {
    Node* node;
    net::Socket socket;
    std::string bytes{};   // received, from the begin of a line on
    std::size_t begin = 0; // of the next line
    std::size_t looked = 0; // up to here there is no line end
  };
  Result<void> add(Node& node, base::Deadline deadline);
  void leave_out(std::size_t index);
  Result<std::string> first_line(Source& source, base::Deadline deadline);
  static std::optional<std::string> take_line(Source& source);
  Result<void> receive(Source& source, base::Deadline deadline) const;
  Result<void> receive_from_all(bool& any);
  Result<void> wait_for_more(base::Deadline deadline);
  Result<std::optional<MonitorLine>> parse(std::size_t index, std::string_view line);
  bool is_over() const { return closed_.load(std::memory_order_acquire) || cluster_.is_closed() || sources_.empty(); }

  Cluster& cluster_;
  net::Poller poller_;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;  // guards which sources there are, between the reader and close()
  std::vector<Source> sources_;
  std::size_t turn_ = 0;  // whose line comes first, so that a busy node does not silence the others
};

}  // namespace rediscluster::cluster
