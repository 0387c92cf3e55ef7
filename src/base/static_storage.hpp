/// Where an object stands.
#pragma once

namespace rediscluster::base {

/// Whether it lives as long as the program, or the library, that it is part of: it is destroyed when that ends, and its memory stays.
bool is_in_static_storage(const void* object);

}  // namespace rediscluster::base
