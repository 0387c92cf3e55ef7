/// Scripted nodes as pub/sub servers: they confirm what is asked for one name at a time, and say what a test publishes.
/// Tests only.
#pragma once

#include <array>

#include "scripted/play.hpp"

namespace play {

using rediscluster::Message;
using rediscluster::PubSub;
using rediscluster::PubSubOptions;
using rediscluster::UnreadPolicy;
using Type = Message::Type;
using Gap = Message::Gap;

/// A message that must come, however busy the machine is.
constexpr milliseconds surely{20'000};
/// How long nothing must come.
constexpr milliseconds a_while{60};

inline RawReply push(std::initializer_list<std::string_view> words) {
  std::vector<RawReply> elements;
  for (const std::string_view word : words) elements.push_back(RawReply::bulk(std::string(word)));
  return RawReply::push(std::move(elements));
}

/// A notice as servers send it.
inline RawReply notice(std::string word, std::string name, long long count = 1) {
  return RawReply::push({RawReply::bulk(std::move(word)), RawReply::bulk(std::move(name)), RawReply::number(count)});
}

/// (P|S)SUBSCRIBE and (P|S)UNSUBSCRIBE of one name are confirmed.
inline void confirm_subscriptions(ScriptedNode& node) {
  for (const char* word : {"subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"}) {
    node.always(starts_with({word})).answer_with([word](const CommandWords& words) {
      return words.size() == 2 ? notice(word, words[1]) : RawReply::error("ERR the play confirms one name at a time");
    });
  }
}
inline void confirm_subscriptions(ScriptedCluster& cluster) {
  for (int i = 0; i < cluster.size(); ++i) confirm_subscriptions(cluster[i]);
}

/// One node that confirms, and a client of its.
struct OneNodeStage {
  ScriptedCluster cluster{1};
  RedisCluster client{{.startup_nodes = cluster.seeds()}};
  ScriptedNode& node = cluster[0];
  OneNodeStage() { confirm_subscriptions(cluster); }
  ~OneNodeStage() { EXPECT_EQ(cluster.complaints(), ""); }
};

inline void say(ScriptedNode& node, const RawReply& reply, int resp = 3) { node.send_unasked(encode_reply(reply, resp)); }
inline void publish(ScriptedNode& node, std::string_view channel, std::string_view data) { say(node, push({"message", channel, data})); }
/// Messages of "news" as they come in one receipt: "begin", "begin + 1", ...
inline std::string news_of(int begin, int end) {
  std::string bytes;
  for (int i = begin; i < end; ++i) bytes += encode_reply(push({"message", "news", std::to_string(i)}), 3);
  return bytes;
}
inline void spublish(ScriptedNode& node, std::string_view channel, std::string_view data) { say(node, push({"smessage", channel, data})); }

/// The next message, which must come.
template <class PubSubObject>
Message next(PubSubObject& pubsub) {
  std::optional<Message> message = pubsub.get_message(surely);
  EXPECT_TRUE(message) << "nothing came";
  return message.value_or(Message{});
}

/// For comparison: "message news hello", "subscribe news", "gap news connection_lost".
inline std::string text(const Message& message) {
  std::string words = to_string(message.type);
  for (const std::string& part : {message.pattern, message.channel}) words += part.empty() ? "" : " " + part;
  if (message.type == Type::gap) return words + " " + to_string(message.gap);
  return message.is_published() ? words + " " + message.data : words;
}

/// The node that was asked to SUBSCRIBE most recently; -1: none.
inline int subscriber_home(ScriptedCluster& cluster, const std::array<int, 4>& before = {}) {
  for (int i = 0; i < cluster.size(); ++i) {
    if (cluster[i].received("SUBSCRIBE") > before[static_cast<std::size_t>(i)]) return i;
  }
  return -1;
}

}  // namespace play
