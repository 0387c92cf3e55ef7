#include "api/async_client.hpp"

#include "api/offloaded.hpp"

#include <rediscluster/async/asked.hpp>

#include <system_error>

namespace rediscluster::detail {

namespace {

static_assert(cluster::Landing::room == receiver_room);

cluster::Operation& operation_of(void* operation) { return *static_cast<cluster::Operation*>(operation); }

// The last who has to do with it may be an operation that ends on its reactor, which cannot wait for its own thread.
struct DeleteElsewhere {
  void operator()(AsyncClient* client) const noexcept {
    if (client->is_inherited() || !client->reactors().is_own_thread()) {
      delete client;
    } else {
      static_cast<void>(client->reactors().call_outside([client] { delete client; }));  // else it stays as it is
    }
  }
};

}  // namespace

void* AsyncCall::room() const noexcept { return operation_of(operation_).landing().space(); }
void AsyncCall::launch(void* receiver) const noexcept {
  operation_of(operation_).landing().tell(receiver);
  operation_of(operation_).launch();
}
void AsyncCall::cancel() const noexcept { operation_of(operation_).cancel(); }
void AsyncCall::desert() const noexcept { operation_of(operation_).desert(); }
void AsyncCall::drop() const noexcept { operation_of(operation_).drop(); }

bool is_reactors_thread() noexcept { return drive::Reactor::is_any_here(); }
bool await_end_of_turn(EndOfTurn& waiting) noexcept { return drive::Reactor::await_end_of_turn(waiting); }

bool may_go_on(AsyncClient& client) noexcept {
  return !client.options().completions && !client.is_inherited() && client.reactors().deck().reactor().may_go_on();
}

// By a fiber, so that it may wait. Where everything has ended there is nothing to wait for; but on a reactor's thread it has not.
void destroy_later(AsyncClient& client, void* object, void (*destroy)(void* object)) noexcept {
  if (client.is_inherited()) return destroy(object);
  cluster::FlightDeck& deck = client.reactors().deck();
  if (!deck.reactor().is_here() && client.client().cluster().is_closed()) return destroy(object);
  try {
    deck.fibers().start([kept = client.shared_from_this(), object, destroy] { destroy(object); });
  } catch (const std::bad_alloc&) {
    destroy(object);
  }
}

AsyncCall call_of(cluster::Operation& operation, AsyncClient& client, StartOptions& options) {
  if (options.executor) {
    operation.landing().tell_on(std::move(options.executor));
  } else if (client.options().completions) {
    operation.landing().tell_on(client.options().completions);
  }
  return AsyncCall(&operation);
}

AsyncCall prepare_blocking(AsyncClient& client, std::unique_ptr<BlockingTask> task, StartOptions&& options, Whose whose) {
  return call_of(*new Offloaded(client, std::move(task), options, whose), client, options);
}

Result<std::shared_ptr<AsyncClient>> make_async_client(const Options& options, const AsyncOptions& async, std::unique_ptr<Loop> loop) {
  if (async.reactors < 1 || async.reactors > 64) return fail(Errc::bad_option, "AsyncOptions::reactors must be between 1 and 64");
  if (async.max_in_flight == 0 || async.max_in_flight_per_node == 0) return fail(Errc::bad_option, "AsyncOptions: of what may be in flight, none is too few");
  Options lazily = options;
  lazily.init_slot_cache = false;
  Result<ClientPointer> client = make_client(lazily);
  if (!client) return fail(std::move(client.error()));
  try {
    return std::shared_ptr<AsyncClient>(new AsyncClient(std::move(*client), async, std::move(loop)), DeleteElsewhere());
  } catch (const std::system_error& error) {
    return fail(Errc::connect_failed, std::string("the system gives no threads or descriptors for a reactor: ") + error.what());
  }
}

// What runs on a thread of ours cannot wait for the end of that.
void close(std::shared_ptr<AsyncClient> client) noexcept {
  if (client->is_inherited()) return;
  cluster::AsyncCluster& reactors = client->reactors();
  if (!reactors.is_own_thread()) return reactors.close();
  reactors.begin_close();
  static_cast<void>(reactors.call_outside([client] { client->reactors().close(); }));
}

Client& client_of(AsyncClient& client) { return client.client(); }
std::shared_ptr<AsyncClient> share(AsyncClient& client) { return client.shared_from_this(); }

}  // namespace rediscluster::detail
