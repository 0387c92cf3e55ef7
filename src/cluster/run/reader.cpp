#include "cluster/run/reader.hpp"

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::uint64_t measure_one_in = 8;

}  // namespace

Node* Reader::choose(ReadFrom read_from, const Shard& shard, base::TimePoint now, base::Random& random) {
  if (!has_another(shard)) tried_count_ = 0;
  std::array<Node*, most_copies> copies;
  std::array<routing::ReadCandidate, most_copies> candidates;
  const std::size_t count = copies_of(shard);
  for (std::size_t i = 0; i < count; ++i) {
    copies[i] = i == 0 ? shard.primary : shard.replicas[i - 1];
    candidates[i] = copies[i]->reading().candidate(i == 0, now);
    candidates[i].was_tried = was_tried(copies[i]);
  }
  const routing::ReadChoice choice = routing::choose_reader(std::span(candidates).first(count), read_from, random);
  measures_ = read_from == ReadFrom::lowest_latency && (choice.explores || random.below(measure_one_in) == 0);
  return copies[static_cast<std::size_t>(choice.index)];
}

void Reader::note_tried(const Node& node) {
  if (tried_count_ < most_copies) tried_[tried_count_++] = &node;
}

bool Reader::has_another(const Shard& shard) const {
  if (!was_tried(shard.primary)) return true;
  const auto replicas = std::span(shard.replicas).first(copies_of(shard) - 1);
  return !std::all_of(replicas.begin(), replicas.end(), [&](const Node* each) { return was_tried(each); });
}

bool Reader::has_well_one_beside(const Node& node, const Shard& shard, base::TimePoint now) const {
  const auto is_left = [&](Node* copy) { return copy != &node && !was_tried(copy) && !copy->reading().is_in_trouble(now); };
  const auto replicas = std::span(shard.replicas).first(copies_of(shard) - 1);
  return is_left(shard.primary) || std::any_of(replicas.begin(), replicas.end(), is_left);
}

bool Reader::was_tried(const Node* node) const {
  return std::find(tried_.begin(), tried_.begin() + static_cast<std::ptrdiff_t>(tried_count_), node) !=
         tried_.begin() + static_cast<std::ptrdiff_t>(tried_count_);
}

}  // namespace rediscluster::cluster
