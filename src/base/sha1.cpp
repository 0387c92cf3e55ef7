#include "base/sha1.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rediscluster::base {
namespace {

constexpr std::size_t block_bytes = 64;
using State = std::array<std::uint32_t, 5>;

constexpr State initial_state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

// The function and constant of round t (RFC 3174, section 5).
std::uint32_t mixed(std::size_t t, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

void add_block(State& state, std::string_view block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < block_bytes; ++i) {
    words[i / 4] = words[i / 4] << 8 | static_cast<unsigned char>(block[i]);
  }
  for (std::size_t t = 16; t < words.size(); ++t) {
    words[t] = std::rotl(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t t = 0; t < words.size(); ++t) {
    const std::uint32_t next = std::rotl(a, 5) + mixed(t, b, c, d) + e + words[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const State more{a, b, c, d, e};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += more[i];
}

// What follows the whole blocks: the rest of the data, a one bit, zeros, and the length in bits.
std::string padded(std::string_view rest, std::uint64_t data_bytes) {
  std::string tail(rest);
  tail += '\x80';
  while (tail.size() % block_bytes != block_bytes - 8) tail += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) tail += static_cast<char>(data_bytes * 8 >> shift & 0xff);
  return tail;
}

}  // namespace

std::string sha1_hex(std::string_view data) {
  State state = initial_state;
  const std::size_t whole = data.size() / block_bytes * block_bytes;
  for (std::size_t at = 0; at < whole; at += block_bytes) add_block(state, data.substr(at, block_bytes));
  const std::string tail = padded(data.substr(whole), data.size());
  for (std::size_t at = 0; at < tail.size(); at += block_bytes) add_block(state, std::string_view(tail).substr(at, block_bytes));
  std::string hex;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> shift & 0xf];
  }
  return hex;
}

}  // namespace rediscluster::base
