/// A list whose members are the things themselves: joining and leaving it takes no memory, and no time to speak of. One thread.
#pragma once

namespace rediscluster::base {

/// A place in a ring.
struct RingLink {
  RingLink* previous = nullptr;
  RingLink* next = nullptr;  // null: in none

  bool is_in() const { return next != nullptr; }
  void leave() {
    previous->next = next;
    next->previous = previous;
    next = nullptr;
  }
  void stand_before(RingLink& other) {
    previous = other.previous;
    next = &other;
    previous->next = this;
    other.previous = this;
  }
};

/// The place where a ring begins and ends. Its members leave before it dies.
struct Ring : RingLink {
  Ring() { previous = next = this; }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  bool empty() const { return next == this; }
  void push_back(RingLink& link) { link.stand_before(*this); }
  /// Takes all members of another one, in order.
  void take_all(Ring& other) {
    if (other.empty()) return;
    other.next->previous = previous;
    previous->next = other.next;
    other.previous->next = this;
    previous = other.previous;
    other.previous = other.next = &other;
  }
};

}  // namespace rediscluster::base
