/// A book with a hand on everything around it, as the plays about it share it. Tests only.
#pragma once

#include "pubsub/book.hpp"

#include <string>
#include <vector>

namespace rediscluster::pubsub {

using namespace std::chrono_literals;
using Verdict = Book::Verdict;

inline const Topic a{SubscriptionKind::sharded, "a"};
inline const Topic b{SubscriptionKind::sharded, "b"};
inline const Topic news{SubscriptionKind::channel, "news"};
inline const Topic pattern{SubscriptionKind::pattern, "n*"};

/// Time stands still unless a test moves it.
struct Play {
  Book book{[](int attempt) { return attempt * 10ms; }};
  Place home = 0;  // where everything belongs
  base::TimePoint now{};

  Book::Route route() {
    return [this](const Topic&) { return home; };
  }
  /// What is to be sent: "0:SSUBSCRIBE a,b", several separated by " | ".
  std::string plan() {
    std::string text;
    for (const Book::Instruction& each : book.plan(route(), now)) {
      text += (text.empty() ? "" : " | ") + std::to_string(each.place) + ":" + std::string(command_name(each.order.action, each.order.kind)) + " ";
      for (const std::string& name : each.order.names) text += (name == each.order.names.front() ? "" : ",") + name;
    }
    return text;
  }
  /// What the user is told: "ssubscribe a 1", "gap a moved".
  std::string told() {
    std::string text;
    for (const Message& each : book.take_announcements()) {
      text += (text.empty() ? "" : " | ") + std::string(to_string(each.type)) + " " + (each.channel.empty() ? each.pattern : each.channel) + " ";
      text += each.type == Message::Type::gap ? to_string(each.gap) : each.type == Message::Type::refused ? each.data : std::to_string(each.count);
    }
    return text;
  }
  void settle(Place place, Action action, std::vector<Topic> topics, Verdict verdict = Verdict::fine, Errc code = Errc::cluster_down) {
    Order order{action, topics.front().kind, {}};
    for (const Topic& topic : topics) order.names.push_back(topic.name);
    book.settled(place, order, verdict, Error{code, "the server's words"}, now);
  }
  void confirm(Place place, const Topic& topic) {
    book.subscribed(place, topic);
    settle(place, Action::subscribe, {topic});
  }
  /// Wanted, asked and confirmed at `home`.
  void subscribe(const Topic& topic) {
    book.opened(home);
    book.want(topic);
    plan();
    confirm(home, topic);
    told();
  }
  bool accepts(Place place, const Topic& topic) { return book.accepts(place, topic.kind, topic.name); }
};

}  // namespace rediscluster::pubsub
