/// Who owns which slot, asked once, and the filling of the keys: set-up of the runs, not part of what is measured
/// (but by `startup`). Constant after construction.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "load/key_space.hpp"
#include "load/options.hpp"
#include "load/raw_socket.hpp"

namespace load {

struct Primary {
  std::string host;
  int port = 0;
};

struct Topology {
  std::vector<Primary> primaries;
  std::array<std::uint8_t, 16384> owner{};  ///< slot -> index of primaries

  std::size_t owner_of(const KeySpace& keys, std::size_t key) const {
    return owner[static_cast<std::size_t>(keys.slot(key))];
  }
};

/// CLUSTER SLOTS on that connection. Throws std::runtime_error when the server is not in cluster mode.
Topology ask_topology(RawSocket& socket, const std::string& seed_host);

/// Writes all keys, pipelined, unless a sample of them is there with the right length.
void fill_missing_keys(const Options& options, const KeySpace& keys);

}  // namespace load
