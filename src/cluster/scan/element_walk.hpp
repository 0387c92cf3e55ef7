/// All elements of one hash, set or sorted set, page by page. A cursor of HSCAN and its like is good for one server
/// process only: when the key moves to another node or the node restarts, the walk starts over, so that no element is
/// missed; elements come twice then. Holds one page. Blocking; one thread at a time; must not outlive the cluster.
#pragma once

#include "cluster/cluster.hpp"
#include "routing/cursor_watch.hpp"

#include <deque>
#include <functional>

namespace rediscluster::cluster {

/// @tparam T  std::string, or a pair of it with std::string or double.
template <class T>
class ElementWalk {
 public:
  /// Makes the command for the page at a cursor.
  using MakeCommand = std::function<EncodedCommand(const std::string& cursor)>;

  ElementWalk(Cluster& cluster, MakeCommand make_command) : cluster_(cluster), make_command_(std::move(make_command)) {}

  /// The next element; nothing at the end. After an error it may be asked again.
  /// Errors: those of the command; unexpected_reply; what made it start over, when that happened too often.
  Result<std::optional<T>> next();
  /// One of those that were read already; empty: none is left.
  std::optional<T> take_read();

 private:
  using Page = std::pair<std::string, std::vector<T>>;
  enum class Phase : std::uint8_t {
    opening,   ///< The first page, from whichever node serves the key.
    reading,   ///< The next page, from that node.
    checking,  ///< All pages were given: is it still the same process?
    finished,
  };

  Result<void> step();
  Result<void> open();
  Result<void> read();
  Result<void> check();
  Result<void> take(Result<Page> page);
  Result<void> start_over(Error reason);

  Cluster& cluster_;
  const MakeCommand make_command_;
  Phase phase_ = Phase::opening;
  Node* node_ = nullptr;
  std::string process_;
  std::string cursor_;
  routing::CursorWatch watch_;
  std::deque<T> elements_;  // of the last page, not yet given
  int restarts_ = 0;
};

}  // namespace rediscluster::cluster
