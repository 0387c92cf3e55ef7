/// What the watch over nodes asks of connections that are not in a node's LanePool: those that reactors drive.
#pragma once

#include "base/time.hpp"

#include <rediscluster/errors.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace rediscluster::cluster {

/// All connections of one reactor to one node. Asked by any thread.
class Port {
 public:
  struct Counts {
    std::uint64_t replies_discarded = 0;
    std::uint64_t pushes_dropped = 0;
    std::size_t in_flight = 0;
  };
  /// Since when nothing has come though replies are due, where that is longer than the limit.
  virtual std::optional<base::TimePoint> silent_since(base::Duration limit, base::TimePoint now) const = 0;
  /// Soon: all commands on them are lost with this reason.
  virtual void break_off(const Error& reason) noexcept = 0;
  virtual Counts counts() const = 0;
  /// Whether there is a connection that nobody uses, as far as one can tell from here.
  virtual bool is_idle() const = 0;
  /// Soon: connections that nobody uses are ended, so that others may be made below a bound; with `drained` also those in use, once their
  /// commands have their replies.
  virtual void give_up_connections(bool drained) noexcept = 0;

 protected:
  ~Port() = default;
};

}  // namespace rediscluster::cluster
