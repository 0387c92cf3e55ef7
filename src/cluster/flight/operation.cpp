#include "cluster/flight/operation.hpp"

namespace rediscluster::cluster {

void Operation::hand_to_executor() noexcept {
  holds_.add();
  landing_.written();
  try {
    landing_.executor()(Work{run_on_executor, this});
  } catch (...) {  // it must not throw; but somebody waits
    run_on_executor(this);
  }
}

void Operation::run_on_executor(void* operation) noexcept {
  Operation& self = *static_cast<Operation*>(operation);
  if (self.landing_.take()) self.tell(self.landing_.receiver());
  self.drop_hold(Where::elsewhere);
}

}  // namespace rediscluster::cluster
