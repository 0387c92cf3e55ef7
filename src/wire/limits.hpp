/// Bounds on what a peer may send. Beyond one the connection is closed with protocol_error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rediscluster::wire {

struct Limits {
  std::uint64_t max_bulk_bytes = 512ull * 1024 * 1024;    ///< Longest single string: the servers' own default.
  std::uint64_t max_elements = 128ull * 1024 * 1024;      ///< Elements of one aggregate (a map entry counts two).
  std::uint32_t max_depth = 128;                          ///< Aggregates inside aggregates.
  std::uint64_t max_reply_bytes = 1024ull * 1024 * 1024;  ///< One whole reply.
  std::uint64_t max_push_bytes = 64ull * 1024 * 1024;     ///< One whole push message.
};

}  // namespace rediscluster::wire
