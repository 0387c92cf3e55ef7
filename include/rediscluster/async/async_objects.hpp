/// Objects of the asynchronous client: those of the blocking one, with operations where it has calls. Each operation keeps its object until
/// its end, so that this may go first; one operation of an object at a time, but for what its class allows.
#pragma once

#include <rediscluster/async/asked.hpp>
#include <rediscluster/async/async_client.hpp>
#include <rediscluster/async/async_script.hpp>
#include <rediscluster/lock.hpp>
#include <rediscluster/monitor.hpp>
#include <rediscluster/pubsub.hpp>
#include <rediscluster/scan.hpp>
#include <rediscluster/target.hpp>
#include <rediscluster/transaction.hpp>

namespace rediscluster {

using AsyncLock = BasicLock<Operation>;
using AsyncTransaction = BasicTransaction<Operation>;
using AsyncPubSub = BasicPubSub<Operation>;
using AsyncMonitor = BasicMonitor<Operation>;
using AsyncKeyScan = BasicKeyScan<Operation>;
template <class T>
using AsyncElementScan = BasicElementScan<Operation, T>;

namespace detail {

template <class Object, class Pointer>
Object make_async(AsyncClient& client, Pointer state) {
  return Object(typename Object::State(share(client), std::move(state)));
}
/// @param target  a copy is kept; null: every node.
inline Operation<AsyncMonitor> start_async_monitor(AsyncClient& client, const OneTarget* target) {
  std::optional<OneTarget> kept;
  if (target != nullptr) kept = *target;
  return Operation<AsyncMonitor>(client, blocking<AsyncMonitor>([&client, kept = std::move(kept)](const RunOptions&) {
    return start_monitor(client_of(client), kept ? &*kept : nullptr).map([&](MonitorPointer state) {
      return make_async<AsyncMonitor>(client, std::move(state));
    });
  }));
}

}  // namespace detail
}  // namespace rediscluster
