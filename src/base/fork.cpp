#include "base/fork.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cstddef>

namespace rediscluster::base {
namespace detail {

std::atomic<std::uint32_t> fork_generation{0};

}  // namespace detail

namespace {

constexpr std::size_t bits = 64;
// More descriptors than most processes may have; those beyond stay open in a child.
constexpr std::size_t noted_descriptors = 64 * 1024;
std::array<std::atomic<std::uint64_t>, noted_descriptors / bits> open_descriptors{};

bool is_in_range(int descriptor) { return descriptor >= 0 && static_cast<std::size_t>(descriptor) < noted_descriptors; }
std::atomic<std::uint64_t>& word_of(int descriptor) { return open_descriptors[static_cast<std::size_t>(descriptor) / bits]; }
std::uint64_t bit_of(int descriptor) { return std::uint64_t{1} << (static_cast<std::size_t>(descriptor) % bits); }

// Other threads may have held any lock at the moment of the fork: nothing here takes one.
void begin_as_child() {
  detail::fork_generation.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < open_descriptors.size(); ++i) {
    const std::uint64_t word = open_descriptors[i].exchange(0, std::memory_order_relaxed);
    for (std::size_t bit = 0; bit < bits && word >> bit != 0; ++bit) {
      if ((word >> bit & 1) != 0) ::close(static_cast<int>(i * bits + bit));
    }
  }
}

// The library may be loaded when the process has run for long: before its first client is soon enough.
[[maybe_unused]] const int watching = ::pthread_atfork(nullptr, nullptr, begin_as_child);

}  // namespace

void note_descriptor(int descriptor) {
  if (is_in_range(descriptor)) word_of(descriptor).fetch_or(bit_of(descriptor), std::memory_order_relaxed);
}

void forget_descriptor(int descriptor) {
  if (is_in_range(descriptor)) word_of(descriptor).fetch_and(~bit_of(descriptor), std::memory_order_relaxed);
}

void close_noted(int descriptor, ProcessMark maker) {
  if (descriptor < 0 || !maker.is_ours()) return;
  forget_descriptor(descriptor);
  ::close(descriptor);
}

}  // namespace rediscluster::base
