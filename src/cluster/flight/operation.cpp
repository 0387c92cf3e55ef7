#include "cluster/flight/operation.hpp"

#include "link/error_at_any_cost.hpp"

#include <stdexcept>

namespace rediscluster::cluster {

Error Operation::error_of(const std::exception& thrown) noexcept {
  return link::error_at_any_cost(Errc::connection_lost, Execution::maybe_executed, [&] {
    return Error{Errc::connection_lost, std::string("something was thrown on the way: ") + thrown.what(), {}, 0, Execution::maybe_executed};
  });
}

Error Operation::error_of_thrown() noexcept {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return error_of(thrown);
  } catch (...) {
    return error_of(std::runtime_error("something that is no std::exception"));
  }
}

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
