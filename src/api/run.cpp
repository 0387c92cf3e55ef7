// Runs a command on a client and decodes its reply: instantiated once for each reply type of the generated commands.
#include "api/client.hpp"
#include "api/outcomes.hpp"
#include "api/transaction.hpp"
#include "cluster/nodes/node_directory.hpp"
#include "cluster/run/script_run.hpp"
#include "wire/decode.hpp"

#include <rediscluster/script.hpp>
#include <rediscluster/target.hpp>

namespace rediscluster::detail {
namespace {

template <class T>
constexpr bool is_text = std::is_same_v<T, std::string> || std::is_same_v<T, std::optional<std::string>>;

// Long strings are received where the user will have them; everything else is decoded.
template <class T>
Result<T> run_and_decode(Client& client, const EncodedCommand& command, const cluster::CallOptions& options) {
  [[maybe_unused]] std::string text;
  cluster::Call call;
  if constexpr (is_text<T>) call.collect_long_text(text);
  if (Result<void> done = client.execute(command, call, options); !done) return fail(std::move(done.error()));
  if constexpr (is_text<T>) {
    if (call.has_long_text()) [[unlikely]]
      return Result<T>(std::move(text));
  }
  return wire::decode<T>(call.reply(), command.facts());
}

template <class T>
Result<T> run_on_found(Client& client, const EncodedCommand& command, Result<cluster::Node*> node) {
  if (!node) return fail(std::move(node.error()));
  cluster::CallOptions options;
  options.node = *node;
  return run_and_decode<T>(client, command, options);
}

}  // namespace

template <class T>
Result<T> run(Client& client, const EncodedCommand& command) {
  return run_and_decode<T>(client, command, {});
}

template <class T>
Result<T> run_with(Client& client, const EncodedCommand& command, const RunOptions& options) {
  cluster::CallOptions call_options;
  call_options.timeout = options.timeout;
  if (options.stop.stop_possible()) call_options.stop = &options.stop;
  return run_and_decode<T>(client, command, call_options);
}

template <class T>
Result<T> run_on_node(Client& client, const EncodedCommand& command, std::string_view node_id) {
  return run_on_found<T>(client, command, cluster::find_node(client.cluster(), node_id));
}

template <class T>
Result<T> run_at(Client& client, const EncodedCommand& command, const OneTarget& target) {
  if (!target.node.empty()) return run_on_found<T>(client, command, cluster::find_target(client.cluster(), target.node));
  cluster::CallOptions options;
  options.slot = target.slot;
  return run_and_decode<T>(client, command, options);
}

template <class T>
Result<NodeResults<T>> run_on_each(Client& client, const EncodedCommand& command, NodeGroup group) {
  Result<std::vector<cluster::Errand>> errands = client.cluster().execute_on_each(command, group);
  if (!errands) return fail(std::move(errands.error()));
  NodeResults<T> results;
  results.reserve(errands->size());
  for (cluster::Errand& errand : *errands) {
    NodeAddress node = errand.node == nullptr ? NodeAddress{} : errand.node->address();
    if (errand.error) {
      results.push_back({std::move(node), fail(std::move(*errand.error))});
    } else {
      results.push_back({std::move(node), wire::decode<T>(errand.reply, command.facts())});
    }
  }
  return results;
}

template <class T>
Result<T> run_script(Client& client, const ScriptSource& script, const EncodedCommand& by_hash) {
  cluster::Call call;
  Result<void> done = cluster::execute_script(client.cluster(), by_hash, script.source(), call);
  if (!done) return fail(std::move(done.error()));
  return wire::decode<T>(call.reply(), by_hash.facts());
}

template <class T>
Result<T> outcome_of(const Outcomes& outcomes, std::size_t position, const CommandFacts& facts) {
  switch (outcomes.phase()) {
    case Outcomes::Phase::queued: return fail(Errc::not_allowed, "the command is only queued: call execute() first");
    case Outcomes::Phase::forgotten: return fail(Errc::not_allowed, "the command was never executed: its queue was reset or destroyed");
    case Outcomes::Phase::executed: break;
  }
  const cluster::CommandEnd& end = outcomes.end(position);
  if (end.error) return fail(*end.error);
  return wire::decode<T>(end.reply, facts);
}

template <class T>
Result<T> run_watched(TransactionState& state, const EncodedCommand& command) {
  cluster::Call call;
  if (Result<void> done = run_on_watching(state, command, call); !done) return fail(std::move(done.error()));
  return wire::decode<T>(call.reply(), command.facts());
}

#define REPLY_TYPE(...)                                                             \
  template Result<__VA_ARGS__> run<__VA_ARGS__>(Client&, const EncodedCommand&);    \
  template Result<__VA_ARGS__> run_with<__VA_ARGS__>(Client&, const EncodedCommand&, const RunOptions&);       \
  template Result<__VA_ARGS__> run_script<__VA_ARGS__>(Client&, const ScriptSource&, const EncodedCommand&); \
  template Result<__VA_ARGS__> outcome_of<__VA_ARGS__>(const Outcomes&, std::size_t, const CommandFacts&); \
  template Result<__VA_ARGS__> run_watched<__VA_ARGS__>(TransactionState&, const EncodedCommand&); \
  template Result<__VA_ARGS__> run_on_node<__VA_ARGS__>(Client&, const EncodedCommand&, std::string_view); \
  template Result<__VA_ARGS__> run_at<__VA_ARGS__>(Client&, const EncodedCommand&, const OneTarget&);      \
  template Result<NodeResults<__VA_ARGS__>> run_on_each<__VA_ARGS__>(Client&, const EncodedCommand&, NodeGroup);
#include "commands/reply_types.inc"
#undef REPLY_TYPE

}  // namespace rediscluster::detail
