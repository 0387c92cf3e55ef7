#include "cluster/flight/offload.hpp"

#include "drive/lost_error.hpp"

namespace rediscluster::cluster {

Offload::Offload(std::shared_ptr<void> owner, AsyncCluster& reactors, std::optional<std::chrono::milliseconds> timeout, std::stop_token stop)
    : owner_(std::move(owner)), reactors_(reactors), deck_(reactors.deck()), begun_(base::Clock::now()), timeout_(timeout), outer_stop_(std::move(stop)) {}

void Offload::run(bool has_thread) noexcept {
  if (has_thread) {
    const std::stop_callback outer(outer_stop_, [this] { stop_.request_stop(); });
    call_safely();
  } else if (reactors_.cluster().is_closed()) {
    fail_with(drive::client_closed_error());
  } else {
    fail_with({Errc::connect_failed, "the system gives no thread to run this on", {}, 0, Execution::not_executed});
  }
  deck_.reactor().post(*this);
}

void Offload::call_safely() noexcept {
  try {
    std::optional<std::chrono::milliseconds> left = timeout_;
    if (left) *left = std::max(std::chrono::milliseconds(0), *left - std::chrono::floor<std::chrono::milliseconds>(base::Clock::now() - begun_));
    call(left, stop_.get_token());
  } catch (const std::exception& thrown) {
    fail_with(error_of(thrown));
  }
}

void Offload::opened() noexcept {
  land([&](bool at_once) { at_once ? complete(landing_.receiver()) : put(landing_.receiver()); });
  drop_hold(Where::on_reactor);
}

}  // namespace rediscluster::cluster
