/// CLUSTER SLOTS of a cluster that has been resharded to pieces: 16384 ranges of one slot over 500 primaries with a replica
/// each, every node with its id and hostname, 4 MiB in all.
#pragma once

#include <rediscluster/errors.hpp>
#include <rediscluster/key_slot.hpp>

#include <string>

#include "support/reply_text.hpp"

namespace rediscluster::large_topology {

constexpr int primaries = 500;
constexpr int nodes = 2 * primaries;  // the replica of primary n is node 500 + n

inline NodeAddress address_of(int node) {
  return {"10.1." + std::to_string(node / 250) + "." + std::to_string(node % 250 + 1), 7000};
}
inline int primary_of(int slot) { return slot % primaries; }

using test_support::bulk;

inline std::string describe(int node) {
  const std::string digits = std::to_string(node);
  return "*4\r\n" + bulk(address_of(node).host) + ":7000\r\n" + bulk(std::string(40 - digits.size(), 'a') + digits) + "*2\r\n" +
         bulk("hostname") + bulk("node-" + digits + ".redis.example.org");
}

inline std::string reply() {
  std::string text = "*16384\r\n";
  for (int slot = 0; slot < slot_count; ++slot) {
    const std::string number = ":" + std::to_string(slot) + "\r\n";
    text += "*4\r\n" + number + number + describe(primary_of(slot)) + describe(primaries + primary_of(slot));
  }
  return text;
}

}  // namespace rediscluster::large_topology
