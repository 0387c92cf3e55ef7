#include "cluster/flight/driven.hpp"

#include "cluster/flight/flight_deck.hpp"

namespace rediscluster::cluster {

void Driven::launch() noexcept {
  if (deck_.reactor().is_here()) {
    opened();
  } else {
    deck_.reactor().post(*this);
  }
}

void Driven::cancel() noexcept {
  if (cancelling_.is_posted.exchange(true, std::memory_order_acq_rel)) return;
  add_hold();
  deck_.reactor().post(cancelling_);
}

void Driven::cancel_on(std::stop_token stop) {
  if (stop.stop_possible()) stopping_ = std::make_unique<std::stop_callback<Cancels>>(std::move(stop), Cancels{this});
}

void Driven::Cancelling::opened() noexcept {
  is_opened = true;
  operation.be_cancelled();
  operation.drop_hold(Where::on_reactor);
}

}  // namespace rediscluster::cluster
