// Memory for what an operation is made of: one piece a thread is kept, as most are awaited one after the other.
#include <rediscluster/async/receiver.hpp>

#include <new>
#include <utility>

namespace rediscluster::detail {
namespace {

constexpr std::size_t piece_size = 256;

// Nothing that belongs to the thread may be touched once it has gone: what ends later takes the usual way.
struct Spare {
  ~Spare() {
    ::operator delete(piece);
    piece = nullptr;
    is_gone = true;
  }
  void* piece = nullptr;
  bool is_gone = false;
};
thread_local Spare spare;

}  // namespace

void* take_source_memory(std::size_t size) {
  if (size > piece_size) return ::operator new(size);
  if (void* const kept = std::exchange(spare.piece, nullptr)) return kept;
  return ::operator new(piece_size);
}

void give_source_memory(void* piece, std::size_t size) noexcept {
  if (size > piece_size || spare.is_gone || spare.piece != nullptr) return ::operator delete(piece);
  spare.piece = piece;
}

}  // namespace rediscluster::detail
