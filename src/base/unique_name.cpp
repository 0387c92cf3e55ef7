#include "base/unique_name.hpp"

#include "base/world.hpp"

#include <unistd.h>

#include <array>
#include <random>

namespace rediscluster::base {
namespace {

// From the system's generator. std::random_device asks the processor's, which takes some 25 us a time on virtual machines.
template <std::size_t count>
std::array<std::uint64_t, count> random_words() {
  std::array<std::uint64_t, count> words;
  if (World* const world = StandIn<World>::here()) {
    for (std::uint64_t& word : words) word = world->seed();
    return words;
  }
  if (getentropy(words.data(), sizeof words) == 0) [[likely]]
    return words;
  std::random_device device;  // the system has none
  for (std::uint64_t& word : words) word = (static_cast<std::uint64_t>(device()) << 32) ^ device();
  return words;
}

}  // namespace

std::string unique_name() {
  std::string name;
  for (const std::uint64_t word : random_words<2>()) {
    for (unsigned shift = 0; shift < 64; shift += 4) name += "0123456789abcdef"[word >> shift & 0xf];
  }
  return name;
}

std::uint64_t random_seed() { return random_words<1>()[0]; }

}  // namespace rediscluster::base
