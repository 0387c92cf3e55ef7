/// What stands behind a pub/sub object: subscribes, waits for confirmations, hands out messages. Thread-safe.
/// The cluster must outlive it, or it must be closed before. Calls no handler: it says which are to be called.
#pragma once

#include "cluster/listen/pubsub_pump.hpp"

#include <string>

namespace rediscluster::cluster {

/// One place for all subscriptions, as the user named it.
struct ListeningPost {
  std::string node{};  ///< Id or "host:port"; empty: whoever serves `slot`.
  int slot = 0;
};

class Subscriber {
 public:
  /// @param post  empty: wherever they belong.
  Subscriber(Cluster& cluster, const PubSubOptions& options, std::optional<ListeningPost> post = {});
  ~Subscriber() { close(); }

  /// Returns when all of them are confirmed. See BasicPubSub::subscribe.
  /// @param handler  null: none.
  Result<void> subscribe(SubscriptionKind kind, const Args& names, std::shared_ptr<const MessageHandler> handler);
  /// @param names  null: all of the family.
  Result<void> unsubscribe(SubscriptionKind kind, const Args* names);

  /// What is to be done with a message.
  struct Delivery {
    std::vector<std::shared_ptr<const MessageHandler>> handlers{};  ///< To be called; they live on while this does.
    bool is_for_reader = true;  ///< To be handed out.
  };
  enum class Until : std::uint8_t {
    closed,      ///< Waits for messages even when there are no subscriptions.
    unsubscribed ///< Ends when there is no subscription left.
  };
  /// The next message goes to `message`; empty: none came in time, or `interrupted` is true.
  /// Errors: Errc::client_closed.
  Result<Delivery> take(std::optional<Message>& message, base::Deadline deadline, Until until, const std::atomic<bool>* interrupted = nullptr);
  /// One that is here already, for the reader; false: there is none, or there are handlers, and take() is to be called.
  bool take_at_once(pubsub::MessageSlot slot);
  /// Makes those in take() look at `interrupted`.
  void wake_readers();

  bool is_subscribed() const;
  /// The first subscription without a handler; empty: there is none.
  std::optional<pubsub::Topic> topic_without_handler() const;
  void close();

 private:
  using Topics = std::vector<pubsub::Topic>;
  Result<Topics> check(SubscriptionKind kind, const Args& names) const;
  std::shared_ptr<const MessageHandler> set_handler(const pubsub::Topic& topic, std::shared_ptr<const MessageHandler> handler);
  Result<void> take_post();
  bool is_wanted_everywhere(const pubsub::Topic& topic) const;
  Result<void> await(pubsub::Waiter& waiter, std::unique_lock<std::mutex>& lock);
  template <class Over>
  void await_news(std::unique_lock<std::mutex>& lock, base::Deadline deadline, Over&& is_over);
  bool take_next(pubsub::MessageSlot slot);
  void tell_gap(const Message& taken) const;
  Delivery prepare(const Message& told) const;
  void wake_everybody();

  Cluster& cluster_;
  const std::shared_ptr<Reporter> reporter_;  // a worker may end after the client
  const PubSubOptions options_;
  const std::optional<ListeningPost> post_;
  mutable PubSubDesk desk_;
  bool has_post_ = false;   // the pump knows it; guarded by the desk's mutex
  std::mutex close_mutex_;  // guards what follows
  base::Condition close_changed_;
  bool is_closing_ = false;  // one close() at a time
  PubSubPump pump_;
};

}  // namespace rediscluster::cluster
