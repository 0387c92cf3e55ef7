/// Asks servers, not clients, who serves a slot now. The yardstick for "how long after the new owner answered did the
/// client answer". One thread at a time; make one per thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <rediscluster/errors.hpp>
#include <rediscluster/testing/raw_connection.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

/// A short key of the slot, e.g. "{3560}" or "{3560}suffix".
std::string key_in_slot(int slot, std::string_view suffix = "");

class SlotProbe {
 public:
  /// @param nodes     who is asked; nodes that are down or silent are allowed.
  /// @param patience  how long a silent node may hold up one question.
  SlotProbe(std::vector<NodeAddress> nodes, int slot, std::string password = "",
            std::chrono::milliseconds patience = std::chrono::milliseconds(100));

  /// Writes a key (that expires by itself) at each node in turn.
  /// @return  index of the first node that answered OK; empty: none did.
  std::optional<std::size_t> ask();

 private:
  bool write_succeeds(std::size_t index);

  std::vector<NodeAddress> nodes_;
  std::vector<std::optional<RawConnection>> connections_;
  std::string key_;
  std::string password_;
  std::chrono::milliseconds patience_;
};

}  // namespace rediscluster::testing
