#include "wire/decode_server.hpp"

#include "wire/node_attribute.hpp"
#include "wire/number_text.hpp"

namespace rediscluster::wire {

bool Decoder<std::chrono::sys_time<std::chrono::microseconds>>::decode(ReplyCursor& cursor, std::chrono::sys_time<std::chrono::microseconds>& out,
                                                                       Mismatch& why) {
  using std::chrono::microseconds;
  constexpr std::int64_t longest = std::chrono::floor<std::chrono::seconds>(microseconds::max()).count() - 1;
  constexpr std::int64_t a_second = 1'000'000;
  const ReplyCursor before = cursor;
  std::pair<std::int64_t, std::int64_t> told;
  if (!Decoder<std::pair<std::int64_t, std::int64_t>>::decode(cursor, told, why)) return false;
  const auto [seconds, rest] = told;
  if (seconds < 0 || seconds > longest || rest < 0 || rest >= a_second) return why.refuse(before, "seconds and microseconds");
  out = std::chrono::sys_time<microseconds>(std::chrono::seconds(seconds) + microseconds(rest));
  return true;
}

// Some services put texts of their own in front of the words ("Complexity info: N:3").
bool Decoder<SlowlogEntry>::decode(ReplyCursor& cursor, SlowlogEntry& out, Mismatch& why) {
  std::uint64_t beyond = 0;
  out.node = node_of_value(cursor);
  if (!open_at_least(cursor, 4, beyond, why) || !decode_each(cursor, why, out.id, out.unix_time, out.cost)) return false;
  for (; beyond > 0 && cursor.peek_type() != '*'; --beyond) {
    if (!cursor.skip()) return false;
  }
  return decode_each(cursor, why, out.words) && decode_while(cursor, why, beyond, out.client_address, out.client_name) && skip_values(cursor, beyond);
}

bool Decoder<LatencyEvent>::decode(ReplyCursor& cursor, LatencyEvent& out, Mismatch& why) {
  return decode_leading(cursor, why, out.event, out.unix_time, out.latest_ms, out.longest_ms);
}

bool Decoder<LatencySpike>::decode(ReplyCursor& cursor, LatencySpike& out, Mismatch& why) {
  return decode_leading(cursor, why, out.unix_time, out.milliseconds);
}

bool Decoder<LatencyHistogram>::decode(ReplyCursor& cursor, LatencyHistogram& out, Mismatch& why) {
  static constexpr Field<LatencyHistogram> fields[] = {
      {"calls", into<LatencyHistogram, &LatencyHistogram::calls>},
      {"histogram_usec", into<LatencyHistogram, &LatencyHistogram::calls_within>},
  };
  return decode_fields<LatencyHistogram>(cursor, out, fields, why);
}

bool Decoder<ModuleInfo>::decode(ReplyCursor& cursor, ModuleInfo& out, Mismatch& why) {
  static constexpr Field<ModuleInfo> fields[] = {
      {"name", into<ModuleInfo, &ModuleInfo::name>},
      {"ver", into<ModuleInfo, &ModuleInfo::version>},
      {"path", into<ModuleInfo, &ModuleInfo::path>},
      {"args", into<ModuleInfo, &ModuleInfo::args>},
  };
  return decode_fields<ModuleInfo>(cursor, out, fields, why);
}

bool Decoder<RoleReplica>::decode(ReplyCursor& cursor, RoleReplica& out, Mismatch& why) {
  return decode_leading(cursor, why, out.host, out.port, out.offset);
}

// [master, offset, replicas] or [slave, host, port, state, offset]: the first element says which.
bool Decoder<ServerRole>::decode(ReplyCursor& cursor, ServerRole& out, Mismatch& why) {
  ReplyCursor ahead = cursor;
  std::uint64_t beyond = 0;
  if (!open_at_least(ahead, 1, beyond, why) || !Decoder<std::string>::decode(ahead, out.role, why)) return false;
  if (out.role == "slave") {
    return decode_leading(cursor, why, out.role, out.primary_host, out.primary_port, out.link_state, out.offset);
  }
  return decode_leading(cursor, why, out.role, out.offset, out.replicas);
}

bool Decoder<HelloReply>::decode(ReplyCursor& cursor, HelloReply& out, Mismatch& why) {
  static constexpr Field<HelloReply> fields[] = {
      {"server", into<HelloReply, &HelloReply::server>},   {"version", into<HelloReply, &HelloReply::version>},
      {"proto", into<HelloReply, &HelloReply::protocol>},  {"id", into<HelloReply, &HelloReply::client_id>},
      {"mode", into<HelloReply, &HelloReply::mode>},       {"role", into<HelloReply, &HelloReply::role>},
      {"modules", into<HelloReply, &HelloReply::modules>},
  };
  return decode_fields<HelloReply>(cursor, out, fields, why);
}

bool Decoder<TrackingInfo>::decode(ReplyCursor& cursor, TrackingInfo& out, Mismatch& why) {
  static constexpr Field<TrackingInfo> fields[] = {
      {"flags", into<TrackingInfo, &TrackingInfo::flags>},
      {"redirect", into<TrackingInfo, &TrackingInfo::redirect>},
      {"prefixes", into<TrackingInfo, &TrackingInfo::prefixes>},
  };
  return decode_fields<TrackingInfo>(cursor, out, fields, why);
}

namespace {

struct MemoryFigure {
  std::string_view name;
  std::int64_t MemoryStats::*bytes = nullptr;
  double MemoryStats::*ratio = nullptr;
};
constexpr MemoryFigure memory_figures[] = {
    {"peak.allocated", &MemoryStats::peak_allocated},
    {"total.allocated", &MemoryStats::total_allocated},
    {"startup.allocated", &MemoryStats::startup_allocated},
    {"replication.backlog", &MemoryStats::replication_backlog},
    {"clients.slaves", &MemoryStats::clients_replicas},
    {"clients.normal", &MemoryStats::clients_normal},
    {"cluster.links", &MemoryStats::cluster_links},
    {"aof.buffer", &MemoryStats::aof_buffer},
    {"overhead.total", &MemoryStats::overhead_total},
    {"keys.count", &MemoryStats::keys_count},
    {"keys.bytes-per-key", &MemoryStats::keys_bytes_per_key},
    {"dataset.bytes", &MemoryStats::dataset_bytes},
    {"dataset.percentage", nullptr, &MemoryStats::dataset_percentage},
    {"peak.percentage", nullptr, &MemoryStats::peak_percentage},
    {"fragmentation", nullptr, &MemoryStats::fragmentation},
    {"fragmentation.bytes", &MemoryStats::fragmentation_bytes},
};

// A figure, or the figures of one database as a map; anything else (a text of a later server) is passed over.
bool take_figure(ReplyCursor& cursor, MemoryStats& out, std::string_view name, Mismatch& why, int depth) {
  const ReplyCursor before = cursor;
  ReplyValue value;
  if (!cursor.next(value)) return why.refuse(before, "a figure");
  if (value.is_error()) return why.refuse(value, "a figure");
  if (value.is_aggregate() && depth == 0 && value.count % 2 == 0) {
    for (std::uint64_t left = value.count / 2; left > 0; --left) {
      std::string_view inner;
      if (!take_name(cursor, inner, why)) return false;
      if (!take_figure(cursor, out, std::string(name) + '/' + std::string(inner), why, 1)) return false;
    }
    return true;
  }
  if (value.is_aggregate()) {
    cursor = before;
    return cursor.skip() || why.refuse(before, "a figure");
  }
  if (const auto figure = parse_number(value.text)) out.figures[std::string(name)] = *figure;
  return true;
}

}  // namespace

bool Decoder<MemoryStats>::decode(ReplyCursor& cursor, MemoryStats& out, Mismatch& why) {
  std::uint64_t count = 0;
  if (!open_fields(cursor, count, why)) return false;
  for (; count > 0; --count) {
    std::string_view name;
    if (!take_name(cursor, name, why) || !take_figure(cursor, out, name, why, 0)) return false;
  }
  for (const MemoryFigure& figure : memory_figures) {
    const auto at = out.figures.find(std::string(figure.name));
    if (at == out.figures.end()) continue;
    if (figure.bytes != nullptr) {
      out.*figure.bytes = static_cast<std::int64_t>(at->second);
    } else {
      out.*figure.ratio = at->second;
    }
  }
  return true;
}

}  // namespace rediscluster::wire
