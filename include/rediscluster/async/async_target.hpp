/// Commands for nodes that the caller names, as operations.
#pragma once

#include <rediscluster/async/async_client.hpp>
#include <rediscluster/async/async_objects.hpp>
#include <rediscluster/async/operation.hpp>
#include <rediscluster/target.hpp>

namespace rediscluster {

namespace detail {

template <class T>
using EachOperation = Operation<NodeResults<T>>;

}  // namespace detail

/// The commands, sent to one place. Thread-safe.
class AsyncTarget : public AllCommands<AsyncTarget, Operation>,
                    public NodeCommands<AsyncTarget, Operation>,
                    public WordCommands<AsyncTarget, Operation> {
 public:
  AsyncTarget(detail::AsyncClient& client, detail::OneTarget target) : client_(&client), target_(std::move(target)) {}
  template <class T>
  Operation<T> run(const Command<T>& command) const {
    return Operation<T>(*client_, detail::blocking<detail::Raw<T>>(
                                      [&client = detail::client_of(*client_), kept = EncodedCommand(command), target = target_](const RunOptions&) {
                                        return detail::run_at<detail::Raw<T>>(client, kept, target);
                                      }));
  }
  /// Subscriptions on this node and no other, a replica too; with on_slot(), on the node that serves the slot. @see BasicPubSub
  AsyncPubSub pubsub(const PubSubOptions& options = {}) const {
    return detail::make_async<AsyncPubSub>(*client_, detail::make_pubsub(detail::client_of(*client_), options, &target_));
  }
  /// Every command that this node runs from now on. @see BasicMonitor
  Operation<AsyncMonitor> monitor() const { return detail::start_async_monitor(*client_, &target_); }

 private:
  detail::AsyncClient* client_;
  detail::OneTarget target_;
};

/// The commands, sent to several nodes at the same time, with one result per node. Thread-safe.
/// Errors: none of a node is an error of the operation.
class AsyncEachTarget : public AllCommands<AsyncEachTarget, detail::EachOperation>,
                        public NodeCommands<AsyncEachTarget, detail::EachOperation>,
                        public WordCommands<AsyncEachTarget, detail::EachOperation> {
 public:
  AsyncEachTarget(detail::AsyncClient& client, NodeGroup group) : client_(&client), group_(group) {}
  template <class T>
  Operation<NodeResults<T>> run(const Command<T>& command) const {
    return Operation<NodeResults<T>>(*client_, detail::blocking<NodeResults<T>>([&client = detail::client_of(*client_), kept = EncodedCommand(command),
                                                                                 group = group_](const RunOptions&) {
      return detail::run_on_each<T>(client, kept, group);
    }));
  }

 private:
  detail::AsyncClient* client_;
  NodeGroup group_;
};

}  // namespace rediscluster
