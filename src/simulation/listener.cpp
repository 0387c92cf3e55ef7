#include "simulation/listener.hpp"

namespace rediscluster::simulation {

Task Listener::listen(Tasks& /*tasks*/) {
  AsyncPubSub news = redis_.pubsub();
  std::vector<std::string> of_all;
  std::vector<std::string> of_slots;
  for (std::size_t i = 0; i < channels; ++i) (is_sharded(i) ? of_slots : of_all).push_back(channel(i));
  if (!co_await news.subscribe(of_all)) co_return;
  if (!co_await news.ssubscribe(of_slots)) co_return;
  for (;;) {
    const Result<Message> message = co_await news.next();
    if (!message) co_return;
    hear(*message);
  }
}

void Listener::hear(const Message& message) {
  world_.note(to_string(message.type), message.data.size());
  if (message.type == Message::Type::gap) {
    for (auto& [name, heard] : heard_) {
      if (message.channel.empty() || message.channel == name) heard.last_gap = world_.now();
    }
    return;
  }
  Heard& heard = heard_[message.channel];
  if (message.type == Message::Type::subscribe || message.type == Message::Type::ssubscribe) heard.since = world_.now();
  if (!message.is_published()) return;
  const auto token = Token::of(message.data);
  if (!heard.texts.insert(message.data).second && !(token && ledger_.is_belated(*token))) oracle_.violate("I21", message.data + " came twice on " + message.channel);
  if (token) judge_order(heard, *token, message.channel);
}

// Two that one node was given come in its order. What it repeats late stands behind others.
void Listener::judge_order(Heard& heard, const Token& token, const std::string& channel) {
  const std::vector<Ran>& ran = ledger_.of(token);
  if (ran.empty() || ledger_.is_belated(token)) return;
  std::uint64_t& last = heard.last_of_node[ran.front().node];
  if (ran.front().number < last) oracle_.violate("I28", token.text() + " came on " + channel + " behind one that was published after it");
  last = std::max(last, ran.front().number);
}

void Listener::judge() {
  for (const Published& each : published_) {
    const auto found = heard_.find(each.channel);
    const std::vector<Ran>& ran = ledger_.of(each.call->token(0));
    if (found == heard_.end() || !found->second.since || ran.empty()) continue;
    const base::TimePoint when = ran.front().when;
    const bool is_missing = when > *found->second.since && !found->second.texts.contains(each.call->token(0).text());
    if (is_missing && !ledger_.is_muffled(each.call->token(0)) && found->second.last_gap < when) {
      oracle_.violate("I21", each.call->token(0).text() + " was published on " + each.channel + ", not heard, and no gap was told of behind it");
    }
  }
}

}  // namespace rediscluster::simulation
