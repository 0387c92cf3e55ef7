/// What the nodes of a cluster say, asked over connections that are kept while one waits for something.
/// One thread at a time. A node that does not answer in time says nothing: empty results.
#pragma once

#include <cstdint>
#include <optional>
#include <rediscluster/testing/local_cluster.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster::testing {

/// One line of CLUSTER NODES.
struct NodeLine {
  std::string id;
  std::string flags;  ///< "myself,master"
  std::string primary_id;
  std::uint64_t epoch = 0;
  bool is_connected = false;
  std::vector<std::pair<int, int>> slots;

  bool has_flag(std::string_view flag) const;
};

/// The lines of a reply to CLUSTER NODES.
std::vector<NodeLine> parse_node_lines(const std::string& text);

/// Who serves what, as one node sees it.
struct SlotsView {
  std::string text;                ///< The same for nodes that agree.
  int covered = 0;                 ///< Slots with an owner.
  std::set<std::string> node_ids;  ///< Everybody listed.
};

class Witness {
 public:
  explicit Witness(const LocalCluster& cluster, std::chrono::milliseconds patience = std::chrono::milliseconds(1000));

  std::optional<RawReply> ask(int node, std::initializer_list<std::string_view> words);
  std::vector<NodeLine> nodes_seen_by(int node);
  std::optional<NodeLine> self_view(int node);
  std::optional<SlotsView> slots_seen_by(int node);
  /// Value of a "name:value" line of INFO or CLUSTER INFO.
  std::string info_field(int node, std::initializer_list<std::string_view> words, const std::string& name);

 private:
  const LocalCluster& cluster_;
  std::chrono::milliseconds patience_;
  std::vector<std::optional<RawConnection>> connections_;
};

}  // namespace rediscluster::testing
