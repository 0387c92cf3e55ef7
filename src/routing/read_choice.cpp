#include "routing/read_choice.hpp"

namespace rediscluster::routing {
namespace {

constexpr std::uint64_t explore_one_in = 16;
constexpr std::uint64_t trouble_rank = 1ull << 40;  // above every rank of a strategy

// Smaller is better.
std::uint64_t rank_in_zone(const ReadCandidate& copy) {
  if (copy.is_primary) return copy.zone == Zone::same ? 2 : 4;
  // One of an unknown zone may well be here, and tells its zone when it is connected to.
  return copy.zone == Zone::same ? 0 : copy.zone == Zone::unknown ? 1 : 3;
}

std::uint64_t rank(const ReadCandidate& copy, ReadFrom strategy) {
  const std::uint64_t trouble = copy.in_trouble ? trouble_rank : 0;
  switch (strategy) {
    case ReadFrom::primary: return copy.is_primary ? 0 : trouble + trouble_rank;
    case ReadFrom::prefer_replica: return trouble + (copy.is_primary ? 1 : 0);
    case ReadFrom::any: return trouble;
    case ReadFrom::lowest_latency: return trouble + copy.latency_us;
    case ReadFrom::same_zone: return trouble + rank_in_zone(copy);
  }
  return trouble;
}

}  // namespace

ReadChoice choose_reader(std::span<const ReadCandidate> candidates, ReadFrom strategy, base::Random& random) {
  ReadChoice choice;
  choice.explores = strategy == ReadFrom::lowest_latency && random.below(explore_one_in) == 0;
  const ReadFrom order = choice.explores ? ReadFrom::any : strategy;
  std::uint64_t best = 0;
  std::uint64_t equals = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].was_tried) continue;
    const std::uint64_t mine = rank(candidates[i], order);
    if (choice.index != ReadChoice::none && mine > best) continue;
    equals = choice.index != ReadChoice::none && mine == best ? equals + 1 : 1;
    best = mine;
    if (random.below(equals) == 0) choice.index = static_cast<int>(i);  // each of the equals with the same chance
  }
  return choice;
}

bool any_copy_may_answer(const CommandView& command) {
  const CommandFacts& facts = command.facts();
  if (!facts.is_read_only() || command.blocks()) return false;
  return !facts.name.ends_with("SCAN") && facts.name != "TOUCH";
}

}  // namespace rediscluster::routing
