/// Names that nobody else chooses. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace rediscluster::base {

/// 32 hexadecimal digits: 128 bits of the system's randomness.
std::string unique_name();

/// 64 bits of the system's randomness, to seed a base::Random.
std::uint64_t random_seed();

}  // namespace rediscluster::base
