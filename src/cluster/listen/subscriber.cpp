#include "cluster/listen/subscriber.hpp"

#include "cluster/nodes/node_directory.hpp"
#include "cluster/run/caller_limits.hpp"
#include "pubsub/key_events.hpp"
#include "routing/backoff.hpp"

#include <rediscluster/key_slot.hpp>

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr std::chrono::milliseconds least_silence_limit{20};
constexpr std::chrono::milliseconds most_silence_limit{1'000'000'000'000};

pubsub::Book::Pause make_pause(std::uint64_t seed) {
  // Shared by the copies of the function; called under the desk's lock only.
  auto random = std::make_shared<base::Random>(seed);
  return [random](int attempt) { return routing::Backoff{}.pause(attempt, *random); };
}

Failure closed() { return fail(Errc::client_closed, "the pub/sub object, or its client, was closed"); }

Result<void> check_options(const PubSubOptions& options) {
  if (options.max_unread_messages == 0) return fail(Errc::bad_option, "max_unread_messages must be at least 1");
  if (options.max_unread_bytes == 0) return fail(Errc::bad_option, "max_unread_bytes must be at least 1");
  if (options.silence_limit < least_silence_limit || options.silence_limit > most_silence_limit) {
    return fail(Errc::bad_option, "silence_limit must be at least 20 ms and at most 1000000000000 ms (30 years)");
  }
  return {};
}

pubsub::Topic topic_of(const Message& message) {
  return {message.kind, message.kind == SubscriptionKind::pattern ? message.pattern : message.channel};
}

}  // namespace

Subscriber::Subscriber(Cluster& cluster, const PubSubOptions& options, std::optional<ListeningPost> post)
    : cluster_(cluster), reporter_(cluster.config().reporter), options_(options), post_(std::move(post)), desk_(options_, make_pause(cluster.config().randomness->next())), pump_(cluster_, desk_, options_) {}

Result<Subscriber::Topics> Subscriber::check(SubscriptionKind kind, const Args& names) const {
  if (Result<void> sensible = check_options(options_); !sensible) return fail(std::move(sensible.error()));
  const std::string command(pubsub::command_name(pubsub::Action::subscribe, kind));
  if (names.empty()) return fail(Errc::wrong_arity, command + " needs at least one name");
  Topics topics;
  bool is_too_large = false;
  names.for_each([&](std::string_view name) {
    is_too_large = is_too_large || name.size() > cluster_.config().options.max_argument_bytes;
    if (!is_too_large) topics.push_back({kind, std::string(name)});
  });
  if (is_too_large) return fail(Errc::too_large, command + ": a name is longer than max_argument_bytes");
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

Result<void> Subscriber::subscribe(SubscriptionKind kind, const Args& names, std::shared_ptr<const MessageHandler> handler) {
  Result<Topics> topics = check(kind, names);
  if (!topics) return fail(std::move(topics.error()));
  if (Result<void> connected = cluster_.connect(); !connected) return connected;
  if (Result<void> found = take_post(); !found) return found;
  std::unique_lock lock{desk_.mutex};
  if (desk_.is_closed) return closed();
  if (Result<void> started = pump_.start(); !started) return started;
  pump_.settle_rests(lock);
  pubsub::Waiter waiter{*topics};
  std::vector<std::shared_ptr<const MessageHandler>> former;
  for (const pubsub::Topic& topic : waiter.topics) {
    desk_.book.want(topic, is_wanted_everywhere(topic));
    former.push_back(set_handler(topic, handler));
  }
  desk_.deliver_announcements();
  Result<void> outcome = await(waiter, lock);
  if (outcome) return outcome;
  for (std::size_t i = 0; i < topics->size(); ++i) {
    const pubsub::Topic& topic = (*topics)[i];
    desk_.book.withdraw(topic);
    const auto now = desk_.handlers.find(topic);  // ours, unless somebody else has set his since
    if ((now == desk_.handlers.end() ? nullptr : now->second) == handler) set_handler(topic, former[i]);
  }
  lock.unlock();
  wake_everybody();
  return outcome;
}

// Where all subscriptions are to be: found once, as the node may be unknown later.
Result<void> Subscriber::take_post() {
  if (!post_) return {};
  {
    std::lock_guard lock{desk_.mutex};
    if (has_post_ || desk_.is_closed) return {};
  }
  Node* node = nullptr;
  if (!post_->node.empty()) {
    const Result<Node*> found = find_target(cluster_, post_->node);
    if (!found) return fail(found.error());
    node = *found;
  } else if (post_->slot < 0 || post_->slot >= slot_count) {
    return fail(Errc::bad_option, std::to_string(post_->slot) + " is no slot: 0 to 16383");
  }
  std::lock_guard lock{desk_.mutex};
  if (!std::exchange(has_post_, true)) node != nullptr ? pump_.stay_at(*node) : pump_.follow(post_->slot);
  return {};
}

bool Subscriber::is_wanted_everywhere(const pubsub::Topic& topic) const {
  return options_.key_events_everywhere && !post_ && pubsub::means_key_events(topic.kind, topic.name);
}

// With the desk's mutex held. The handler there was.
std::shared_ptr<const MessageHandler> Subscriber::set_handler(const pubsub::Topic& topic, std::shared_ptr<const MessageHandler> handler) {
  if (handler == nullptr) {
    const auto node = desk_.handlers.extract(topic);
    return node.empty() ? nullptr : node.mapped();
  }
  return std::exchange(desk_.handlers[topic], std::move(handler));
}

Result<void> Subscriber::await(pubsub::Waiter& waiter, std::unique_lock<std::mutex>& lock) {
  const base::Deadline deadline = CallerLimits::deadline(base::Clock::now(), std::nullopt, cluster_.config().options.command_timeout);
  desk_.book.add(waiter);
  lock.unlock();
  pump_.wake();
  desk_.unread.notify_all();
  lock.lock();
  desk_.answered.wait_until(lock, deadline, [&] { return desk_.is_closed || desk_.book.is_answered(waiter); });
  desk_.book.remove(waiter);
  if (desk_.is_closed) return closed();
  if (waiter.refusal) return fail(*waiter.refusal);
  if (!desk_.book.is_answered(waiter)) return fail(desk_.book.trouble_of(waiter));
  return {};
}

Result<void> Subscriber::unsubscribe(SubscriptionKind kind, const Args* names) {
  {
    std::unique_lock lock{desk_.mutex};
    if (!desk_.is_closed) pump_.settle_rests(lock);
    if (desk_.is_closed) return closed();
    Topics topics;
    if (names == nullptr) {
      topics = desk_.book.topics(kind);
    } else {
      names->for_each([&](std::string_view name) { topics.push_back({kind, std::string(name)}); });
    }
    for (const pubsub::Topic& topic : topics) {
      desk_.book.unwant(topic, true);
      desk_.handlers.erase(topic);
    }
    desk_.deliver_announcements();
  }
  wake_everybody();
  return {};
}

Subscriber::Delivery Subscriber::prepare(const Message& told) const {
  Delivery delivery;
  if (desk_.handlers.empty()) return delivery;
  const bool is_for_all = told.type == Message::Type::gap && told.channel.empty() && told.pattern.empty();
  if (is_for_all) {
    for (const auto& [topic, handler] : desk_.handlers) delivery.handlers.push_back(handler);
    return delivery;
  }
  const bool is_notice = !told.is_published() && told.type != Message::Type::gap && told.type != Message::Type::refused;
  const auto handler = is_notice ? desk_.handlers.end() : desk_.handlers.find(topic_of(told));
  if (handler == desk_.handlers.end()) return delivery;
  delivery.handlers.push_back(handler->second);
  delivery.is_for_reader = false;
  return delivery;
}

// By reading the connections himself, when nobody else does.
template <class Over>
void Subscriber::await_news(std::unique_lock<std::mutex>& lock, base::Deadline deadline, Over&& is_over) {
  const auto must_return = [&] { return is_over() || deadline.passed(base::Clock::now()); };
  while (!must_return()) {
    if (!pump_.begin_reading()) {
      ++desk_.waiting_readers;
      desk_.unread.wait_until(lock, deadline);
      --desk_.waiting_readers;
      continue;
    }
    do {
      lock.unlock();
      pump_.turn(deadline);
      lock.lock();
    } while (!must_return());
    pump_.end_reading();
    desk_.unread.notify_all();  // another one who waits may have the turns now
  }
}

// With the desk's mutex held. What it tells of a gap is for tell_gap(), without.
bool Subscriber::take_next(pubsub::MessageSlot slot) {
  if (desk_.inbox.is_empty()) return pump_.take_left(slot);
  const bool had_room = desk_.inbox.has_room();
  std::optional<Message> oldest = desk_.inbox.take();
  if (!oldest) return false;
  slot.fill(std::move(*oldest));
  if (!had_room && desk_.inbox.has_room()) pump_.wake();  // it may read again
  return true;
}

void Subscriber::tell_gap(const Message& taken) const {
  if (taken.gap != Message::Gap::unread_limit) return;
  const std::shared_ptr<Reporter> reporter = reporter_;  // a hook may destroy all this
  report_gap(*reporter, taken);
}

bool Subscriber::take_at_once(pubsub::MessageSlot slot) {
  std::unique_lock lock{desk_.mutex};
  if (desk_.is_closed || !desk_.handlers.empty() || !take_next(slot)) return false;
  lock.unlock();
  tell_gap(slot.message());
  return true;
}

Result<Subscriber::Delivery> Subscriber::take(std::optional<Message>& message, base::Deadline deadline, Until until,
                                              const std::atomic<bool>* interrupted) {
  message.reset();
  std::unique_lock lock{desk_.mutex};
  const auto is_interrupted = [&] { return interrupted != nullptr && interrupted->load(std::memory_order_acquire); };
  const auto will_end = [&] { return desk_.is_closed || is_interrupted() || (until == Until::unsubscribed && desk_.book.is_empty()); };
  for (bool is_over = false;; is_over = will_end() || deadline.passed(base::Clock::now())) {
    if (desk_.is_closed) return closed();
    if (is_interrupted()) return Delivery{};
    if (take_next(message)) break;
    if (is_over) return Delivery{};
    await_news(lock, deadline, [&] { return !desk_.inbox.is_empty() || pump_.may_take_left() || will_end(); });
  }
  Delivery delivery = prepare(*message);
  lock.unlock();
  tell_gap(*message);
  return delivery;
}

void Subscriber::wake_readers() {
  desk_.wake_readers();
  pump_.wake();
}

void Subscriber::wake_everybody() {
  pump_.wake();
  desk_.unread.notify_all();
  desk_.answered.notify_all();
}

bool Subscriber::is_subscribed() const {
  std::lock_guard lock{desk_.mutex};
  return !desk_.book.is_empty();
}

std::optional<pubsub::Topic> Subscriber::topic_without_handler() const {
  std::lock_guard lock{desk_.mutex};
  for (const SubscriptionKind kind : {SubscriptionKind::channel, SubscriptionKind::pattern, SubscriptionKind::sharded}) {
    for (const pubsub::Topic& topic : desk_.book.topics(kind)) {
      if (!desk_.handlers.contains(topic)) return topic;
    }
  }
  return std::nullopt;
}

void Subscriber::close() {
  {
    std::lock_guard lock{desk_.mutex};
    desk_.is_closed = true;
    desk_.inbox.clear();
  }
  wake_everybody();
  if (pump_.is_in_turn()) return pump_.stop();  // who closes it elsewhere waits for the end of this
  std::unique_lock lock{close_mutex_};
  close_changed_.wait(lock, [&] { return !is_closing_; });
  is_closing_ = true;
  lock.unlock();
  pump_.stop();
  lock.lock();
  is_closing_ = false;
  close_changed_.notify_all();
}

}  // namespace rediscluster::cluster
