#include "cluster/flight/node_port.hpp"

#include "cluster/flight/flight_deck.hpp"
#include "cluster/run/ticket_end.hpp"
#include "drive/lost_error.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// For a connection that ends on purpose, when nobody is in line on it.
Error not_needed() { return drive::client_closed_error(); }

}  // namespace

/// AUTH, in line with the commands.
struct NodePort::Saying final : drive::ReactorTicket {
  Saying(drive::ReactorLane& its_lane, std::shared_ptr<const Login> its_login) : lane(its_lane), login(std::move(its_login)) {}
  void ended() noexcept override {
    is_over = true;
    if (state() != State::done || !reply().is_error()) return;
    lane.end(link::error_at_any_cost(Errc::connection_lost, Execution::maybe_executed, [] {
      return Error{Errc::connection_lost, "new credentials were refused on this connection", {}, 0, Execution::maybe_executed};
    }));
  }
  drive::ReactorLane& lane;
  const std::shared_ptr<const Login> login;
  bool is_over = false;
};

NodePort::NodePort(FlightDeck& deck, Node& node) : deck_(deck), node_(node), breaking_off_(*this), giving_up_(*this) {
  node_.keep();
  node_.add_port(*this);
}

NodePort::~NodePort() { node_.remove_port(*this); }

NodePort::Way::Way(NodePort& its_port, bool alone)
    : port(its_port), is_alone(alone), lane(its_port.deck_.reactor(), its_port, its_port.node_.config().limits), link(its_port.node_.config().limits) {}

NodePort::Way& NodePort::way_for(const Queued& queued) {
  const auto is_for_one = [](const auto& way) { return way->is_alone; };
  const bool is_alone = queued.wants_own_lane() && std::count_if(ways_.begin(), ways_.end(), is_for_one) < LanePool::most_alone;
  if (!is_alone) {
    for (const auto& way : ways_) {
      if (!way->is_alone && !way->is_draining) return *way;
    }
  }
  return *ways_.emplace_back(std::make_unique<Way>(*this, is_alone));
}

NodePort::Way* NodePort::way_of(const drive::ReactorLane& lane) {
  const auto found = std::find_if(ways_.begin(), ways_.end(), [&](const auto& way) { return &way->lane == &lane; });
  return found == ways_.end() ? nullptr : found->get();
}

void NodePort::take_in(Queued& queued) {
  Way& way = way_for(queued);
  if (!way.lane.is_open()) [[unlikely]] {
    if (deck_.is_ending()) return queued.fail_with(drive::client_closed_error());
    way.queue.push_back(queued);
    return connect(way);
  }
  if (has_room_for(queued.bytes_to_send(), way)) [[likely]]
    return put_in_line(queued, way);
  if (deck_.limits().fails_beyond) {
    return queued.fail_with({Errc::too_many_in_flight, "too many commands are under way to this node, or in all (AsyncOptions)", node_.address(), 0,
                             Execution::not_executed});
  }
  overflow_.push_back(queued);
}

void NodePort::put_in_line(Queued& queued, Way& way) {
  const std::size_t size = queued.bytes_to_send();
  queued.put_in_line(way.lane);
  came_in_line(size);
}

void NodePort::admit() {
  while (!overflow_.empty()) {
    Queued& queued = Queued::of(*overflow_.next);
    if (const Way& way = way_for(queued); way.lane.is_open() && !has_room_for(queued.bytes_to_send(), way)) return;
    queued.leave_queue();
    queued.safely([&] { take_in(queued); });
  }
}

const char* NodePort::why_queued() const {
  return overflow_.empty() ? "no connection in time" : "not sent in time: too many commands were under way (AsyncOptions)";
}

void NodePort::connect(Way& way) {
  if (way.is_dialling || !way.lane.is_closed()) return;  // it is on its way; or will be, when all have been told of the last one's end
  way.is_dialling = true;
  way.begin_to_dial();
}

// By a fiber, with the code that threads run.
void NodePort::Way::begin_to_dial() noexcept {
  Result<void> begun = link::result_at_any_cost("connecting failed", port.node_.address(), [&]() -> Result<void> {
    port.deck_.fibers().start([this] {
      socket.emplace(link::result_at_any_cost("making the connection threw an exception", port.node_.address(), [&] { return dial(); }));
      port.deck_.reactor().run_soon(*this);
    });
    return {};
  });
  if (begun) return;
  socket.emplace(fail(std::move(begun.error())));
  port.deck_.reactor().run_soon(*this);
}

Result<net::Socket> NodePort::Way::dial() {
  link = link::Link(port.node_.config().limits);
  drive::Opening opening{link};
  return port.node_.dial_shared(base::Deadline::never(), opening);
}

void NodePort::Way::opened() noexcept {
  is_dialling = false;
  port.connected(*this);
}

void NodePort::connected(Way& way) {
  Result<net::Socket> socket = std::move(*way.socket);
  way.socket.reset();
  base::Ring waiting;
  waiting.take_all(way.queue);
  if (socket && !deck_.is_ending() && way.lane.open(std::move(*socket), std::move(way.link))) {
    open_.fetch_add(1, std::memory_order_relaxed);
  } else if (socket && !deck_.is_ending()) {
    socket = fail(link::error_at_any_cost(Errc::connect_failed, Execution::not_executed, [&] {
      return Error{Errc::connect_failed, "the system waits for no more descriptors", node_.address(), 0, Execution::not_executed};
    }));
  }
  if (!socket) {
    socket.error().execution = Execution::not_executed;
    while (!waiting.empty()) {
      Queued& queued = Queued::of(*waiting.next);
      queued.safely([&] { queued.not_connected(socket.error()); });
    }
    return;
  }
  while (!waiting.empty()) {
    Queued& queued = Queued::of(*waiting.next);
    queued.leave_queue();
    queued.safely([&] { deck_.is_ending() ? queued.fail_with(drive::client_closed_error()) : take_in(queued); });
  }
}

void NodePort::lane_closed(drive::ReactorLane& lane, const Error& reason) noexcept {
  Way* const way = way_of(lane);
  open_.fetch_sub(1, std::memory_order_relaxed);
  if (reason.code != Errc::client_closed) node_.note_loss(reason);
  if (!way->queue.empty()) connect(*way);
  lane_served();
}

void NodePort::follow(LaneAdvice advice, drive::ReactorLane& lane) {
  Way* const way = way_of(lane);
  switch (advice) {
    case LaneAdvice::leave: break;
    case LaneAdvice::end_if_unused:
      if (lane.is_unused()) lane.end(not_needed());
      break;
    case LaneAdvice::drain: way->is_draining = true; break;
    case LaneAdvice::end: lane.end(left_reading_error()); break;
  }
  done_with(lane);
}

void NodePort::end_if_emptied(drive::ReactorLane& lane) {
  Way* const way = way_of(lane);
  if ((way->is_alone || way->is_draining) && lane.is_unused()) lane.end(not_needed());
}

void NodePort::look_if_silent(drive::ReactorLane& lane) {
  const auto& limit = node_.config().options.socket_timeout;
  if (!limit || !lane.is_open() || lane.in_flight() == 0) return;
  if (deck_.reactor().now() - lane.last_progress() < 2 * *limit) return;
  lane.end(drive::silent_error());
}

void NodePort::tidy() {
  constexpr std::chrono::seconds a_while{1};
  std::erase_if(sayings_, [](const auto& each) { return each->is_over; });
  Counts counts = of_ended_ways_;
  std::erase_if(ways_, [&](const auto& way) {
    counts.replies_discarded += way->lane.replies_discarded();
    counts.pushes_dropped += way->lane.pushes_dropped();
    const bool is_over = (way->is_alone || way->is_draining) && way->lane.is_closed() && !way->is_dialling && way->queue.empty();
    if (is_over) {
      of_ended_ways_.replies_discarded += way->lane.replies_discarded();
      of_ended_ways_.pushes_dropped += way->lane.pushes_dropped();
    }
    return is_over;
  });
  discarded_.store(counts.replies_discarded, std::memory_order_relaxed);
  dropped_.store(counts.pushes_dropped, std::memory_order_relaxed);
  for (const auto& way : ways_) {
    if (way->lane.is_open() && way->lane.is_unused() && deck_.reactor().now() - way->lane.last_progress() > a_while) way->lane.give_back_memory();
  }
}

void NodePort::say(const std::shared_ptr<const Login>& login) {
  for (const auto& way : ways_) {
    if (!way->lane.is_open()) continue;
    way->lane.submit(login->auth, *sayings_.emplace_back(std::make_unique<Saying>(way->lane, login)));
  }
}

void NodePort::end_all(const Error& reason) noexcept {
  Queued::fail_all(overflow_, reason);
  for (const auto& way : ways_) {
    Queued::fail_all(way->queue, reason);
    way->lane.end(reason);
  }
}

bool NodePort::is_quiet() const {
  const auto is_quiet = [](const auto& way) { return !way->is_dialling && way->lane.is_closed() && way->queue.empty(); };
  return overflow_.empty() && std::all_of(ways_.begin(), ways_.end(), is_quiet);
}

std::optional<base::TimePoint> NodePort::silent_since(base::Duration limit, base::TimePoint now) const {
  const base::TimePoint since = waits_since_.load(std::memory_order_relaxed);
  if (since >= now || now - since <= limit) return std::nullopt;
  return since;
}

void NodePort::break_off(const Error& reason) noexcept {
  if (breaking_off_.is_posted.exchange(true, std::memory_order_acquire)) return;
  breaking_off_.reason = link::copy_at_any_cost(reason);
  deck_.reactor().post(breaking_off_);
}

void NodePort::BreakingOff::opened() noexcept {
  for (const auto& way : port.ways_) way->lane.end(reason);
  is_posted.store(false, std::memory_order_release);
}

bool NodePort::is_idle() const { return open_.load(std::memory_order_relaxed) > 0 && in_flight_.load(std::memory_order_relaxed) == 0; }

void NodePort::give_up_connections(bool drained) noexcept {
  if (drained) giving_up_.drains.store(true, std::memory_order_relaxed);
  if (giving_up_.is_posted.exchange(true, std::memory_order_acq_rel)) return;
  deck_.reactor().post(giving_up_);
}

// One that is being emptied takes no more commands; the next ones make another one when there is room.
void NodePort::GivingUp::opened() noexcept {
  is_posted.store(false, std::memory_order_release);
  const bool drained = drains.exchange(false, std::memory_order_relaxed);
  for (const auto& way : port.ways_) {
    if (!way->lane.is_open()) continue;
    if (way->lane.is_unused()) {
      way->lane.end(not_needed());
    } else if (drained) {
      way->is_draining = true;
    }
  }
}

Port::Counts NodePort::counts() const {
  return {discarded_.load(std::memory_order_relaxed), dropped_.load(std::memory_order_relaxed), in_flight_.load(std::memory_order_relaxed)};
}

}  // namespace rediscluster::cluster
