/// The shards of a cluster as the client sees them, and their picture. Plain values; one thread.
#pragma once

#include <algorithm>
#include <rediscluster/rediscluster.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "screen.hpp"

namespace tour {

struct Shard {
  rediscluster::ClusterNode primary;
  std::vector<rediscluster::ClusterNode> replicas;
};

inline std::string address_of(const rediscluster::ClusterNode& node) {
  return rediscluster::to_string(rediscluster::NodeAddress{node.host, node.port});
}

inline bool has_failed(const rediscluster::ClusterNode& node) {
  return std::ranges::find(node.flags, "fail") != node.flags.end();
}

class Topology {
 public:
  explicit Topology(const rediscluster::ClusterNodes& nodes) {
    for (const auto& [id, node] : nodes) {
      if (node.role == rediscluster::Role::master && !node.slots.empty()) shards_.push_back({node, {}});
      if (has_failed(node)) failed_.push_back(node);
    }
    std::ranges::sort(shards_, {}, [](const Shard& shard) { return shard.primary.slots.front().start; });
    for (Shard& shard : shards_) {
      for (const auto& [id, node] : nodes) {
        if (node.master_id == shard.primary.id && !has_failed(node)) shard.replicas.push_back(node);
      }
    }
  }

  const std::vector<Shard>& shards() const { return shards_; }

  /// Index of the shard that serves the slot; the first one when nobody does.
  std::size_t shard_of(int slot) const {
    const auto serves = [slot](const Shard& shard) {
      return std::ranges::any_of(shard.primary.slots,
                                 [slot](const auto& run) { return run.start <= slot && slot <= run.end; });
    };
    const auto found = std::ranges::find_if(shards_, serves);
    return found == shards_.end() ? 0 : static_cast<std::size_t>(found - shards_.begin());
  }

  /// "slot  5474  shard 2  127.0.0.1:7001"
  std::string way_of(std::string_view key) const {
    const int slot = rediscluster::keyslot(key);
    const std::size_t shard = shard_of(slot);
    char text[32];
    std::snprintf(text, sizeof text, "slot %5d  shard %zu  ", slot, shard + 1);
    return text + address_of(shards_[shard].primary);
  }

  void draw(Screen& screen) const {
    for (std::size_t index = 0; index < shards_.size(); ++index) draw_shard(screen, index);
    for (const auto& node : failed_) {
      screen.line("  " + screen.paint("\u2717 " + address_of(node) + "  has failed", Screen::Colour::red));
    }
  }

 private:
  static constexpr int bar_width = 56;      // the whole of the slots
  static constexpr std::size_t width = 74;  // inside the frame

  static std::string repeat(std::string_view sign, std::size_t count) {
    std::string text;
    while (count-- > 0) text += sign;
    return text;
  }

  /// One cell stands for about 300 slots; full where this shard serves some of them.
  static std::string bar_of(const Shard& shard) {
    std::string bar;
    for (int cell = 0; cell < bar_width; ++cell) {
      const int first = cell * rediscluster::slot_count / bar_width;
      const int last = (cell + 1) * rediscluster::slot_count / bar_width - 1;
      const bool full = std::ranges::any_of(shard.primary.slots,
                                            [&](const auto& run) { return run.start <= last && run.end >= first; });
      bar += full ? "\u2588" : "\u00b7";
    }
    return bar;
  }

  /// A line of the frame; `visible` is the width of `text` without colours.
  static void frame_line(Screen& screen, const std::string& text, std::size_t visible) {
    screen.line("  \u2502 " + text + std::string(visible < width - 2 ? width - 2 - visible : 0, ' ') + " \u2502");
  }

  void draw_shard(Screen& screen, std::size_t index) const {
    const Shard& shard = shards_[index];
    const std::string title = " shard " + std::to_string(index + 1) + " ";
    screen.line("  \u250c\u2500" + screen.paint(title, Screen::Colour::bold) +
                repeat("\u2500", width - 1 - title.size()) + "\u2510");
    const auto& runs = shard.primary.slots;
    std::string slots = std::to_string(runs.front().start) + "-" + std::to_string(runs.front().end);
    if (runs.size() > 1) slots += " +" + std::to_string(runs.size() - 1);
    frame_line(screen, screen.paint(bar_of(shard), Screen::Colour::cyan) + " " + slots, bar_width + 1 + slots.size());
    const std::string primary = "primary  " + address_of(shard.primary);
    frame_line(screen, screen.paint(primary, Screen::Colour::green), primary.size());
    for (const auto& replica : shard.replicas) {
      const std::string text = "replica  " + address_of(replica);
      frame_line(screen, text, text.size());
    }
    screen.line("  \u2514" + repeat("\u2500", width) + "\u2518");
  }

  std::vector<Shard> shards_;  // by their first slot
  std::vector<rediscluster::ClusterNode> failed_;
};

}  // namespace tour
