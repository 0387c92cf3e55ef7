/// The hash slot of a key, as Redis Cluster defines it. Usable at compile time.
/// Source: Redis Cluster specification, "Key distribution model" and "Hash tags".
#pragma once

#include <rediscluster/cpp20.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rediscluster {

/// Number of hash slots of every Redis and Valkey cluster.
inline constexpr int slot_count = 16384;

namespace detail {

constexpr std::array<std::uint16_t, 256> make_crc16_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1;  // XMODEM polynomial
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

inline constexpr std::array<std::uint16_t, 256> crc16_table = make_crc16_table();

constexpr std::uint16_t crc16(std::string_view bytes) {
  std::uint16_t crc = 0;
  for (char c : bytes) {
    const auto index = static_cast<std::uint8_t>((crc >> 8) ^ static_cast<std::uint8_t>(c));
    crc = static_cast<std::uint16_t>((crc << 8) ^ crc16_table[index]);
  }
  return crc;
}

}  // namespace detail

/// The part of a key that decides its slot: what stands between the first '{' and the first '}' after it,
/// when that is not empty; otherwise the whole key.
constexpr std::string_view hash_tag(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == std::string_view::npos) return key;
  const std::size_t close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

/// Hash slot of a key, 0..16383. Any bytes are allowed, NUL included.
constexpr int keyslot(std::string_view key) { return detail::crc16(hash_tag(key)) & (slot_count - 1); }

}  // namespace rediscluster
