/// Memory for flights: as many as were under way together, within bounds, so that none of them costs an allocation.
#pragma once

#include <cstddef>
#include <mutex>
#include <new>

namespace rediscluster::cluster {

/// Rooms that are free. One thread.
class FreeRooms {
 public:
  static constexpr std::size_t line = 64;  ///< Of a processor's caches: the less of them a flight touches, the more there is room for.
  static constexpr std::align_val_t alignment{line};

  FreeRooms() = default;
  FreeRooms(const FreeRooms&) = delete;
  FreeRooms& operator=(const FreeRooms&) = delete;
  ~FreeRooms() {
    while (void* const room = pop()) ::operator delete(room, alignment);
  }
  void push(void* room) noexcept {
    first_ = ::new (room) Free{first_};
    ++size_;
  }
  /// Null: there is none.
  void* pop() noexcept {
    Free* const room = first_;
    if (room == nullptr) return nullptr;
    first_ = room->next;
    --size_;
    return room;
  }
  std::size_t size() const { return size_; }
  void move_some_to(FreeRooms& other, std::size_t most) noexcept {
    for (; most > 0 && size_ > 0; --most) other.push(pop());
  }

 private:
  struct Free {
    Free* next;
  };
  Free* first_ = nullptr;
  std::size_t size_ = 0;
};

/// For all clients of the process, and never destroyed: the last who has to do with a flight may come late. Thread-safe.
class FlightPool {
 public:
  static FlightPool& of_all();

  /// Errors: std::bad_alloc.
  void* take();
  void give(void* room) noexcept;
  /// For a reactor, which keeps some of its own.
  void fetch(FreeRooms& own) noexcept;
  /// @return  whether there are more than the pool is to keep: see give_some_up().
  bool put_back(FreeRooms& own) noexcept;
  /// Frees a little of what is more than the bound. False: no more is.
  bool give_some_up() noexcept;
  /// So many a reactor keeps.
  static constexpr std::size_t most_own = 1024;

 private:
  static constexpr std::size_t most_shared = 4096;
  static constexpr std::size_t moved_at_once = 128;
  static constexpr std::size_t given_up_at_once = 16;
  std::mutex mutex_;  // guards what follows
  FreeRooms rooms_;
};

}  // namespace rediscluster::cluster
