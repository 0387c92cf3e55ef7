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

}  // namespace

std::optional<std::string> SimNode::answer_about_itself(const Words& words) const {
  if (testing::starts_with_words(words, {"CLUSTER", "NODES"})) {
    cluster_.world().note("CLUSTER NODES", static_cast<std::uint64_t>(number_), view->epoch);
    return wire::bulk(nodes_line());
  }
  if (words.front() == "INFO") return wire::bulk("run_id:" + id() + std::to_string(cluster_.life_of(number_)) + "\r\n");
  if (words.front() == "SCAN" && words.size() > 1) return scan_page(words);
  return std::nullopt;
}

// The one line that it knows best.
std::string SimNode::nodes_line() const {
  const int shard = view->shard_with(number_);
  const bool is_primary = view->is_primary(number_);
  std::string line = id() + " " + to_string(address_) + "@16379 myself," + (is_primary ? "master - " : "slave " + cluster_.node(view->shards[static_cast<std::size_t>(shard)].primary).id() + " ") +
                     "0 0 " + std::to_string(view->epoch) + " connected";
  for (int first = 0; is_primary && first < slot_count;) {
    int last = first;
    while (last + 1 < slot_count && view->shard_of[static_cast<std::size_t>(last + 1)] == view->shard_of[static_cast<std::size_t>(first)]) ++last;
    if (view->shard_of[static_cast<std::size_t>(first)] == shard) line += " " + std::to_string(first) + "-" + std::to_string(last);
    first = last + 1;
  }
  if (is_primary) line += cluster_.migrations_text(shard);
  return line + "\n";
}

std::string SimNode::scan_page(const Words& words) const {
  cluster_.world().note("SCAN", static_cast<std::uint64_t>(number_), static_cast<std::uint64_t>(store.size()));
  if (view->is_primary(number_) && !cluster_.serves(*this)) cluster_.ledger().note_stale_scan(cluster_.world().now());
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
