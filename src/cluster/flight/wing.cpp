#include "cluster/flight/wing.hpp"

namespace rediscluster::cluster {
namespace {

// A function as work for a crew. Frees itself.
struct Errand final : Crew::Job {
  explicit Errand(std::function<void(bool)> what) : function(std::move(what)) {}
  void run(bool has_thread) noexcept override {
    function(has_thread);
    delete this;
  }
  const std::function<void(bool)> function;
};

drive::Fibers::Elsewhere by(Crew& crew) {
  return [&crew](std::function<void(bool)> function) { crew.add(*new Errand(std::move(function))); };
}

}  // namespace

Wing::Wing(Cluster& cluster, Crew& helpers, const FlightLimits& limits)
    : reactor_(loop_), fibers_(reactor_, by(helpers)), deck_(reactor_, fibers_, cluster, limits), thread_([this] { loop_.run(); }) {}

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
