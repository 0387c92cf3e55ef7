/// Any text as CLUSTER NODES and CLUSTER INFO. Checked: slots and ports are in bounds, runs are not reversed, refusals
/// are short and of one line.
#include <cstdlib>

#include "slots/parse_cluster_nodes.hpp"

namespace {

using namespace rediscluster;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)slots::parse_cluster_info(text);
  const auto nodes = slots::parse_cluster_nodes(text, {"asked.host", 7000});
  if (!nodes) {
    require(nodes.error().code == Errc::unexpected_reply);
    require(nodes.error().message.size() < 400 && nodes.error().message.find_first_of("\r\n") == std::string::npos);
    return 0;
  }
  for (const auto& [id, node] : *nodes) {
    require(!id.empty() && id == node.id && (!node.host.empty() || slots::has_flag(node, "noaddr")));
    require(node.port >= 0 && node.port <= 65535 && node.bus_port >= 0 && node.bus_port <= 65535);
    for (const SlotRun& run : node.slots) require(run.start >= 0 && run.start <= run.end && run.end < 16384);
    for (const SlotMigration& each : node.migrations)
      require(each.slot >= 0 && each.slot < 16384 && !each.node_id.empty());
  }
  return 0;
}
