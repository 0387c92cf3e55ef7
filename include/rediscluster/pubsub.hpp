/// Subscriptions: messages that other clients publish, until further notice.
/// What is promised, and what Redis itself does not promise: docs/guide/pubsub.md.
#pragma once

#include <rediscluster/arguments.hpp>
#include <rediscluster/asked.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/options/pubsub.hpp>
#include <rediscluster/types/pubsub.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace rediscluster {

/// What the worker of run_in_thread() does with exceptions of handlers; without it they are swallowed.
/// Called on the worker's thread, with the message whose handler threw. Must not throw itself.
using HandlerErrorFunction = std::function<void(std::exception_ptr error, const Message& message)>;

namespace detail {

struct OneTarget;    // target.hpp
struct PubSubState;  // src/api/pubsub.cpp
struct DeletePubSub {
  void operator()(PubSubState* state) const;
};
using PubSubPointer = std::unique_ptr<PubSubState, DeletePubSub>;
PubSubPointer make_pubsub(Client& client, const PubSubOptions& options, const OneTarget* target = nullptr);
Result<void> subscribe(PubSubState& state, SubscriptionKind kind, const Args& names, MessageHandler handler);
Result<void> unsubscribe(PubSubState& state, SubscriptionKind kind, const Args* names);
Result<std::optional<Message>> get_message(PubSubState& state, std::chrono::milliseconds timeout, const RunOptions& options);
std::optional<Message> wait_for_message(PubSubState& state);
/// Errors: Errc::client_closed; timed_out and cancelled, as the options say.
Result<Message> await_message(PubSubState& state, const RunOptions& options);
/// The next of those that are here already goes into `found`; false: there is none, or there are handlers.
bool message_at_once(PubSubState& state, std::optional<Result<Message>>& found);
bool is_subscribed(const PubSubState& state);
void close(PubSubState& state);

struct WorkerState;  // src/api/pubsub.cpp
struct DeleteWorker {
  void operator()(WorkerState* state) const;
};
using WorkerPointer = std::unique_ptr<WorkerState, DeleteWorker>;
Result<WorkerPointer> start_worker(PubSubState& state, HandlerErrorFunction on_error);
void stop(WorkerState& worker);

}  // namespace detail

/// A thread that reads messages and calls their handlers; ends with this object, or with the pub/sub object.
/// One owner. Not to be destroyed or stopped by one of its own handlers, nor by a hook (Options::on_event).
class [[nodiscard]] PubSubWorker {
 public:
  explicit PubSubWorker(detail::WorkerPointer state) : state_(std::move(state)) {}
  /// Ends the thread; returns when the handler under way has returned. May be called twice.
  void stop() { detail::stop(*state_); }

 private:
  detail::WorkerPointer state_;
};

/// The messages to come, as a range to be walked once: `for (const Message& m : pubsub.listen())`.
/// Waits in begin() and ++; ends when the pub/sub object is closed or has no subscription left. One thread.
class MessageRange {
 public:
  explicit MessageRange(detail::PubSubState& state) : state_(&state) {}

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Message;
    using difference_type = std::ptrdiff_t;
    using pointer = const Message*;
    using reference = const Message&;

    explicit Iterator(MessageRange* range) : range_(range) {}
    const Message& operator*() const { return *range_->current_; }
    const Message* operator->() const { return &*range_->current_; }
    Iterator& operator++() {
      range_->advance();
      return *this;
    }
    void operator++(int) { range_->advance(); }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.is_at_end(); }

   private:
    bool is_at_end() const { return !range_->current_; }
    MessageRange* range_;
  };

  Iterator begin() {
    advance();
    return Iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }

 private:
  void advance() { current_ = detail::wait_for_message(*state_); }
  detail::PubSubState* state_;
  std::optional<Message> current_;
};

/// Made by pubsub(). Has connections and a thread of its own, from the first subscription on: who waits for messages reads them himself, and
/// the thread does while nobody waits. What is unread is kept within the options' bounds, and the subscriptions are restored when a
/// connection, a node or a slot goes.
/// Thread-safe: one thread may subscribe while another one reads. Of an asynchronous client: no thread; handlers are called on the reactor's.
/// A client that is gone is a closed one for it. In a child after fork() it has no subscriptions: those are the parent's.
template <template <class> class Outcome>
class BasicPubSub {
 public:
  using State = detail::Asked<Outcome, detail::PubSubState, detail::DeletePubSub>;
  explicit BasicPubSub(State state) : state_(std::move(state)) {}

  /// Subscribes to channels, and returns when servers have confirmed all of them: what is published from now on is
  /// received. Names already subscribed to are confirmed once more. Names of keyspace notifications, as "__keyevent@0__:set", are
  /// subscribed on every primary, see PubSubOptions::key_events_everywhere.
  /// @param channels  one name or several.
  /// Errors: Errc::bad_option, client_closed, too_large; Errc::timed_out after options.command_timeout, with the last trouble;
  /// the server's refusal, such as Errc::no_permission or wrong_password. After an error none of the names is subscribed that was not before.
  Outcome<void> subscribe(const Args& channels) { return subscribe_to(SubscriptionKind::channel, channels, {}); }
  /// The same, with a handler that is called with their messages in place of handing them out; a later one replaces it.
  Outcome<void> subscribe(const Args& channels, MessageHandler handler) {
    return subscribe_to(SubscriptionKind::channel, channels, std::move(handler));
  }
  /// The same for glob-style patterns of channels.
  Outcome<void> psubscribe(const Args& patterns) { return subscribe_to(SubscriptionKind::pattern, patterns, {}); }
  Outcome<void> psubscribe(const Args& patterns, MessageHandler handler) {
    return subscribe_to(SubscriptionKind::pattern, patterns, std::move(handler));
  }
  /// The same for sharded channels (Redis 7.0), of any slots.
  Outcome<void> ssubscribe(const Args& channels) { return subscribe_to(SubscriptionKind::sharded, channels, {}); }
  Outcome<void> ssubscribe(const Args& channels, MessageHandler handler) {
    return subscribe_to(SubscriptionKind::sharded, channels, std::move(handler));
  }

  /// Ends subscriptions at once: nothing of them is taken in any more; what was unread before stays to be read. The servers
  /// are told in the background. Errors: Errc::client_closed.
  Outcome<void> unsubscribe(const Args& channels) { return unsubscribe_from(SubscriptionKind::channel, channels); }
  Outcome<void> punsubscribe(const Args& patterns) { return unsubscribe_from(SubscriptionKind::pattern, patterns); }
  Outcome<void> sunsubscribe(const Args& channels) { return unsubscribe_from(SubscriptionKind::sharded, channels); }
  /// Ends all of the family.
  Outcome<void> unsubscribe() { return unsubscribe_from_all(SubscriptionKind::channel); }
  Outcome<void> punsubscribe() { return unsubscribe_from_all(SubscriptionKind::pattern); }
  Outcome<void> sunsubscribe() { return unsubscribe_from_all(SubscriptionKind::sharded); }

  /// The next message, in the order of arrival. Calls the handlers of those that have one, and goes on to the next.
  /// @param timeout  how long to wait for one; zero: only looks.
  /// @return  empty: none came in time.
  /// Errors: Errc::client_closed after close(). What a handler throws passes through; that message counts as read.
  Outcome<std::optional<Message>> get_message(std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) {
    return state_.template ask<std::optional<Message>>([timeout](auto& pubsub, const RunOptions& options) {
      return detail::get_message(pubsub, timeout, options);
    });
  }
  /// The same without a limit: waits for the next message. Errors: Errc::client_closed at the end.
  Outcome<Message> next() {
    return state_.template ask<Message>([](auto& pubsub, const RunOptions& options) { return detail::await_message(pubsub, options); },
                                        [](auto& pubsub, auto& found) { return detail::message_at_once(pubsub, found); });
  }
  /// All messages to come, in a loop. Handlers are called as by get_message().
  MessageRange listen()
    requires(State::is_immediate)
  {
    return MessageRange(*state_);
  }
  /// Starts a thread that reads the messages and calls their handlers; one that throws disturbs no other.
  /// Errors: Errc::pubsub_misused if a subscription has no handler. Messages without one, from later ones, are dropped.
  Outcome<PubSubWorker> run_in_thread(HandlerErrorFunction on_error = {})
    requires(State::is_immediate)
  {
    Result<detail::WorkerPointer> worker = detail::start_worker(*state_, std::move(on_error));
    if (!worker) return detail::deliver<Outcome, PubSubWorker>(fail(std::move(worker.error())));
    return detail::deliver<Outcome, PubSubWorker>(PubSubWorker(std::move(*worker)));
  }

  /// Whether there is any subscription, confirmed or not.
  bool subscribed() const { return detail::is_subscribed(*state_); }
  /// Ends all subscriptions, connections and waits; unread messages are dropped. The destructor does it too. May take
  /// as long as a connection that is just being made (options.socket_connect_timeout).
  void close() { state_.tell([](auto& pubsub) { detail::close(pubsub); }); }

 private:
  Outcome<void> subscribe_to(SubscriptionKind kind, const Args& names, MessageHandler handler) {
    return state_.template ask<void>([kind, kept = state_.template keep<Args>(names), handler = std::move(handler)](auto& pubsub, const RunOptions&) mutable {
      return detail::subscribe(pubsub, kind, kept.get(), std::move(handler));
    });
  }
  Outcome<void> unsubscribe_from(SubscriptionKind kind, const Args& names) {
    return state_.template ask<void>([kind, kept = state_.template keep<Args>(names)](auto& pubsub, const RunOptions&) {
      const Args& args = kept.get();
      return detail::unsubscribe(pubsub, kind, &args);
    });
  }
  Outcome<void> unsubscribe_from_all(SubscriptionKind kind) {
    return state_.template ask<void>([kind](auto& pubsub, const RunOptions&) { return detail::unsubscribe(pubsub, kind, nullptr); });
  }
  State state_;
};

using PubSub = BasicPubSub<detail::Plain>;
using NothrowPubSub = BasicPubSub<Result>;

}  // namespace rediscluster
