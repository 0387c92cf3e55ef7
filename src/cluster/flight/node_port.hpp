/// A reactor's connections to one node: one that all flights share, made with the first of them; those being emptied; and a few for
/// commands under which connections end. Says who may be under way and who queues. On the reactor's thread, but for what Port says.
#pragma once

#include "cluster/flight/queued.hpp"
#include "cluster/run/attempt_end.hpp"
#include "cluster/nodes/node.hpp"
#include "cluster/nodes/login.hpp"
#include "cluster/nodes/port.hpp"
#include "drive/reactor_lane.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace rediscluster::cluster {

class FlightDeck;

class NodePort final : public Port, drive::ReactorLane::Owner {
 public:
  NodePort(FlightDeck& deck, Node& node);
  ~NodePort();
  NodePort(const NodePort&) = delete;
  NodePort& operator=(const NodePort&) = delete;

  /// The connection that all share, if so many bytes can be put in line there at once; came_in_line() follows. Null: take_in() says how.
  drive::ReactorLane* shared_lane_for(std::size_t bytes);
  void came_in_line(std::size_t bytes);
  /// Puts it in line, or lets it queue for a connection or a place.
  void take_in(Queued& queued);
  /// It is in line no more.
  void left(drive::ReactorLane& lane, std::size_t bytes);
  /// What a course says about the connection of its last attempt.
  void follow(LaneAdvice advice, drive::ReactorLane& lane);
  /// Its command is answered: a connection for it alone ends.
  void done_with(drive::ReactorLane& lane);
  /// Ends a connection on which nothing has come for long although much is due.
  void look_if_silent(drive::ReactorLane& lane);
  /// Why a flight that queues is not in line.
  const char* why_queued() const;
  /// Places in the deck have become free.
  void admit();
  /// Now and then.
  void tidy();
  /// New words that say who we are, on all connections.
  void say(const std::shared_ptr<const Login>& login);
  /// Ends everything.
  void end_all(const Error& reason) noexcept;
  bool is_quiet() const;

  std::optional<base::TimePoint> silent_since(base::Duration limit, base::TimePoint now) const override;
  void break_off(const Error& reason) noexcept override;
  Counts counts() const override;
  bool is_idle() const override;
  void give_up_connections(bool drained) noexcept override;

 private:
  /// A connection, and how it is being made.
  struct Way final : drive::Mail {
    Way(NodePort& its_port, bool alone);
    void begin_to_dial() noexcept;
    Result<net::Socket> dial();
    void opened() noexcept override;

    NodePort& port;
    const bool is_alone;
    bool is_dialling = false;
    bool is_draining = false;
    drive::ReactorLane lane;
    std::optional<Result<net::Socket>> socket;
    link::Link link;
    base::Ring queue;  // flights that wait for it
  };
  struct BreakingOff final : drive::Mail {
    explicit BreakingOff(NodePort& its_port) : port(its_port) {}
    void opened() noexcept override;
    NodePort& port;
    std::atomic<bool> is_posted{false};
    Error reason;
  };
  struct GivingUp final : drive::Mail {
    explicit GivingUp(NodePort& its_port) : port(its_port) {}
    void opened() noexcept override;
    NodePort& port;
    std::atomic<bool> is_posted{false};
    std::atomic<bool> drains{false};
  };
  struct Saying;

  Way& way_for(const Queued& queued);
  Way* way_of(const drive::ReactorLane& lane);
  void connect(Way& way);
  void connected(Way& way);
  bool has_room_for(std::size_t bytes, const Way& way) const;
  void end_if_emptied(drive::ReactorLane& lane);
  void put_in_line(Queued& queued, Way& way);
  void lane_served() noexcept override {
    if (!overflow_.empty()) [[unlikely]]
      admit();
  }
  void lane_closed(drive::ReactorLane& lane, const Error& reason) noexcept override;

  FlightDeck& deck_;
  Node& node_;
  std::vector<std::unique_ptr<Way>> ways_;  // the shared one first, when there is one
  base::Ring overflow_;                     // flights that wait for a place
  std::size_t in_line_ = 0;
  std::size_t bytes_in_line_ = 0;
  std::vector<std::unique_ptr<Saying>> sayings_;
  BreakingOff breaking_off_;
  GivingUp giving_up_;
  Counts of_ended_ways_;
  // For other threads; what is counted is as of the last tidy().
  std::atomic<base::TimePoint> waits_since_{base::TimePoint::max()};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<int> open_{0};  // connections
  std::atomic<std::uint64_t> discarded_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace rediscluster::cluster
