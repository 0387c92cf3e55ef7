/// What the commands of arrays (Redis 8.8) give, as plain values. Positions are 0..2^64-2.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <optional>

namespace rediscluster {

/// ARINFO. The fields from `dense_slices` on come with `arinfo_full` only.
struct ArrayInfo {
  std::uint64_t count = 0;       ///< Elements that are there.
  std::uint64_t length = 0;      ///< Highest position and one.
  std::uint64_t next_index = 0;  ///< Where ARINSERT goes on.
  std::uint64_t slices = 0;
  std::uint64_t directory_size = 0;
  std::uint64_t super_directory_entries = 0;
  std::uint64_t slice_size = 0;
  std::optional<std::uint64_t> dense_slices{};
  std::optional<std::uint64_t> sparse_slices{};
  std::optional<double> average_dense_size{};
  std::optional<double> average_dense_fill{};
  std::optional<double> average_sparse_size{};
};

}  // namespace rediscluster
