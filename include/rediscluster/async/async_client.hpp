/// The seam between asynchronous surfaces and the library: who owns the client behind them.
#pragma once

#include <rediscluster/async/loop.hpp>
#include <rediscluster/async/receiver.hpp>
#include <rediscluster/client.hpp>

#include <memory>
#include <string>

namespace rediscluster::detail {

/// Errors: those of make_client(), but for what connecting meets: that is the first command's; and Errc::connect_failed when the system
/// has no threads or descriptors left.
/// @param loop  where the client lives; null: on threads of its own.
Result<std::shared_ptr<AsyncClient>> make_async_client(const Options& options, const AsyncOptions& async, std::unique_ptr<Loop> loop = nullptr);
/// Everything under way ends with client_closed. Returns when all has been told; inside of a completion at once, and the rest follows.
void close(std::shared_ptr<AsyncClient> client) noexcept;
/// Whether the calling thread is in a turn of a reactor.
bool is_reactors_thread() noexcept;
Client& client_of(AsyncClient& client);
std::shared_ptr<AsyncClient> share(AsyncClient& client);

}  // namespace rediscluster::detail
