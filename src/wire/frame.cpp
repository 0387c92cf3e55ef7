#include "wire/frame.hpp"

#include <cstring>

namespace rediscluster::wire {

Frame own(std::string_view bytes) {
  base::BlockRef block = base::Block::make(bytes.size());
  if (!bytes.empty()) std::memcpy(block->data(), bytes.data(), bytes.size());
  const std::string_view copy(block->data(), bytes.size());
  return Frame(copy, std::move(block));
}

}  // namespace rediscluster::wire
