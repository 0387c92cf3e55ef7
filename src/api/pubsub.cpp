// Pub/sub objects of the surfaces: calls handlers, and owns the threads of run_in_thread().
#include "api/client.hpp"
#include "cluster/listen/subscriber.hpp"
#include "cluster/run/caller_limits.hpp"
#include "cluster/run/cancellation.hpp"
#include "cluster/start_thread.hpp"

#include <rediscluster/pubsub.hpp>
#include <rediscluster/target.hpp>

namespace rediscluster::detail {
namespace {

using cluster::Subscriber;

constexpr std::chrono::hours for_ever{24 * 365};  // adding more to a clock's time could overflow

std::shared_ptr<const MessageHandler> share(MessageHandler handler) {
  return handler ? std::make_shared<const MessageHandler>(std::move(handler)) : nullptr;
}

using SubscriberPointer = std::shared_ptr<Subscriber>;  // shared with the workers, which end when it is closed

}  // namespace

struct PubSubState {
  PubSubState(Client& client, const PubSubOptions& options, std::optional<cluster::ListeningPost> post)
      : client_(client.shared_from_this()), options_(options), post_(std::move(post)), subscriber_([this](auto&...) { return make(); }) {}
  ~PubSubState() {
    if (!subscriber_.is_inherited()) subscriber()->close();
  }
  PubSubState(const PubSubState&) = delete;
  PubSubState& operator=(const PubSubState&) = delete;

  /// In a child after fork() another one, without subscriptions: those are the parent's.
  const SubscriberPointer& subscriber() const {
    return subscriber_.get([this](auto&...) { return make(); });
  }
  const std::shared_ptr<Client>& client() const { return client_; }

 private:
  SubscriberPointer make() const { return std::make_shared<Subscriber>(client_->cluster(), options_, post_); }

  const std::shared_ptr<Client> client_;  // with its owner, who may go first
  const PubSubOptions options_;
  const std::optional<cluster::ListeningPost> post_;
  mutable base::PerProcess<SubscriberPointer> subscriber_;
};

namespace {

// Each hears of it, whatever another one throws: a gap may be for several.
void call_all(const std::vector<std::shared_ptr<const MessageHandler>>& handlers, const Message& message) {
  const cluster::CallerLimits::Hidden hidden;  // handlers are the user's
  std::exception_ptr first;
  for (const auto& handler : handlers) {
    try {
      (*handler)(message);
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

// The next message for the reader himself. Those with handlers go to these on the way.
Result<std::optional<Message>> next_message(PubSubState& state, base::Deadline deadline, Subscriber::Until until,
                                            const std::atomic<bool>* interrupted = nullptr) {
  Result<std::optional<Message>> next{std::optional<Message>()};
  for (;;) {
    Result<Subscriber::Delivery> taken = state.subscriber()->take(*next, deadline, until, interrupted);
    if (!taken) return fail(std::move(taken.error()));
    if (!*next) return next;
    if (!taken->handlers.empty()) call_all(taken->handlers, **next);
    if (taken->is_for_reader) return next;
    next->reset();
    if (deadline.passed(base::Clock::now())) return next;
  }
}

}  // namespace

void DeletePubSub::operator()(PubSubState* state) const { delete state; }

PubSubPointer make_pubsub(Client& client, const PubSubOptions& options, const OneTarget* target) {
  std::optional<cluster::ListeningPost> post;
  if (target != nullptr) post.emplace(cluster::ListeningPost{target->node, target->slot});
  return PubSubPointer(new PubSubState(client, options, std::move(post)));
}

Result<void> subscribe(PubSubState& state, SubscriptionKind kind, const Args& names, MessageHandler handler) {
  return state.subscriber()->subscribe(kind, names, share(std::move(handler)));
}

Result<void> unsubscribe(PubSubState& state, SubscriptionKind kind, const Args* names) {
  return state.subscriber()->unsubscribe(kind, names);
}

std::optional<Message> wait_for_message(PubSubState& state) {
  const SubscriberPointer subscriber = state.subscriber();  // the object may go meanwhile
  return next_message(state, base::Deadline::never(), Subscriber::Until::unsubscribed).value_or(std::nullopt);
}

namespace {

// Errors also: cancelled.
Result<std::optional<Message>> next_message(PubSubState& state, base::Deadline deadline, const std::stop_token& stop) {
  const SubscriberPointer subscriber = state.subscriber();  // the object may go while somebody waits
  if (!stop.stop_possible()) return next_message(state, deadline, Subscriber::Until::closed);
  std::atomic<bool> is_stopped{false};
  const std::stop_callback on_stop(stop, [&] {
    is_stopped.store(true, std::memory_order_release);
    subscriber->wake_readers();
  });
  Result<std::optional<Message>> message = next_message(state, deadline, Subscriber::Until::closed, &is_stopped);
  const bool is_none = message && !*message;
  if (is_none && is_stopped.load(std::memory_order_acquire)) return fail(cluster::Cancellation::error());
  return message;
}

}  // namespace

// What is here already costs no look at the clock.
Result<std::optional<Message>> get_message(PubSubState& state, std::chrono::milliseconds timeout, const RunOptions& options) {
  Result<std::optional<Message>> next{std::optional<Message>()};
  if (!options.stop.stop_possible() && state.subscriber()->take_at_once(*next)) return next;
  const base::Deadline deadline = timeout >= for_ever ? base::Deadline::never() : base::Deadline::after(base::Clock::now(), timeout);
  next = next_message(state, deadline, options.stop);
  return next;
}

Result<Message> await_message(PubSubState& state, const RunOptions& options) {
  const base::Deadline deadline =
      options.timeout ? base::Deadline::after(base::Clock::now(), base::bounded(*options.timeout)) : base::Deadline::never();
  Result<std::optional<Message>> message = next_message(state, deadline, options.stop);
  if (!message) return fail(std::move(message.error()));
  if (!*message) return fail(Errc::timed_out, "no message came in time");
  return std::move(**message);
}

// Handlers are called where the operation runs.
bool message_at_once(PubSubState& state, std::optional<Result<Message>>& found) { return state.subscriber()->take_at_once(found); }

bool is_subscribed(const PubSubState& state) { return state.subscriber()->is_subscribed(); }
void close(PubSubState& state) { state.subscriber()->close(); }

struct WorkerState : base::LeftAlone, Begun {
  WorkerState(const PubSubState& pubsub, HandlerErrorFunction its_on_error)
      : Begun(pubsub.client()), subscriber(pubsub.subscriber()), on_error(std::move(its_on_error)) {}

  const SubscriberPointer subscriber;  // with the pub/sub object, which may go first
  const HandlerErrorFunction on_error;
  std::atomic<bool> is_stopping{false};
  std::thread thread{};

  void run() {
    for (std::optional<Message> message;;) {
      const auto taken = subscriber->take(message, base::Deadline::never(), Subscriber::Until::closed, &is_stopping);
      if (!taken || !message) return;
      for (const auto& handler : taken->handlers) call(*handler, *message);
      if (is_inherited()) return;  // a handler has forked, and this is the child
    }
  }
  void call(const MessageHandler& handler, const Message& message) noexcept {
    try {
      handler(message);
    } catch (...) {
      if (on_error) on_error(std::current_exception(), message);
    }
  }
};

// In a child after fork() its thread is the parent's.
void DeleteWorker::operator()(WorkerState* state) const {
  if (state->is_inherited()) return base::LeftAlone::leave(*state);
  stop(*state);
  delete state;
}

Result<WorkerPointer> start_worker(PubSubState& state, HandlerErrorFunction on_error) {
  if (const auto topic = state.subscriber()->topic_without_handler()) {
    return fail(Errc::pubsub_misused, pubsub::describe(*topic) + " has no handler: run_in_thread() would drop its messages");
  }
  WorkerPointer worker(new WorkerState(state, std::move(on_error)));
  Result<std::thread> thread = cluster::start_thread([raw = worker.get()] { raw->run(); });
  if (!thread) return fail(std::move(thread.error()));
  worker->thread = std::move(*thread);
  return worker;
}

void stop(WorkerState& worker) {
  if (worker.is_inherited()) return;
  worker.is_stopping.store(true, std::memory_order_release);
  worker.subscriber->wake_readers();
  if (worker.thread.joinable()) worker.thread.join();
}

}  // namespace rediscluster::detail
