#include "api/client.hpp"

#include "api/url.hpp"
#include "base/static_storage.hpp"
#include "cluster/explain.hpp"
#include "commands/command_table.hpp"
#include "commands/key_finder.hpp"
#include "commands/words_of.hpp"
#include "wire/printable.hpp"

#include <rediscluster/redis_cluster.hpp>

#include <span>

namespace rediscluster {
namespace detail {

namespace {

Failure no_name() { return fail(Errc::wrong_arity, "a command of words needs at least its name"); }
bool has_name(std::span<const std::string_view> words) { return !words.empty() && !words.front().empty(); }

}  // namespace

std::optional<Result<EncodedCommand>> Client::resolve_unasked(const CommandView& command) {
  const std::vector<std::string_view> words = words_of(command);
  if (!has_name(words)) return no_name();
  const CommandFacts* const known = catalog().find_known(words);
  return known == nullptr ? std::nullopt : std::optional(encode_words(*known, words));
}

Result<EncodedCommand> Client::resolve(const CommandView& command, const cluster::CallOptions& options) {
  const std::vector<std::string_view> words = words_of(command);
  if (!has_name(words)) return no_name();
  Result<const CommandFacts*> facts = catalog().find(words, options);
  if (facts) return encode_words(**facts, words);
  Error error = std::move(facts.error());
  error.message = "what " + wire::printable(words.front(), 40) + " is could not be asked: " + error.message;
  error.execution = Execution::not_executed;  // whatever became of the question
  return fail(std::move(error));
}

// The question is part of the call: it has its time, and ends with it.
Result<void> Client::execute_unresolved(const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options) {
  const base::TimePoint begin = base::Clock::now();
  const Result<EncodedCommand> known = resolve(command, {.timeout = options.timeout, .stop = options.stop});
  if (!known) return fail(known.error());
  cluster::CallOptions rest = options;
  if (rest.timeout) {
    const base::Deadline deadline = base::Deadline::after(begin, base::bounded(*rest.timeout));
    rest.timeout = base::whole_milliseconds(deadline.left(base::Clock::now()));
  }
  return execute(*known, call, rest);
}

Result<void> Client::execute_without_slot(const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options) {
  if (!command.is_resolved()) return execute_unresolved(command, call, options);
  const bool is_free = options.node == nullptr && !options.slot;  // nobody named a place for it
  return is_free && runs_in_steps(command) ? emulation::run(cluster(), command, call, options) : cluster().execute(command, call, options);
}

// Locks of the parent's may be taken for ever; its options are only read.
Client::Life Client::life_of_child(Life& inherited) {
  const cluster::Config& config = inherited.cluster.config();
  Result<cluster::Config> anew = cluster::make_config(config.options);
  // What may go wrong that went well before: files of TLS may be out of reach by now. What was read of them is still good.
  return Life(anew ? std::move(*anew) : config, inherited.cluster.is_closed());
}

void DeleteClient::operator()(Client* client) const { end_client(client, nullptr); }

namespace {

std::atomic<const Client*> known_closed_client{nullptr};

}  // namespace

Client* closed_client() noexcept {
  static Client& client = [] () -> Client& {
    auto made = std::make_shared<Client>(cluster::Config{});
    made->cluster().close();
    made->hold(made);
    known_closed_client.store(made.get(), std::memory_order_release);
    return *made;
  }();
  return &client;
}

void end_client(Client* client, const void* owner) noexcept {
  if (client == known_closed_client.load(std::memory_order_acquire)) return;
  if (client->is_inherited()) return client->let_go();
  client->cluster().close();
  if (owner == nullptr || !base::is_in_static_storage(owner)) client->let_go();
}

std::shared_ptr<Client> share(Client& client) { return client.shared_from_this(); }

Failure begun_by_parent(const char* what) {
  return fail(Errc::not_allowed, std::string(what) + " was begun by the parent process, before fork(): begin anew");
}

Result<ClientPointer> make_client(const Options& options) {
  Result<cluster::Config> config = cluster::make_config(options);
  if (!config) return fail(std::move(config.error()));
  const auto made = std::make_shared<Client>(std::move(*config));
  made->hold(made);
  ClientPointer client(made.get());
  if (!options.init_slot_cache) return client;
  if (Result<void> connected = client->cluster().connect(); !connected) return fail(std::move(connected.error()));
  return client;
}

namespace {

// Why words are no command that could be run, or that only the servers may know.
std::string explain_unresolved(const EncodedCommand& command) {
  const std::vector<std::string_view> words = words_of(command);
  if (!has_name(words)) return "refused: no command\n";
  const CommandFacts* facts = find_command(words[0], words.size() > 1 ? words[1] : std::string_view());
  if (facts != nullptr) return "refused: " + encode_words(*facts, words).error().message + "\n";
  return wire::printable(words[0], 40) + ": not in this library's table; the servers are asked for its keys when it is first run\n";
}

}  // namespace

std::string explain(const Client& client, const EncodedCommand& command) {
  if (!command.is_resolved()) return explain_unresolved(command);
  return cluster::explain(client.cluster(), command, Client::runs_in_steps(command));
}

Result<void> connect(Client& client) { return client.cluster().connect(); }

std::string describe(const Client& client) {
  std::string text = "RedisCluster<";
  for (const NodeAddress& seed : client.rules().config().seeds) {
    if (!text.ends_with('<')) text += ", ";
    text += to_string(seed);
  }
  return text + ">";
}

ClientStats stats(Client& client) { return client.cluster().stats(); }

void close(Client& client) { client.cluster().close(); }

Result<void> refresh_credentials(Client& client) { return client.cluster().refresh_credentials(); }

}  // namespace detail

namespace {

detail::ClientPointer client_or_throw(const Options& options) {
  Result<detail::ClientPointer> client = detail::make_client(options);
  if (!client) throw_error(std::move(client.error()));
  return std::move(*client);
}

}  // namespace

RedisCluster::RedisCluster(const Options& options) : client_(client_or_throw(options)) {}

RedisCluster RedisCluster::from_url(std::string_view url, const Options& options) {
  Result<Options> parsed = api::parse_url(url, options);
  if (!parsed) throw_error(std::move(parsed.error()));
  return RedisCluster(*parsed);
}

}  // namespace rediscluster
