#pragma once

#include <filesystem>

namespace rediscluster::testing {

/// Puts each replica of a node's `nodes.conf` into the shard of its primary, as they are once all have heard of all.
///
/// A server that is killed before that leaves them in shards of their own, and Valkey 8.1.1 refuses to start with such
/// a file ("corrupted cluster config file").
void join_shards(const std::filesystem::path& file);

}  // namespace rediscluster::testing
