#include "cluster/flight/flight_pool.hpp"

#include "cluster/flight/flight.hpp"

#include <algorithm>

namespace rediscluster::cluster {

FlightPool& FlightPool::of_all() {
  static FlightPool& pool = *new FlightPool;
  return pool;
}

void* FlightPool::take() {
  {
    std::lock_guard lock{mutex_};
    if (void* const room = rooms_.pop()) return room;
  }
  return ::operator new(sizeof(Flight), FreeRooms::alignment);
}

void FlightPool::give(void* room) noexcept {
  std::unique_lock lock{mutex_};
  if (rooms_.size() < most_shared) return rooms_.push(room);
  lock.unlock();
  ::operator delete(room, FreeRooms::alignment);
}

void FlightPool::fetch(FreeRooms& own) noexcept {
  std::lock_guard lock{mutex_};
  rooms_.move_some_to(own, moved_at_once);
}

bool FlightPool::put_back(FreeRooms& own) noexcept {
  std::lock_guard lock{mutex_};
  own.move_some_to(rooms_, moved_at_once);
  return rooms_.size() > most_shared;
}

bool FlightPool::give_some_up() noexcept {
  FreeRooms too_many;  // freed behind the lock
  std::lock_guard lock{mutex_};
  if (rooms_.size() > most_shared) rooms_.move_some_to(too_many, std::min(rooms_.size() - most_shared, given_up_at_once));
  return too_many.size() == given_up_at_once;
}

}  // namespace rediscluster::cluster
