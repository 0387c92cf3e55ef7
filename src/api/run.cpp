// Runs a command on a client and decodes its reply: instantiated once for each reply type of the generated commands.
#include "api/client.hpp"
#include "api/outcomes.hpp"
#include "api/read_reply.hpp"
#include "api/transaction.hpp"
#include "cluster/nodes/node_directory.hpp"
#include "cluster/run/script_run.hpp"
#include "wire/reply_tree.hpp"

#include <rediscluster/script.hpp>
#include <rediscluster/target.hpp>

namespace rediscluster::detail {
namespace {

template <class T>
Result<T> read_end(Result<void> done, const cluster::Call& call, const CommandFacts& facts) {
  if (!done) [[unlikely]]
    return fail(std::move(done.error()));
  return read_reply<T>(call.reply(), facts, {call.answered_by(), call.attempts()});
}

// How a command is run of which more is said than its words: where, until when, with which script.
class Way {
 public:
  virtual Result<void> operator()(cluster::Call& call) const = 0;

 protected:
  ~Way() = default;
};

// Long strings are received where the user will have them; everything else is decoded.
template <class T, class Execute>
Result<T> run_and_read(Execute&& execute, const CommandFacts& facts) {
  [[maybe_unused]] std::string text;  // outlives the call
  cluster::Call call;
  if constexpr (wire::is_plain_text<T>) {
    call.collect_long_text(text);
    Result<void> done = execute(call);
    if (done && call.has_long_text()) [[unlikely]]
      return Result<T>(std::move(text));
    return read_end<T>(std::move(done), call, facts);
  } else {
    return read_end<T>(execute(call), call, facts);
  }
}

template <class T>
[[gnu::noinline]] Result<T> run_by(const Way& way, const CommandFacts& facts) {
  return run_and_read<T>(way, facts);
}

struct WithOptions final : Way {
  Client& client;
  const EncodedCommand& command;
  const Result<cluster::CallOptions>& options;

  WithOptions(Client& its_client, const EncodedCommand& its_command, const Result<cluster::CallOptions>& its_options)
      : client(its_client), command(its_command), options(its_options) {}
  Result<void> operator()(cluster::Call& call) const override {
    if (!options) return fail(options.error());
    return client.execute(command, call, *options);
  }
};

struct AsScript final : Way {
  Client& client;
  const ScriptSource& script;
  const EncodedCommand& by_hash;
  const cluster::CallOptions& options;

  AsScript(Client& its_client, const ScriptSource& its_script, const EncodedCommand& its_command, const cluster::CallOptions& its_options)
      : client(its_client), script(its_script), by_hash(its_command), options(its_options) {}
  Result<void> operator()(cluster::Call& call) const override {
    return cluster::execute_script(client.cluster(), by_hash, script.source(), call, options);
  }
};

struct WhileWatching final : Way {
  TransactionState& state;
  const EncodedCommand& command;

  WhileWatching(TransactionState& its_state, const EncodedCommand& its_command) : state(its_state), command(its_command) {}
  Result<void> operator()(cluster::Call& call) const override { return run_on_watching(state, command, call); }
};

cluster::CallOptions options_of(const RunOptions& options) {
  cluster::CallOptions call_options;
  call_options.timeout = options.timeout;
  if (options.stop.stop_possible()) call_options.stop = &options.stop;
  return call_options;
}

Result<cluster::CallOptions> options_for(Result<cluster::Node*> node) {
  if (!node) return fail(std::move(node.error()));
  cluster::CallOptions options;
  options.node = *node;
  return options;
}

Result<cluster::CallOptions> options_for(Client& client, const OneTarget& target) {
  if (!target.node.empty()) return options_for(cluster::find_target(client.cluster(), target.node));
  cluster::CallOptions options;
  options.slot = target.slot;
  return options;
}

Error why_there_is_none(Outcomes::Phase phase) {
  switch (phase) {
    case Outcomes::Phase::queued: return {Errc::not_allowed, "the command is only queued: call execute() first"};
    case Outcomes::Phase::thrown:
      return {Errc::connection_lost, "execute() threw an exception before the reply of this command was handed out", {}, 0, Execution::maybe_executed};
    case Outcomes::Phase::executed:
    case Outcomes::Phase::forgotten: break;
  }
  return {Errc::not_allowed, "the command was never executed: its queue was reset or destroyed"};
}

}  // namespace

template <class T>
Result<T> run(Client& client, const EncodedCommand& command) {
  return run_and_read<T>([&](cluster::Call& call) { return client.execute(command, call, {}); }, command.facts());
}

template <class T>
Result<T> run_with(Client& client, const EncodedCommand& command, const RunOptions& options) {
  return run_by<T>(WithOptions(client, command, options_of(options)), command.facts());
}

Result<bool> run_on_node(Client& client, const EncodedCommand& command, std::string_view node_id) {
  return run_by<bool>(WithOptions(client, command, options_for(cluster::find_node(client.cluster(), node_id))), command.facts());
}

template <class T>
Result<T> run_at(Client& client, const EncodedCommand& command, const OneTarget& target) {
  return run_by<T>(WithOptions(client, command, options_for(client, target)), command.facts());
}

template <class T>
Result<T> run_script(Client& client, const ScriptSource& script, const EncodedCommand& by_hash, const RunOptions& options) {
  return run_by<T>(AsScript(client, script, by_hash, options_of(options)), by_hash.facts());
}

template <class T>
Result<T> run_watched(TransactionState& state, const EncodedCommand& command) {
  return run_by<T>(WhileWatching(state, command), command.facts());
}

Result<GroupOutcomes> ask_each(Client& client, const EncodedCommand& command, NodeGroup group) {
  if (!command.is_resolved()) {
    const Result<EncodedCommand> known = client.resolve(command);
    return known ? ask_each(client, *known, group) : fail(known.error());
  }
  Result<std::vector<cluster::Errand>> errands = client.cluster().execute_on_each(command, group);
  if (!errands) return fail(std::move(errands.error()));
  GroupOutcomes asked;
  std::vector<cluster::CommandEnd> ends;
  for (cluster::Errand& errand : *errands) {
    asked.nodes.push_back(errand.node == nullptr ? NodeAddress{} : errand.node->address());
    ends.push_back(cluster::end_of(errand));
  }
  auto outcomes = std::make_shared<Outcomes>(client.shared_from_this());
  outcomes->finish(std::move(ends), {});
  asked.outcomes = std::move(outcomes);
  return asked;
}

template <class T>
Result<T> decode_reply(const Reply& reply) {
  static constexpr CommandFacts any_command{.name = "as()"};
  return read_reply<T>(wire::frame_of(reply), any_command, {});
}

Error error_of_decoder() {
  Error error{Errc::unexpected_reply, "the ReplyDecoder threw something that is no std::exception"};
  try {
    throw;
  } catch (const RedisError& thrown) {
    error = thrown.error();
  } catch (const std::exception& thrown) {
    error.message = std::string("the ReplyDecoder threw: ") + thrown.what();
  } catch (...) {
  }
  error.execution = Execution::executed;
  return error;
}

template <class T>
Result<T> outcome_of(const Outcomes& outcomes, std::size_t position, const CommandFacts& facts) {
  if (outcomes.phase() != Outcomes::Phase::executed) [[unlikely]]
    return fail(why_there_is_none(outcomes.phase()));
  const cluster::CommandEnd& end = outcomes.end(position);
  if (end.error) return fail(*end.error);
  return read_reply<T>(end.reply, facts, {end.answered_by, end.attempts});
}

#define REPLY_TYPE(...)                                                             \
  template Result<__VA_ARGS__> run<__VA_ARGS__>(Client&, const EncodedCommand&);    \
  template Result<__VA_ARGS__> run_with<__VA_ARGS__>(Client&, const EncodedCommand&, const RunOptions&);       \
  template Result<__VA_ARGS__> run_script<__VA_ARGS__>(Client&, const ScriptSource&, const EncodedCommand&, const RunOptions&); \
  template Result<__VA_ARGS__> outcome_of<__VA_ARGS__>(const Outcomes&, std::size_t, const CommandFacts&); \
  template Result<__VA_ARGS__> decode_reply<__VA_ARGS__>(const Reply&); \
  template Result<__VA_ARGS__> run_watched<__VA_ARGS__>(TransactionState&, const EncodedCommand&); \
  template Result<__VA_ARGS__> run_at<__VA_ARGS__>(Client&, const EncodedCommand&, const OneTarget&);
#include "commands/reply_types.inc"
#undef REPLY_TYPE

}  // namespace rediscluster::detail
