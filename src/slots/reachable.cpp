#include "slots/reachable.hpp"

namespace rediscluster::slots {
namespace {

template <class View, class Use>
void for_each_node(View& view, Use&& use) {
  for (auto& shard : view.shards) {
    use(shard.primary);
    for (auto& replica : shard.replicas) use(replica);
  }
}

}  // namespace

bool tells_no_port(const ClusterView& view) {
  bool has_port = view.shards.empty();
  for_each_node(view, [&](const NodeView& node) { has_port = has_port || node.address.port != 0; });
  return !has_port;
}

void give_asked_port(ClusterView& view, const NodeAddress& asked) {
  if (!tells_no_port(view)) return;
  const auto may_be_asked = [&](const NodeView& node) { return asked.host == node.address.host || asked.host == node.hostname || asked.host == node.ip; };
  const NodeView* only = nullptr;
  bool are_several = false;
  for_each_node(view, [&](const NodeView& node) {
    if (!may_be_asked(node)) return;
    are_several = are_several || (only != nullptr && only->id != node.id);
    only = &node;
  });
  if (only == nullptr || are_several) return;
  for_each_node(view, [&](NodeView& node) {
    if (may_be_asked(node)) node.address.port = asked.port;
  });
}

}  // namespace rediscluster::slots
