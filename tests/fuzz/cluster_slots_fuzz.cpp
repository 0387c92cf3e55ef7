/// Any bytes that passed the scanner, as a reply to CLUSTER SLOTS. Checked: what is believed is sorted, within
/// 0..16383, without overlaps, and names nodes that a name lookup and a log can take; what is refused is refused in one
/// line.
#include <algorithm>
#include <cstdlib>

#include "slots/parse_cluster_slots.hpp"
#include "wire/error_reply.hpp"
#include "wire/frame_scanner.hpp"

namespace {

using namespace rediscluster;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_node(const slots::NodeView& node) {
  require(node.address.port >= 0 && node.address.port <= 65535);
  require(!node.address.host.empty() && node.address.host.size() <= 255);
  require(std::none_of(node.address.host.begin(), node.address.host.end(),
                       [](char c) { return (c >= 0 && c <= ' ') || c == 0x7f; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  wire::FrameScanner scanner;
  const auto scan = scanner.scan(bytes);
  if (scan.status != wire::FrameScanner::Status::complete) return 0;
  const auto view =
      slots::parse_cluster_slots(wire::own(std::string_view(bytes).substr(0, scan.size)), {"asked.host", 7000});
  if (!view) {
    require(view.error().code == Errc::unexpected_reply || wire::error_text(bytes).data() != nullptr);
    require(view.error().message.find_first_of("\r\n") == std::string::npos);
    return 0;
  }
  int next = 0;
  for (const slots::SlotRange& range : view->ranges) {
    require(range.first >= next && range.last >= range.first && range.last < 16384);
    next = range.last + 1;
    require(range.shard < view->shards.size());
    const slots::ShardView& shard = view->shard_of(range);
    check_node(shard.primary);
    for (const slots::NodeView& replica : shard.replicas) check_node(replica);
  }
  require(view->covered_slots() <= 16384);
  require(*view == *view);
  return 0;
}
