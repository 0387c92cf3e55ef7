#include "cluster/flight/carried.hpp"

#include "cluster/flight/flight_deck.hpp"
#include "link/error_at_any_cost.hpp"

namespace rediscluster::cluster {
namespace {

/// The receiver, on the fiber's stack.
class Carried {
 public:
  Carried(Call& call, base::Fiber& fiber) : call_(call), fiber_(fiber) {}

  void replied(const wire::Frame& reply, const Node* node, int attempts) {
    try {
      call_.take_carried(wire::own(reply.bytes()), node, attempts);
      outcome_ = {};
    } catch (const std::exception&) {
      outcome_ = fail(link::error_at_any_cost(Errc::unexpected_reply, Execution::executed, [] {
        return Error{Errc::unexpected_reply, "there was no memory for the reply", {}, 0, Execution::executed};
      }));
    }
    tell();
  }
  void failed(Error&& error) {
    outcome_ = fail(std::move(error));
    tell();
  }
  Result<void> wait() {
    while (!is_told_) fiber_.host().wait(fiber_, base::Deadline::never());
    return std::move(outcome_);
  }

 private:
  void tell() {
    is_told_ = true;
    fiber_.host().wake(fiber_);
  }

  Call& call_;
  base::Fiber& fiber_;
  Result<void> outcome_;
  bool is_told_ = false;
};

constexpr Decoder to_fiber{
    .reply = [](void* receiver, bool /*at_once*/, const wire::Frame& reply, const CommandFacts& /*facts*/, const Node* node, int attempts) noexcept {
      static_cast<Carried*>(receiver)->replied(reply, node, attempts);
    },
    .error = [](void* receiver, bool /*at_once*/, Error&& error) noexcept { static_cast<Carried*>(receiver)->failed(std::move(error)); },
    .tell = [](void* /*receiver*/) noexcept {},
};

}  // namespace

Result<void> carry_by_flight(FlightDeck& deck, const EncodedCommand& command, int slot, base::Deadline deadline, Courier::Stop stop, Call& call) {
  Carried carried(call, *base::Fiber::current());
  Flight& flight = deck.make(command, slot, deadline);
  if (stop.before_sent) flight.go_on_when_sent();
  if (stop.token != nullptr) flight.cancel_on(*stop.token);
  flight.landing().decode_by(to_fiber);
  flight.landing().tell(&carried);
  flight.launch();
  return carried.wait();
}

}  // namespace rediscluster::cluster
