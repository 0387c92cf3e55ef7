#include "slots/parse_cluster_nodes.hpp"

#include "wire/number_text.hpp"
#include "wire/printable.hpp"

#include <rediscluster/key_slot.hpp>

#include <algorithm>
#include <limits>

namespace rediscluster::slots {
namespace {

// Takes what stands before the next `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return taken;
}

// Epochs are unsigned: one beyond our range is the highest we can tell.
std::optional<std::int64_t> read_epoch(std::string_view text) {
  if (const auto number = wire::parse_integer(text)) return number;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_large = !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), is_digit);
  return is_large ? std::optional(std::numeric_limits<std::int64_t>::max()) : std::nullopt;
}

bool read_number(std::string_view text, std::int64_t least, std::int64_t most, int& number) {
  const std::optional<std::int64_t> parsed = wire::parse_integer(text);
  if (!parsed || *parsed < least || *parsed > most) return false;
  number = static_cast<int>(*parsed);
  return true;
}

// "ip:port", "ip:port@bus", "ip:port@bus,hostname", "ip:port@bus,hostname,aux=value,..."; the ip may be empty or IPv6.
bool read_address(std::string_view text, const NodeAddress& asked, ClusterNode& node) {
  std::string_view rest = text;
  std::string_view address = take(rest, ',');
  node.hostname = std::string(take(rest, ','));
  std::string_view bus = address;
  const std::string_view host_port = take(bus, '@');
  if (!bus.empty() && !read_number(bus, 0, 65535, node.bus_port)) return false;
  const std::size_t colon = host_port.rfind(':');
  if (colon == std::string_view::npos || !read_number(host_port.substr(colon + 1), 0, 65535, node.port)) return false;
  node.host = colon == 0 ? asked.host : std::string(host_port.substr(0, colon));
  return true;
}

void read_flags(std::string_view text, ClusterNode& node) {
  while (!text.empty()) {
    const std::string_view flag = take(text, ',');
    if (flag == "master") node.role = Role::master;
    node.flags.emplace_back(flag);
  }
}

// "[93->-id]" or "[77-<-id]"
bool read_migration(std::string_view text, ClusterNode& node) {
  if (text.size() < 2 || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || dash + 3 >= text.size()) return false;
  SlotMigration migration;
  if (!read_number(text.substr(0, dash), 0, slot_count - 1, migration.slot)) return false;
  const std::string_view arrow = text.substr(dash, 3);
  if (arrow != "->-" && arrow != "-<-") return false;
  migration.direction = arrow == "->-" ? SlotMigration::Direction::migrating : SlotMigration::Direction::importing;
  migration.node_id = std::string(text.substr(dash + 3));
  node.migrations.push_back(std::move(migration));
  return true;
}

bool read_slots(std::string_view text, ClusterNode& node) {
  if (text.front() == '[') return read_migration(text, node);
  const bool may_be_slots = text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
  if (!may_be_slots) return true;  // something that a newer server says there
  SlotRun run;
  const std::size_t dash = text.find('-');
  if (!read_number(text.substr(0, dash), 0, slot_count - 1, run.start)) return false;
  run.end = run.start;
  // A dash without its end is a line that was cut off.
  if (dash != std::string_view::npos && !read_number(text.substr(dash + 1), run.start, slot_count - 1, run.end)) return false;
  node.slots.push_back(run);
  return true;
}

bool read_line(std::string_view line, const NodeAddress& asked, ClusterNode& node) {
  node.id = std::string(take(line, ' '));
  if (node.id.empty() || !read_address(take(line, ' '), asked, node)) return false;
  read_flags(take(line, ' '), node);
  // The asked node stands in for a host that a node does not know; not for that of a node nobody knows the address of.
  if (has_flag(node, "noaddr")) node.host.clear();
  const std::string_view master = take(line, ' ');
  if (master != "-") node.master_id = std::string(master);
  const auto ping = wire::parse_integer(take(line, ' '));
  const auto pong = wire::parse_integer(take(line, ' '));
  const auto epoch = read_epoch(take(line, ' '));
  if (!ping || !pong || !epoch) return false;
  node.ping_sent = *ping;
  node.pong_received = *pong;
  node.config_epoch = *epoch;
  const std::string_view link = take(line, ' ');
  if (link != "connected" && link != "disconnected") return false;
  node.connected = link == "connected";
  while (!line.empty()) {
    const std::string_view slots = take(line, ' ');
    if (!slots.empty() && !read_slots(slots, node)) return false;
  }
  return true;
}

}  // namespace

bool has_flag(const ClusterNode& node, std::string_view flag) {
  return std::find(node.flags.begin(), node.flags.end(), flag) != node.flags.end();
}

Result<ClusterNodes> parse_cluster_nodes(std::string_view text, const NodeAddress& asked) {
  if (text.starts_with("txt:")) text.remove_prefix(4);
  ClusterNodes nodes;
  std::string_view odd;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    ClusterNode node;
    if (!read_line(line, asked, node)) {
      odd = line;
      continue;
    }
    std::string id = node.id;
    nodes.try_emplace(std::move(id), std::move(node));  // of two the first
  }
  if (nodes.empty() && !odd.empty()) {
    return fail(Errc::unexpected_reply, "CLUSTER NODES: no line makes sense, such as \"" + wire::printable(odd, 200) + '"', asked, Execution::executed);
  }
  return nodes;
}

ClusterInfo parse_cluster_info(std::string_view text) {
  if (text.starts_with("txt:")) text.remove_prefix(4);
  ClusterInfo info;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    info.insert_or_assign(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
  }
  return info;
}

}  // namespace rediscluster::slots
