/// Questions to nodes and the reading of their answers.
#include "testing/witness.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "testing/info_field.hpp"

namespace rediscluster::testing {
namespace {

int to_int(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<NodeLine> parse_node_line(const std::string& text) {
  std::istringstream words(text);
  NodeLine line;
  std::string address, ping, pong, link;
  if (!(words >> line.id >> address >> line.flags >> line.primary_id >> ping >> pong >> line.epoch >> link)) return {};
  line.is_connected = link == "connected" || line.has_flag("myself");
  for (std::string range; words >> range;) {
    if (range.starts_with('[')) continue;  // a slot on its way
    const std::size_t dash = range.find('-');
    const int first = to_int(range);
    line.slots.emplace_back(first,
                            dash == std::string::npos ? first : to_int(std::string_view(range).substr(dash + 1)));
  }
  return line;
}

}  // namespace

bool NodeLine::has_flag(std::string_view flag) const {
  return ("," + flags + ",").find("," + std::string(flag) + ",") != std::string::npos;
}

Witness::Witness(const LocalCluster& cluster, std::chrono::milliseconds patience)
    : cluster_(cluster), patience_(patience), connections_(cluster.nodes().size()) {}

std::optional<RawReply> Witness::ask(int node, std::initializer_list<std::string_view> words) {
  if (!cluster_.node(node).can_answer()) return std::nullopt;
  std::optional<RawConnection>& connection = connections_.at(static_cast<std::size_t>(node));
  try {
    if (!connection) connection.emplace(cluster_.node(node).server().connect(patience_));
    return connection->call(words);
  } catch (const ServerError&) {
    connection.reset();
    return std::nullopt;
  }
}

std::vector<NodeLine> parse_node_lines(const std::string& text) {
  std::vector<NodeLine> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) {
    if (const auto parsed = parse_node_line(line)) lines.push_back(*parsed);
  }
  return lines;
}

std::vector<NodeLine> Witness::nodes_seen_by(int node) {
  const std::optional<RawReply> reply = ask(node, {"CLUSTER", "NODES"});
  return reply && !reply->is_error() ? parse_node_lines(reply->text) : std::vector<NodeLine>{};
}

std::optional<NodeLine> Witness::self_view(int node) {
  for (const NodeLine& line : nodes_seen_by(node)) {
    if (line.has_flag("myself")) return line;
  }
  return std::nullopt;
}

std::optional<SlotsView> Witness::slots_seen_by(int node) {
  const std::optional<RawReply> reply = ask(node, {"CLUSTER", "SLOTS"});
  if (!reply || reply->type != '*') return std::nullopt;
  SlotsView view;
  std::vector<std::string> lines;
  for (const RawReply& range : reply->elements) {
    std::vector<std::string> replicas;
    for (std::size_t i = 2; i < range.elements.size(); ++i) {
      const std::string& id = range[i][2].text;
      view.node_ids.insert(id);
      if (i > 2) replicas.push_back(id);
    }
    std::sort(replicas.begin(), replicas.end());
    std::string line =
        std::to_string(range[0].integer) + "-" + std::to_string(range[1].integer) + " " + range[2][2].text;
    for (const std::string& id : replicas) line += " " + id;
    lines.push_back(std::move(line));
    view.covered += static_cast<int>(range[1].integer - range[0].integer) + 1;
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) view.text += line + "\n";
  return view;
}

std::string Witness::info_field(int node, std::initializer_list<std::string_view> words, const std::string& name) {
  const std::optional<RawReply> reply = ask(node, words);
  return reply ? testing::info_field(reply->text, name) : "";
}

}  // namespace rediscluster::testing
