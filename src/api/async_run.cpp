// Begins operations and makes their results: instantiated once for each reply type of the generated commands.
#include "api/async_client.hpp"
#include "api/read_reply.hpp"
#include "cluster/flight/parts_convoy.hpp"

namespace rediscluster::detail {
namespace {

template <class T>
void give(void* receiver, bool at_once, Result<T>&& result) noexcept {
  Receiver<T>& told = *static_cast<Receiver<T>*>(receiver);
  at_once ? told.complete(std::move(result)) : told.put(std::move(result));
}

template <class T>
Result<T> read_or_fail(const wire::Frame& reply, const CommandFacts& facts, Sender sender) noexcept {
  try {
    return read_reply<T>(reply, facts, sender);
  } catch (const std::exception& thrown) {  // no memory: it has run, and nobody can say what came of it
    return fail(Errc::unexpected_reply, std::string("the reply could not be read: ") + thrown.what(), {}, Execution::executed);
  }
}

template <class T>
constexpr cluster::Decoder decoder{
    .reply = [](void* receiver, bool at_once, const wire::Frame& reply, const CommandFacts& facts, const cluster::Node* node, int attempts) noexcept {
      give<T>(receiver, at_once, read_or_fail<T>(reply, facts, {node, attempts}));
    },
    .error = [](void* receiver, bool at_once, Error&& error) noexcept { give<T>(receiver, at_once, Result<T>(fail(std::move(error)))); },
    .tell = [](void* receiver) noexcept { static_cast<Receiver<T>*>(receiver)->tell(); },
};

base::Deadline deadline_for(cluster::FlightDeck& deck, const EncodedCommand& command, const StartOptions& options) {
  cluster::CallOptions call_options;
  call_options.timeout = options.timeout;
  return deck.cluster().deadline_for(command, call_options, deck.time_for_caller());
}

cluster::Flight* make_flight(AsyncClient& client, const EncodedCommand& command, int slot, StartOptions& options) {
  cluster::FlightDeck& deck = client.reactors().deck();
  cluster::Flight& flight = deck.make(command, slot, deadline_for(deck, command, options));
  if (options.stop.stop_possible()) [[unlikely]]
    flight.cancel_on(std::move(options.stop));
  return &flight;
}

// A command that a reactor drives by itself; null: it takes more than that.
cluster::Operation* make_driven(AsyncClient& client, const EncodedCommand& command, StartOptions& options) {
  cluster::Cluster& cluster = client.client().cluster();
  if (command.slot() >= 0) [[likely]] {
    cluster.topology().fetch(command.slot());
    if (cluster.is_plain(command)) [[likely]]
      return make_flight(client, command, command.slot(), options);
  }
  const cluster::Cluster::AsyncWay way = cluster.async_way_of(command);
  if (way.kind == cluster::Cluster::AsyncWay::Kind::thread) return nullptr;
  if (way.kind == cluster::Cluster::AsyncWay::Kind::one_place) {
    cluster::Flight* const flight = make_flight(client, command, way.slot, options);
    if (way.channel) flight->begin_at_way_of(*way.channel);
    return flight;
  }
  cluster::FlightDeck& deck = client.reactors().deck();
  auto* const convoy = new cluster::PartsConvoy(deck, cluster.surroundings(), command, way.plan, deadline_for(deck, command, options));
  convoy->cancel_on(std::move(options.stop));
  return convoy;
}

}  // namespace

template <class T>
AsyncCall prepare(AsyncClient& client, EncodedCommand&& command, StartOptions&& options) {
  if (command.is_resolved() && !Client::runs_in_steps(command)) {
    if (cluster::Operation* const driven = make_driven(client, command, options)) {
      driven->landing().decode_by(decoder<T>);
      return call_of(*driven, client, options);
    }
  }
  auto run = [&self = client.client(), kept = EncodedCommand(command)](const RunOptions& run_options) { return run_with<T>(self, kept, run_options); };
  return prepare_blocking(client, std::make_unique<BlockingCall<T, decltype(run)>>(std::move(run)), std::move(options));
}

#define REPLY_TYPE(...) template AsyncCall prepare<__VA_ARGS__>(AsyncClient&, EncodedCommand&&, StartOptions&&);
#include "commands/reply_types.inc"
#undef REPLY_TYPE

}  // namespace rediscluster::detail
