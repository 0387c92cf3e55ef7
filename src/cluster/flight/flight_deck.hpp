/// All that one reactor has under way for a client: its flights, its connections to the nodes, who pauses and who waits. On the reactor's
/// thread, but for make() and what begins with "any thread".
#pragma once

#include "cluster/cluster.hpp"
#include "cluster/flight/carried.hpp"
#include "cluster/flight/flight.hpp"
#include "cluster/flight/flight_pool.hpp"
#include "cluster/flight/node_port.hpp"
#include "cluster/run/courier.hpp"
#include "drive/fibers.hpp"

namespace rediscluster::cluster {

/// How much may be under way. From AsyncOptions.
struct FlightLimits {
  std::size_t in_flight = 100'000;
  std::size_t in_flight_per_node = 20'000;
  std::size_t bytes = 256u << 20;
  std::size_t bytes_per_node = 64u << 20;
  bool fails_beyond = false;  ///< Else who is too many waits.
  base::Duration longest_turn = base::Duration::max();  ///< Of the reactor, untold.
};

class FlightDeck final : public Courier {
 public:
  /// @param fibers   of the reactor.
  /// @param cluster  outlives it.
  FlightDeck(drive::Reactor& reactor, drive::Fibers& fibers, Cluster& cluster, const FlightLimits& limits);
  ~FlightDeck();
  FlightDeck(const FlightDeck&) = delete;
  FlightDeck& operator=(const FlightDeck&) = delete;

  /// Any thread. To be launched. Errors: std::bad_alloc.
  Flight& make(const EncodedCommand& command, int slot, base::Deadline deadline) {
    void* const room = reactor_.is_here() ? own_rooms_.pop() : nullptr;
    if (room != nullptr) [[likely]]
      return make_in(room, command, slot, deadline);
    return make_in(fetch_room(), command, slot, deadline);
  }
  /// In a fiber.
  Result<void> carry(const EncodedCommand& command, int slot, base::Deadline deadline, Stop stop, Call& call) override {
    return carry_by_flight(*this, command, slot, deadline, stop, call);
  }
  /// Any thread, once: everything is lost with client_closed, and nothing new begins.
  void close() noexcept;
  /// Behind close(): whether everything has had its end.
  bool is_quiet() const;

  /// Any thread: what the clock says, or said when this turn of the reactor began.
  base::TimePoint time_for_caller() const { return reactor_.is_here() ? reactor_.now() : base::Clock::now(); }

  drive::Reactor& reactor() { return reactor_; }
  Cluster& cluster() { return cluster_; }
  /// For what is written for a thread, and waits.
  drive::Fibers& fibers() { return fibers_; }
  const FlightLimits& limits() const { return limits_; }
  /// Nothing new begins.
  bool is_ending() const { return is_ending_; }

  // For flights and convoys.
  /// Has it begin, as soon as the cluster was found.
  void take_in(Queued& operation, drive::Timer& its_timer);
  /// Whether whatever is taken in begins at once.
  bool is_ready() const { return !is_ending_ && !cluster_.is_closed() && cluster_.is_connected(); }
  Error not_ready_in_time();
  NodePort& port_to(Node& node) {
    const std::size_t number = node.number();
    if (number < ports_.size() && ports_[number]) [[likely]]
      return *ports_[number];
    return make_port_to(node);
  }
  /// Until Queued::look_at_pause() leaves.
  void pause(Queued& operation) { pausing_.push_back(operation); }
  void recycle(Flight& flight) noexcept;

  // For ports.
  bool has_room_for(std::size_t bytes) const { return in_line_ < limits_.in_flight && bytes_ + bytes <= limits_.bytes; }
  void came_in_line(std::size_t bytes) {
    ++in_line_;
    bytes_ += bytes;
  }
  void left_line(std::size_t bytes) {
    --in_line_;
    bytes_ -= bytes;
    if (is_full_) [[unlikely]]
      admit();
  }
  void note_full() { is_full_ = true; }

 private:
  class News;
  struct Closing final : drive::Mail {
    explicit Closing(FlightDeck& its_deck) : deck(its_deck) {}
    void opened() noexcept override { deck.end_all(); }
    FlightDeck& deck;
  };
  struct Connecting final : drive::Mail {
    explicit Connecting(FlightDeck& its_deck) : deck(its_deck) {}
    void begin() noexcept;
    void opened() noexcept override;
    FlightDeck& deck;
    bool is_under_way = false;
    base::Deadline limit = base::Deadline::never();  // its own
    Result<void> outcome;
  };
  struct Tidying final : drive::Timer {
    explicit Tidying(FlightDeck& its_deck) : deck(its_deck) {}
    void fired() noexcept override { deck.tidy(); }
    FlightDeck& deck;
  };

  struct Trimming final : drive::Mail {
    explicit Trimming(FlightDeck& its_deck) : deck(its_deck) {}
    void opened() noexcept override;
    FlightDeck& deck;
    bool is_under_way = false;
  };

  void* fetch_room();
  void make_others_free() noexcept;
  Flight& make_in(void* room, const EncodedCommand& command, int slot, base::Deadline deadline) {
    try {
      return *::new (room) Flight(*this, command, slot, deadline);
    } catch (...) {
      FlightPool::of_all().give(room);
      throw;
    }
  }
  NodePort& make_port_to(Node& node);
  void await_cluster(Queued& operation, drive::Timer& its_timer);
  void cluster_is_ready(const Result<void>& outcome);
  void look_at_pauses();
  void say(const std::shared_ptr<const Login>& login);
  void admit();
  void tidy();
  void end_all() noexcept;

  drive::Reactor& reactor_;
  drive::Fibers& fibers_;
  Cluster& cluster_;
  const FlightLimits limits_;
  std::vector<std::unique_ptr<NodePort>> ports_;  // by Node::number()
  base::Ring pausing_;
  base::Ring awaiting_cluster_;
  std::size_t in_line_ = 0;
  std::size_t bytes_ = 0;
  bool is_full_ = false;
  bool is_ending_ = false;
  FreeRooms own_rooms_;
  Connecting connecting_;
  Closing closing_;
  Tidying tidying_;
  Trimming trimming_;
  const std::shared_ptr<News> news_;
  int topology_listener_ = 0;
  int login_listener_ = 0;
};

// What every command does at its port.

inline drive::ReactorLane* NodePort::shared_lane_for(std::size_t bytes) {
  if (ways_.empty()) [[unlikely]]
    return nullptr;
  Way& way = *ways_.front();
  const bool is_for_all = !way.is_alone && !way.is_draining && way.lane.is_open();
  return is_for_all && has_room_for(bytes, way) ? &way.lane : nullptr;
}

// What was given up has its place on the connection, and counts, until its reply has come.
inline bool NodePort::has_room_for(std::size_t bytes, const Way& way) const {
  const FlightLimits& limits = deck_.limits();
  const bool fits_here = way.lane.in_flight() < limits.in_flight_per_node && (bytes_in_line_ == 0 || bytes_in_line_ + bytes <= limits.bytes_per_node);
  if (fits_here && deck_.has_room_for(bytes)) [[likely]]
    return true;
  if (fits_here) deck_.note_full();
  return false;
}

inline void NodePort::came_in_line(std::size_t bytes) {
  if (in_line_++ == 0) waits_since_.store(deck_.reactor().now(), std::memory_order_relaxed);
  bytes_in_line_ += bytes;
  in_flight_.store(in_line_, std::memory_order_relaxed);
  deck_.came_in_line(bytes);
}

inline void NodePort::left(drive::ReactorLane& lane, std::size_t bytes) {
  --in_line_;
  bytes_in_line_ -= bytes;
  in_flight_.store(in_line_, std::memory_order_relaxed);
  waits_since_.store(in_line_ == 0 ? base::TimePoint::max() : lane.last_progress(), std::memory_order_relaxed);
  deck_.left_line(bytes);
  lane_served();
}

inline void NodePort::done_with(drive::ReactorLane& lane) {
  if (ways_.size() != 1 || ways_.front()->is_draining || ways_.front()->is_alone) [[unlikely]]
    end_if_emptied(lane);
}

}  // namespace rediscluster::cluster
