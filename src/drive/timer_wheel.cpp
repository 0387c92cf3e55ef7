#include "drive/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace rediscluster::drive {
namespace {

// Of very many that were set long ago: the place two behind is fetched, and the next one asked to fetch the rest of itself.
void fetch_behind(const base::Ring& ring, const base::RingLink& timer, base::TimePoint now) {
  base::RingLink* const next = timer.next;
  if (next == &ring) return;
  __builtin_prefetch(next->next, 1);
  if (const Timer& its = Timer::of(*next); its.when <= now) its.fires_soon();
}

}  // namespace

TimerWheel::TimerWheel(base::TimePoint now) : current_(tick_of(now)) {}

TimerWheel::~TimerWheel() {
  for (base::Ring& ring : rings_) {
    while (!ring.empty()) ring.next->leave();
  }
}

// False: `most` were fired, and some may be left.
bool TimerWheel::expire_slot(std::size_t slot, base::TimePoint now, std::size_t& most) {
  base::Ring& ring = rings_[slot];
  base::Ring later;  // of a round to come
  while (!ring.empty() && most > 0) {
    fetch_behind(ring, *ring.next, now);
    Timer& timer = Timer::of(*ring.next);
    timer.cancel();
    if (timer.when > now) {
      timer.link().stand_before(later);
      continue;
    }
    --most;
    timer.fired();  // may set and cancel others, also in this slot
  }
  const bool is_done = ring.empty();
  ring.take_all(later);
  const std::uint64_t bit = std::uint64_t{1} << slot % 64;
  ring.empty() ? used_[slot / 64] &= ~bit : used_[slot / 64] |= bit;  // a turn of his own may have found it empty
  return is_done;
}

bool TimerWheel::expire(base::TimePoint now, std::size_t most) {
  const std::uint64_t until = tick_of(now);
  if (until > current_ + slots) current_ = until - slots;  // every slot once is enough
  while (current_ < until) {
    const std::uint64_t next = current_ + 1;
    const std::size_t slot = next % slots;
    if (used_[slot / 64] == 0) {  // none of 64
      current_ = std::min(until, current_ + 64 - slot % 64);
      continue;
    }
    if ((used_[slot / 64] >> slot % 64 & 1) != 0 && !expire_slot(slot, now, most)) return true;
    current_ = std::max(current_, next);  // who is fired may have made a turn of his own
  }
  return false;
}

std::optional<base::TimePoint> TimerWheel::next() {
  const std::size_t first = (current_ + 1) % slots;
  for (std::size_t passed = 0; passed < slots + 64;) {
    const std::size_t slot = (first + passed) % slots;
    const std::uint64_t bits = used_[slot / 64] >> slot % 64;
    if (bits == 0) {
      passed += 64 - slot % 64;
      continue;
    }
    const auto behind = static_cast<std::size_t>(std::countr_zero(bits));
    if (!rings_[slot + behind].empty()) return base::TimePoint(tick * static_cast<base::Duration::rep>(current_ + 1 + passed + behind));
    used_[slot / 64] &= ~(std::uint64_t{1} << (slot + behind) % 64);
  }
  return std::nullopt;
}

}  // namespace rediscluster::drive
