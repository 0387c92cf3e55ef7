// What a node says of itself, and of all the keys it has.
#include "simulation/cluster.hpp"

#include "testing/command_reader.hpp"
#include "wire/write_reply.hpp"

#include <algorithm>

namespace rediscluster::simulation {
namespace {

// A cursor that stays where it is whatever keys come and go: keys in the order of a number that each has for ever.
std::uint64_t place_of(std::string_view key) {
  std::uint64_t number = 14695981039346656037ull;  // FNV-1a
  for (const char each : key) number = (number ^ static_cast<unsigned char>(each)) * 1099511628211ull;
  return (base::Random::mixed(number) >> 16) + 1;  // 0 is the beginning, and the end
}

std::string nodes_line(const SimNode& node, const std::string& flags, std::uint64_t config_epoch) {
  return node.id() + " " + to_string(node.address()) + "@16379 " + flags + " 0 0 " + std::to_string(config_epoch) + " connected";
}

}  // namespace

// " 0-92 94-5460"
const std::string& Shape::slots_text(std::size_t shard) const {
  if (texts.slots.empty()) {
    texts.slots.resize(shards.size());
    for (int first = 0, end = 0; first < slot_count; first = end) {
      end = end_of_run(first);
      texts.slots[shard_of[static_cast<std::size_t>(first)]] += " " + std::to_string(first) + "-" + std::to_string(end - 1);
    }
  }
  return texts.slots[shard];
}

std::optional<std::string> SimNode::answer_about_itself(const Words& words) const {
  if (testing::starts_with_words(words, {"CLUSTER", "NODES"})) {
    cluster_.world().note("CLUSTER NODES", static_cast<std::uint64_t>(number_), view->epoch);
    return wire::bulk(nodes_text());
  }
  if (words.front() == "INFO") return wire::bulk("run_id:" + id() + std::to_string(cluster_.life_of(number_)) + "\r\n");
  if (words.front() == "SCAN" && words.size() > 1) return scan_page(words);
  return std::nullopt;
}

// A line for each primary and, where it follows one, its own.
std::string SimNode::nodes_text() const {
  std::string text;
  for (std::size_t shard = 0; shard < view->shards.size(); ++shard) {
    const Shape::Shard& serving = view->shards[shard];
    const bool is_mine = view->shard_with(number_) == static_cast<int>(shard);
    if (is_mine && serving.primary != number_) text += nodes_line(*this, "myself,slave " + cluster_.node(serving.primary).id(), serving.config_epoch) + "\n";
    text += nodes_line(cluster_.node(serving.primary), serving.primary == number_ ? "myself,master -" : "master -", serving.config_epoch) + view->slots_text(shard);
    if (serving.primary == number_) text += cluster_.migrations_text(static_cast<int>(shard));
    text += "\n";
  }
  return text;
}

std::string SimNode::scan_page(const Words& words) const {
  cluster_.world().note("SCAN", static_cast<std::uint64_t>(number_), static_cast<std::uint64_t>(store.size()));
  if (!cluster_.serves(*this) && cluster_.is_believed(*this)) cluster_.ledger().note_stale_scan(cluster_.world().now());
  const std::uint64_t cursor = std::strtoull(words[1].c_str(), nullptr, 10);
  constexpr std::size_t page = 10;
  std::vector<std::pair<std::uint64_t, std::string_view>> keys;
  for (const auto& [key, value] : store) {
    if (place_of(key) >= cursor) keys.emplace_back(place_of(key), key);
  }
  std::sort(keys.begin(), keys.end());
  const std::size_t count = std::min(page, keys.size());
  const std::uint64_t next = count == keys.size() ? 0 : keys[count].first;
  const std::size_t told = cluster_.commits(Sabotage::hides_keys) ? 0 : count;
  std::string reply = "*2\r\n" + wire::bulk(std::to_string(next)) + wire::header('*', static_cast<std::int64_t>(told));
  for (std::size_t i = 0; i < told; ++i) reply += wire::bulk(keys[i].second);
  return reply;
}

std::string SimCluster::migrations_text(int shard) {
  std::string text;
  for (const auto& [slot, migration] : migrations_) {
    if (migration.from == shard) text += " [" + std::to_string(slot) + "->-" + node(primary_of(migration.to)).id() + "]";
    if (migration.to == shard) text += " [" + std::to_string(slot) + "-<-" + node(primary_of(migration.from)).id() + "]";
  }
  return text;
}

}  // namespace rediscluster::simulation
