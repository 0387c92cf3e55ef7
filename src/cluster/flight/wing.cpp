#include "cluster/flight/wing.hpp"

namespace rediscluster::cluster {
namespace {

// A function as work for a crew. Frees itself.
struct Handed final : Crew::Job {
  explicit Handed(std::function<void(bool)> what) : function(std::move(what)) {}
  void run(bool has_thread) noexcept override {
    function(has_thread);
    delete this;
  }
  const std::function<void(bool)> function;
};

drive::Fibers::Elsewhere by(Crew& crew) {
  return [&crew](std::function<void(bool)> function) { crew.add(*new Handed(std::move(function))); };
}

}  // namespace

Wing::Wing(Cluster& cluster, Crew& helpers, const FlightLimits& limits)
    : loop_(std::make_unique<net::EpollLoop>()),
      own_loop_(static_cast<net::EpollLoop*>(loop_.get())),
      reactor_(*loop_),
      fibers_(reactor_, by(helpers)),
      deck_(reactor_, fibers_, cluster, limits),
      thread_([this] { own_loop_->run(); }) {}

Wing::Wing(Cluster& cluster, Crew& helpers, const FlightLimits& limits, std::unique_ptr<Loop> loop)
    : loop_(std::move(loop)), own_loop_(nullptr), reactor_(*loop_), fibers_(reactor_, by(helpers)), deck_(reactor_, fibers_, cluster, limits) {}

Wing::~Wing() {
  if (own_loop_ != nullptr) {
    own_loop_->stop();
    thread_.join();
  }
  const auto finish = [](void* wing) {
    Wing& self = *static_cast<Wing*>(wing);
    self.reactor_.finish();  // what came in meanwhile: operations that find everything closed
    self.loop_->detach();
  };
  loop_->while_still(finish, this);
}

// A loop of the user's may be running, or never run again: the turns that are still needed are made here, between its own. Who waits for a
// descriptor looks at it himself.
void Wing::turn_until(const std::function<bool()>& is_over) noexcept {
  if (own_loop_ != nullptr) return;
  constexpr std::chrono::milliseconds between_looks{1};
  struct Turn {
    Wing& wing;
    const std::function<bool()>& is_over;
    bool has_come = false;
  } turn{*this, is_over};
  const auto take = [](void* argument) {
    Turn& taken = *static_cast<Turn*>(argument);
    taken.wing.fibers_.wake_all();
    taken.wing.reactor_.take_turn();
    taken.has_come = taken.is_over();
  };
  for (;;) {
    loop_->while_still(take, &turn);
    if (turn.has_come) return;
    base::rest_until(base::Clock::now() + between_looks);
  }
}

void Wing::complete(const std::function<void()>& function) noexcept {
  std::latch has_ended{1};
  try {
    fibers_.start([&] {
      function();
      has_ended.count_down();
    });
  } catch (const std::bad_alloc&) {
    return function();
  }
  turn_until([&] { return has_ended.try_wait(); });
  has_ended.wait();
}

// What was put in before is done before: it asks again until there is nothing left.
void Wing::Settling::opened() noexcept {
  if (wing.is_quiet()) {
    is_settled.count_down();
  } else {
    wing.reactor_.run_soon(*this);
  }
}

void Wing::settle() noexcept {
  if (own_loop_ == nullptr) return turn_until([&] { return is_quiet(); });
  Settling settling(*this);
  reactor_.post(settling);
  settling.is_settled.wait();
}

}  // namespace rediscluster::cluster
