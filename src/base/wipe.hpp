/// Overwrites secrets that have served, so that they do not lie about in memory that is used for something else later.
/// Pure. Copies that somebody else made stay.
#pragma once

#include <cstddef>
#include <string>

namespace rediscluster::base {

inline void wipe(char* memory, std::size_t size) {
  volatile char* byte = memory;  // volatile: the compiler would leave out writes that nobody reads
  for (std::size_t i = 0; i < size; ++i) byte[i] = 0;
}

/// The text is empty afterwards.
inline void wipe(std::string& secret) {
  secret.resize(secret.capacity());  // what a longer text before it left behind, too
  wipe(secret.data(), secret.size());
  secret.clear();
}

}  // namespace rediscluster::base
