/// What stands behind asynchronous surfaces: a client like that of the blocking ones, and its reactors. Thread-safe.
#pragma once

#include "api/client.hpp"
#include "cluster/flight/async_cluster.hpp"

#include <rediscluster/async/async_client.hpp>

namespace rediscluster::detail {

class AsyncClient : public std::enable_shared_from_this<AsyncClient> {
 public:
  /// @param loop  null: threads of ours.
  AsyncClient(ClientPointer client, const AsyncOptions& options, std::unique_ptr<Loop> loop)
      : client_(std::move(client)),
        options_(options),
        reactors_([&] { return std::make_unique<cluster::AsyncCluster>(client_->cluster(), options_, std::move(loop)); }) {}

  Client& client() { return *client_; }
  const AsyncOptions& options() const { return options_; }
  /// Those of this process: a child after fork() begins with its first operation, on threads of ours.
  cluster::AsyncCluster& reactors() {
    cluster::AsyncCluster& reactors = *reactors_.get([this](auto&) { return std::make_unique<cluster::AsyncCluster>(client_->cluster(), options_); });
    if (!reactors.is_adopted()) [[unlikely]]
      reactors.adopt();
    return reactors;
  }
  bool is_inherited() const { return reactors_.is_inherited(); }

 private:
  const ClientPointer client_;
  const AsyncOptions options_;
  base::PerProcess<std::unique_ptr<cluster::AsyncCluster>> reactors_;
};

/// A handle of an operation, with what its caller says of its end.
AsyncCall call_of(cluster::Operation& operation, AsyncClient& client, StartOptions& options);

}  // namespace rediscluster::detail
