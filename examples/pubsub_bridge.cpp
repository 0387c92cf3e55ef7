/// A bridge: what is published on channels of one cluster is published on another one, in order, by a coroutine; a gap is told, not hidden.
/// Starts two clusters of its own, sends five hundred messages over the bridge, and ends.
#include <rediscluster/async.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <coroutine>
#include <future>
#include <iostream>
#include <string>

namespace rc = rediscluster;
using namespace std::chrono_literals;

namespace {

/// Begun at once; its end is told to a promise. A service would bring its framework's.
struct Task {
  struct promise_type {
    std::promise<void> ended;
    Task get_return_object() { return {ended.get_future()}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() { ended.set_value(); }
    void unhandled_exception() { ended.set_exception(std::current_exception()); }
  };
  std::future<void> end;
};

/// Until `source` is closed.
Task carry(rc::AsyncPubSub& source, rc::AsyncRedisCluster& to) {
  for (;;) {
    const rc::Result<rc::Message> message = co_await source.next();
    if (!message) co_return;  // client_closed: the end
    if (message->type == rc::Message::Type::gap) {
      std::cerr << "messages may be missing on " << message->channel << ": " << message->data << '\n';
    } else if (message->is_published()) {
      const rc::Result<std::int64_t> heard = co_await to.publish(message->channel, message->data);
      if (!heard) std::cerr << to_string(heard.error()) << '\n';
    }
  }
}

}  // namespace

int main() {
  rc::testing::LocalCluster here({.replicas_per_primary = 0});
  rc::testing::LocalCluster there({.replicas_per_primary = 0});
  rc::AsyncRedisCluster from(rc::Options{.startup_nodes = here.seeds()});
  rc::AsyncRedisCluster to(rc::Options{.startup_nodes = there.seeds()});

  rc::AsyncPubSub source = from.pubsub();
  source.subscribe({"news"}).to_future().get();
  rc::AsyncPubSub sink = to.pubsub({.ignore_subscribe_messages = true});
  sink.subscribe({"news"}).to_future().get();

  Task bridge = carry(source, to);
  constexpr int messages = 500;
  int in_order = 0;
  for (int i = 0; i < messages; ++i) from.publish("news", std::to_string(i)).to_future().get();
  for (int i = 0; i < messages; ++i) {
    const rc::Message arrived = sink.next().within(5s).to_future().get();
    in_order += arrived.data == std::to_string(i) ? 1 : 0;
  }
  source.close();
  bridge.end.get();
  std::cout << in_order << " of " << messages << " messages came over the bridge in order\n";
  return in_order == messages ? 0 : 1;
}
