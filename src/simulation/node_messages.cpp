// Messages: who has subscribed, and who is told.
#include "simulation/cluster.hpp"

#include "wire/write_reply.hpp"

#include <algorithm>

namespace rediscluster::simulation {
namespace {

std::string push(int protocol, const std::string& kind, const std::string& channel, const std::string& third) {
  return (protocol == 3 ? ">3\r\n" : "*3\r\n") + wire::bulk(kind) + wire::bulk(channel) + third;
}

// A client waits for 200 ms before it subscribes elsewhere.
constexpr std::chrono::milliseconds punctual{150};

std::string count_of(const std::set<std::string>& names) { return wire::header(':', static_cast<std::int64_t>(names.size())); }

}  // namespace

std::optional<std::string> SimNode::answer_about_messages(Session& session, const Words& words) {
  const std::string& name = words.front();
  const bool is_sharded = name.front() == 'S' && name != "SUBSCRIBE";
  if (name == "SUBSCRIBE" || name == "SSUBSCRIBE") return subscribe(session, words, is_sharded);
  if (name == "UNSUBSCRIBE" || name == "SUNSUBSCRIBE") return unsubscribe(session, words, is_sharded);
  if ((name != "PUBLISH" && name != "SPUBLISH") || words.size() < 3) return std::nullopt;
  static constexpr Known as_read{"SPUBLISH", nullptr, 1, 1, 1, false, 3};
  if (is_sharded) {
    if (const auto refused = refusal(session, as_read, words)) return refused;
  } else if (loading_until > cluster_.world().now()) {
    return loading_reply;
  }
  cluster_.publish(*this, is_sharded, words[1], words[2]);
  return ":1\r\n";
}

std::string SimNode::subscribe(Session& session, const Words& words, bool is_sharded) {
  std::string reply;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_sharded) {
      const Known as_read{"SSUBSCRIBE", nullptr, static_cast<int>(i), static_cast<int>(i), 1, false, 2};
      session.readonly = true;  // a copy accepts it
      if (const auto refused = refusal(session, as_read, words)) return *refused;
    }
    std::set<std::string>& names = is_sharded ? session.sharded : session.channels;
    names.insert(words[i]);
    reply += push(session.protocol, is_sharded ? "ssubscribe" : "subscribe", words[i], count_of(names));
  }
  return reply;
}

std::string SimNode::unsubscribe(Session& session, const Words& words, bool is_sharded) {
  std::set<std::string>& names = is_sharded ? session.sharded : session.channels;
  std::string reply;
  for (std::size_t i = 1; i < words.size(); ++i) {
    names.erase(words[i]);
    reply += push(session.protocol, is_sharded ? "sunsubscribe" : "unsubscribe", words[i], count_of(names));
  }
  return reply;
}

void SimNode::tell(bool is_sharded, const std::string& channel, const std::string& text) {
  cluster_.network().for_each_to(*this, [&](Connection& each) {
    Session& session = session_of(each);
    if (!(is_sharded ? session.sharded : session.channels).contains(channel)) return;
    if (cluster_.commits(Sabotage::loses_messages)) return;
    const std::string told = push(session.protocol, is_sharded ? "smessage" : "message", channel, wire::bulk(text));
    if (cluster_.commits(Sabotage::swaps_messages) && session.message_behind.empty()) {
      session.message_behind = told;
      return;
    }
    each.send((cluster_.commits(Sabotage::repeats_messages) ? told + told : told) + std::exchange(session.message_behind, {}));
  });
}

void SimNode::drop_foreign_subscriptions() {
  cluster_.network().for_each_to(*this, [&](Connection& each) {
    Session& session = session_of(each);
    const std::set<std::string> names = session.sharded;
    for (const std::string& name : names) {
      const Shape::Shard& serving = view->shards[view->shard_of[static_cast<std::size_t>(keyslot(name))]];
      if (serving.primary == number_ || std::find(serving.replicas.begin(), serving.replicas.end(), number_) != serving.replicas.end()) continue;
      each.send(unsubscribe(session, {"SUNSUBSCRIBE", name}, true));
    }
  });
}

// Each other node hears of it a little later, in order, if the two hear of each other at all.
void SimCluster::publish(SimNode& at, bool is_sharded, const std::string& channel, const std::string& text) {
  const auto token = Token::of(text);
  if (token) ledger_.ran(*token, world_.now(), at.number(), 0, 0);
  at.tell(is_sharded, channel, text);
  const int shard = at.view->shard_with(at.number());
  for (SimNode& each : nodes_) {
    if (&each == &at || (is_sharded && each.view->shard_with(each.number()) != shard)) continue;
    base::TimePoint& arrival = published_[{at.number(), each.number()}];
    arrival = std::max(arrival, world_.now() + at_most(plan_.replication_lag));
    const bool leaves = is_reachable(at);
    world_.at(std::max(arrival, each.hung_until), [this, &each, is_sharded, channel, text, token, leaves, said = world_.now()] {
      if (token && world_.now() - said > punctual) ledger_.belate(*token);
      if (leaves && is_reachable(each)) return each.tell(is_sharded, channel, text);
      if (token) ledger_.muffle(*token);
    });
  }
}

}  // namespace rediscluster::simulation
