#include "chaos/judge.hpp"

#include <map>
#include <set>

namespace chaos {
namespace {

using rediscluster::testing::LocalCluster;
using rediscluster::testing::RawReply;
using End = Tokens::End;
using Kind = Tokens::Kind;

class Judge {
 public:
  Judge(Play& play, const std::vector<Counts>& logs, const LocalCluster& cluster, rediscluster::RedisCluster& client)
      : play_(play), logs_(logs), cluster_(cluster), client_(client), present_{play.tokens.first(), std::vector<std::uint8_t>(play.tokens.end_of_round() - play.tokens.first())} {}

  Sums all() {
    read_lists();
    read_hashes();
    for (std::uint32_t token = play_.tokens.first(); token < play_.tokens.end_of_round(); ++token) judge(token);
    for (std::uint32_t token = play_.tokens.first(); token < play_.tokens.end_of_round(); ++token) {
      if (play_.tokens.kind_of(token) == Kind::kept_beside) judge_pair(token);
    }
    read_standing();
    return sums_;
  }

 private:
  // By the node that has it, and by the client: they must say the same.
  std::vector<std::string> list(const std::string& key) {
    const RawReply raw = cluster_.call(cluster_.primary_of_slot(rediscluster::keyslot(key)), {"LRANGE", key, "0", "-1"});
    std::vector<std::string> elements;
    for (const RawReply& each : raw.elements) elements.push_back(each.text);
    if (const auto told = client_.nothrow().lrange(key, 0, -1); !told) {
      play_.find("LRANGE " + key + " failed though nothing goes wrong any more: " + to_string(told.error()));
    } else if (*told != elements) {
      play_.find("the client reads " + std::to_string(told->size()) + " elements of " + key + ", its server " + std::to_string(elements.size()));
    }
    return elements;
  }

  void read_lists() {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < Play::lists; ++i) keys.push_back(Play::list(i));
    for (std::size_t i = 0; i < Play::tags; ++i) keys.insert(keys.end(), {Play::tagged(i, 0), Play::tagged(i, 1)});
    for (const std::string& key : keys) {
      for (const std::string& element : list(key)) see(element, 1, key);
    }
  }

  void read_hashes() {
    for (std::size_t i = 0; i < Play::hashes; ++i) {
      const auto fields = client_.nothrow().hgetall(Play::hash(i));
      if (!fields) {
        play_.find("HGETALL failed though nothing goes wrong any more: " + to_string(fields.error()));
        continue;
      }
      for (const auto& [field, value] : *fields) see(field, std::stoi(value), Play::hash(i));
    }
  }

  void see(const std::string& text, int times, const std::string& where) {
    const auto token = Tokens::read(text);
    if (!token || *token >= play_.tokens.end_of_round()) return play_.find("'" + text + "' stands in " + where + ", which nobody wrote");
    if (!present_.has(*token)) return;  // of a round before, run late
    std::uint8_t& present = present_.times[*token - present_.first];
    present = static_cast<std::uint8_t>(present + times);
    if (present > 1) play_.find(text + " stands " + std::to_string(present) + " times in the data, last in " + where);
  }

  void judge(std::uint32_t token) {
    int most = 0, all = 0;
    for (const Counts& node : logs_) {
      most = std::max<int>(most, node.of(token));
      all += node.of(token);
    }
    const End end = play_.tokens.end_of(token);
    const std::string text = Tokens::text(token);
    if (end == End::pending && all > 0) return play_.find(text + " ran, and its call has no end");
    if (end == End::pending) return;
    ++sums_.writes;
    if (most > 1) play_.find(text + " ran " + std::to_string(most) + " times on one node");
    if (end == End::not_executed && all > 0) play_.find(text + " ran, and its caller was told not_executed");
    if (end == End::maybe_executed) ++sums_.in_doubt;
    if (end != End::success) return;
    ++sums_.acknowledged;
    if (all == 0) return play_.find(text + " was acknowledged, and stands in no server's log");
    if (play_.tokens.kind_of(token) != Kind::passing && present_.of(token) == 0) ++sums_.lost_by_servers;
  }

  // Together or not at all, on every node that has heard of them.
  void judge_pair(std::uint32_t second) {
    for (std::size_t node = 0; node < logs_.size(); ++node) {
      if (logs_[node].of(second) != logs_[node].of(second - 1)) play_.find(Tokens::text(second) + " and the one before it, of one transaction, did not run together on node " + std::to_string(node));
    }
    if (present_.of(second) != present_.of(second - 1)) play_.find(Tokens::text(second) + " is there without the one before it, of the same transaction, or the other way round");
  }

  void read_standing() {
    for (std::size_t i = 0; i < Play::fixed; ++i) {
      const auto text = client_.nothrow().get(Play::standing(i));
      if (!text || text->value_or("") != "here") play_.find(Play::standing(i) + " cannot be read in the end" + (text ? "" : ": " + to_string(text.error())));
    }
  }

  Play& play_;
  const std::vector<Counts>& logs_;
  const LocalCluster& cluster_;
  rediscluster::RedisCluster& client_;
  Counts present_;  // how often each stands in lists and hashes
  Sums sums_;
};

}  // namespace

Sums judge(Play& play, ServerLogs& logs, const LocalCluster& cluster, rediscluster::RedisCluster& client) {
  return Judge(play, logs.read(play.tokens), cluster, client).all();
}

}  // namespace chaos
