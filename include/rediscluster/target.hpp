/// Commands for nodes that the caller names, instead of those that serve their keys.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/commands/node_commands.hpp>
#include <rediscluster/monitor.hpp>
#include <rediscluster/pending.hpp>
#include <rediscluster/pubsub.hpp>
#include <rediscluster/word_commands.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster {

/// What one node answered.
template <class T>
struct NodeResult {
  NodeAddress node{};  ///< The node as this client reaches it.
  Result<T> result;

  bool has_value() const { return result.has_value(); }
  /// The reply. Errors: throws what this node ended in.
  const T& value() const {
    if (!result) throw_error(result.error());
    return *result;
  }
};

/// One entry per node that was asked, in no particular order.
template <class T>
using NodeResults = std::vector<NodeResult<T>>;

namespace detail {

/// One place, as the caller named it.
struct OneTarget {
  std::string node{};  ///< Id or "host:port"; empty: the node that serves `slot`.
  int slot = 0;
};

/// Errors: Errc::unknown_node, bad_option (no slot number), cross_slot (a key of another slot); those of run().
template <class T>
Result<T> run_at(Client& client, const EncodedCommand& command, const OneTarget& target);

/// What the nodes of a group answered: one outcome each, in no particular order.
struct GroupOutcomes {
  std::vector<NodeAddress> nodes;
  OutcomesPointer outcomes;
};

/// Errors: what kept the command from being sent at all; what single nodes ended in stands in the outcomes.
Result<GroupOutcomes> ask_each(Client& client, const EncodedCommand& command, NodeGroup group);

template <class T>
Result<NodeResults<T>> run_on_each(Client& client, const EncodedCommand& command, NodeGroup group) {
  Result<GroupOutcomes> asked = ask_each(client, command, group);
  if (!asked) return fail(std::move(asked.error()));
  NodeResults<T> results;
  results.reserve(asked->nodes.size());
  for (NodeAddress& node : asked->nodes) {
    results.push_back({std::move(node), deliver<Result, T>(outcome_of<Raw<T>>(*asked->outcomes, results.size(), command.facts()))});
  }
  return results;
}

template <class T>
using EachResult = Result<NodeResults<T>>;

}  // namespace detail

/// The commands, sent to one place; gives a Result. Outlives its client, and finds it closed then. Thread-safe like it.
class NothrowTarget : public AllCommands<NothrowTarget, Result>,
                      public NodeCommands<NothrowTarget, Result>,
                      public WordCommands<NothrowTarget, Result> {
 public:
  NothrowTarget(detail::Client& client, detail::OneTarget target) : client_(detail::share(client)), target_(std::move(target)) {}
  template <class T>
  Result<T> run(const Command<T>& command) const {
    return detail::deliver<Result, T>(detail::run_at<detail::Raw<T>>(*client_, command, target_));
  }
  /// Subscriptions on this node and no other, a replica too; with on_slot(), on the node that serves the slot. @see PubSub
  NothrowPubSub pubsub(const PubSubOptions& options = {}) const { return NothrowPubSub(detail::make_pubsub(*client_, options, &target_)); }
  /// Every command that this node runs from now on. @see Monitor
  Result<Monitor> monitor() const {
    return detail::start_monitor(*client_, &target_).map([](detail::MonitorPointer state) { return Monitor(std::move(state)); });
  }

 private:
  std::shared_ptr<detail::Client> client_;  // with its owner, who may go first
  detail::OneTarget target_;
};

/// The commands, sent to one place; throws RedisError. Outlives its client, and finds it closed then. Thread-safe like it.
class ClusterTarget : public AllCommands<ClusterTarget, detail::Plain>,
                      public NodeCommands<ClusterTarget, detail::Plain>,
                      public WordCommands<ClusterTarget, detail::Plain> {
 public:
  ClusterTarget(detail::Client& client, detail::OneTarget target) : client_(detail::share(client)), target_(std::move(target)) {}
  template <class T>
  T run(const Command<T>& command) const {
    return detail::deliver<detail::Plain, T>(detail::run_at<detail::Raw<T>>(*client_, command, target_));
  }
  /// Subscriptions on this node and no other, a replica too; with on_slot(), on the node that serves the slot. Errors of its
  /// subscribe(): Errc::unknown_node. @see PubSub
  PubSub pubsub(const PubSubOptions& options = {}) const { return PubSub(detail::make_pubsub(*client_, options, &target_)); }
  /// Every command that this node runs from now on. @see Monitor
  Monitor monitor() const { return Monitor(detail::value_or_throw(detail::start_monitor(*client_, &target_))); }

 private:
  std::shared_ptr<detail::Client> client_;  // with its owner, who may go first
  detail::OneTarget target_;
};

/// The commands, sent to several nodes at the same time, with one result per node. Outlives its client, and finds it closed then. Thread-safe.
/// Errors: none of a node is an error of the call; what is refused before sending is returned.
class NothrowEachTarget : public AllCommands<NothrowEachTarget, detail::EachResult>,
                          public NodeCommands<NothrowEachTarget, detail::EachResult>,
                          public WordCommands<NothrowEachTarget, detail::EachResult> {
 public:
  NothrowEachTarget(detail::Client& client, NodeGroup group) : client_(detail::share(client)), group_(group) {}
  template <class T>
  Result<NodeResults<T>> run(const Command<T>& command) const {
    return detail::run_on_each<T>(*client_, command, group_);
  }

 private:
  std::shared_ptr<detail::Client> client_;  // with its owner, who may go first
  NodeGroup group_;
};

/// The same; what is refused before sending is thrown.
class EachTarget : public AllCommands<EachTarget, NodeResults>,
                   public NodeCommands<EachTarget, NodeResults>,
                   public WordCommands<EachTarget, NodeResults> {
 public:
  EachTarget(detail::Client& client, NodeGroup group) : client_(detail::share(client)), group_(group) {}
  template <class T>
  NodeResults<T> run(const Command<T>& command) const {
    return detail::value_or_throw(detail::run_on_each<T>(*client_, command, group_));
  }

 private:
  std::shared_ptr<detail::Client> client_;  // with its owner, who may go first
  NodeGroup group_;
};

namespace detail {

/// The members that name targets, for both surfaces.
template <class Surface, class One, class Each>
struct Targets {
  /// Commands go to exactly this node and are never redirected.
  /// @param node  id of the node (CLUSTER NODES), or "host:port".
  /// Errors of its commands: Errc::unknown_node, listing the nodes there are; a MOVED when the node does not serve the key.
  One on(std::string_view node) const { return One(client(), {std::string(node)}); }
  One on(const NodeAddress& node) const { return One(client(), {to_string(node)}); }
  /// Commands go to the node that serves this slot, 0..16383, also after it has moved.
  One on_slot(int slot) const { return One(client(), {{}, slot}); }
  /// Commands go to every primary at the same time; one result per node, never all or nothing.
  Each on_all_primaries() const { return Each(client(), NodeGroup::primaries); }
  /// Likewise every replica.
  Each on_all_replicas() const { return Each(client(), NodeGroup::replicas); }
  /// Likewise every node.
  Each on_all_nodes() const { return Each(client(), NodeGroup::all); }

 private:
  auto& client() const { return static_cast<const Surface&>(*this).client(); }
};

}  // namespace detail
}  // namespace rediscluster
