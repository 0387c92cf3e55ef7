#include "base/unique_name.hpp"

#include <random>

namespace rediscluster::base {

std::string unique_name() {
  std::random_device device;
  std::string name;
  while (name.size() < 32) {
    const std::uint32_t bits = device();
    for (unsigned shift = 0; shift < 32; shift += 4) name += "0123456789abcdef"[bits >> shift & 0xf];
  }
  return name;
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) ^ device();
}

}  // namespace rediscluster::base
