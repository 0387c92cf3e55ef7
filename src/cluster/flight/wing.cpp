#include "cluster/flight/wing.hpp"

namespace rediscluster::cluster {

Wing::Wing(Cluster& cluster, Crew& diallers, const FlightLimits& limits)
    : reactor_(loop_), deck_(reactor_, cluster, diallers, limits), thread_([this] { loop_.run(); }) {}

Wing::~Wing() {
  loop_.stop();
  thread_.join();
  reactor_.finish();  // what came in meanwhile: operations that find everything closed
}

// What was put in before is done before: it asks again until there is nothing left.
void Wing::Settling::opened() noexcept {
  if (wing.deck_.is_quiet() && !wing.reactor_.has_to_run()) {
    is_settled.count_down();
  } else {
    wing.reactor_.run_soon(*this);
  }
}

void Wing::settle() noexcept {
  Settling settling(*this);
  reactor_.post(settling);
  settling.is_settled.wait();
}

}  // namespace rediscluster::cluster
