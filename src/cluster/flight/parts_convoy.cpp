#include "cluster/flight/parts_convoy.hpp"

namespace rediscluster::cluster {

Result<std::span<Errand>> PartsConvoy::prepare() {
  if (Result<void> parts = parts_.by_plan(kind_, around().topology); !parts) return fail(std::move(parts.error()));
  return std::span<Errand>(parts_.errands());
}

void PartsConvoy::give(bool at_once, Error* error) noexcept {
  if (error != nullptr) return landing_.decoder().error(landing_.receiver(), at_once, std::move(*error));
  try {
    Result<wire::Frame> whole = parts_.join();
    if (!whole) return landing_.decoder().error(landing_.receiver(), at_once, std::move(whole.error()));
    landing_.decoder().reply(landing_.receiver(), at_once, *whole, command_.facts(), nullptr, 0);
  } catch (const std::exception&) {
    landing_.decoder().error(landing_.receiver(), at_once, Error{Errc::unexpected_reply, "there was no memory to join the replies", {}, 0, Execution::executed});
  }
}

}  // namespace rediscluster::cluster
