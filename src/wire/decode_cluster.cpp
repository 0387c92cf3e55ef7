#include "wire/decode_cluster.hpp"

namespace rediscluster::wire {

bool Decoder<ClusterLink>::decode(ReplyCursor& cursor, ClusterLink& out, Mismatch& why) {
  static constexpr Field<ClusterLink> fields[] = {
      {"direction", into<ClusterLink, &ClusterLink::direction>},
      {"node", into<ClusterLink, &ClusterLink::node_id>},
      {"create-time", into<ClusterLink, &ClusterLink::create_time>},
      {"events", into<ClusterLink, &ClusterLink::events>},
      {"send-buffer-allocated", into<ClusterLink, &ClusterLink::send_buffer_allocated>},
      {"send-buffer-used", into<ClusterLink, &ClusterLink::send_buffer_used>},
  };
  return decode_fields<ClusterLink>(cursor, out, fields, why);
}

bool Decoder<ShardNode>::decode(ReplyCursor& cursor, ShardNode& out, Mismatch& why) {
  static constexpr Field<ShardNode> fields[] = {
      {"id", into<ShardNode, &ShardNode::id>},
      {"port", into<ShardNode, &ShardNode::port>},
      {"tls-port", into<ShardNode, &ShardNode::tls_port>},
      {"ip", into<ShardNode, &ShardNode::ip>},
      {"endpoint", into<ShardNode, &ShardNode::endpoint>},
      {"hostname", into<ShardNode, &ShardNode::hostname>},
      {"role", into<ShardNode, &ShardNode::role>},
      {"replication-offset", into<ShardNode, &ShardNode::replication_offset>},
      {"health", into<ShardNode, &ShardNode::health>},
      {"availability-zone", into<ShardNode, &ShardNode::availability_zone>},
  };
  return decode_fields<ShardNode>(cursor, out, fields, why);
}

bool Decoder<std::vector<SlotRun>>::decode(ReplyCursor& cursor, std::vector<SlotRun>& out, Mismatch& why) {
  const ReplyCursor before = cursor;
  std::uint64_t count = 0;
  if (!open_aggregate(cursor, count, why, "first and last slots")) return false;
  if (count % 2 != 0) return why.refuse(before, "first and last slots");
  out.reserve(bounded_count(cursor, count / 2));
  for (; count > 0; count -= 2) {
    SlotRun& run = out.emplace_back();
    if (!Decoder<int>::decode(cursor, run.start, why) || !Decoder<int>::decode(cursor, run.end, why)) return false;
  }
  return true;
}

bool Decoder<ClusterShard>::decode(ReplyCursor& cursor, ClusterShard& out, Mismatch& why) {
  static constexpr Field<ClusterShard> fields[] = {
      {"slots", into<ClusterShard, &ClusterShard::slots>},
      {"nodes", into<ClusterShard, &ClusterShard::nodes>},
      {"id", into<ClusterShard, &ClusterShard::id>},
  };
  return decode_fields<ClusterShard>(cursor, out, fields, why);
}

bool Decoder<SlotStatistics>::decode(ReplyCursor& cursor, SlotStatistics& out, Mismatch& why) {
  static constexpr Field<SlotStatistics> figures[] = {
      {"key-count", into<SlotStatistics, &SlotStatistics::key_count>},
      {"cpu-usec", into<SlotStatistics, &SlotStatistics::cpu_usec>},
      {"network-bytes-in", into<SlotStatistics, &SlotStatistics::network_bytes_in>},
      {"network-bytes-out", into<SlotStatistics, &SlotStatistics::network_bytes_out>},
      {"memory-bytes", into<SlotStatistics, &SlotStatistics::memory_bytes>},
  };
  return open_exactly(cursor, 2, why) && Decoder<int>::decode(cursor, out.slot, why) &&
         decode_fields<SlotStatistics>(cursor, out, figures, why);
}

}  // namespace rediscluster::wire
