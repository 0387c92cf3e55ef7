#include "api/client.hpp"

#include "api/url.hpp"
#include "commands/key_finder.hpp"

#include <rediscluster/redis_cluster.hpp>

namespace rediscluster {
namespace detail {

void DeleteClient::operator()(Client* client) const { delete client; }

Result<ClientPointer> make_client(const Options& options) {
  Result<cluster::Config> config = cluster::make_config(options);
  if (!config) return fail(std::move(config.error()));
  ClientPointer client(new Client(std::move(*config)));
  if (!options.init_slot_cache) return client;
  if (Result<void> connected = client->cluster().connect(); !connected) return fail(std::move(connected.error()));
  return client;
}

Result<EncodedCommand> encode_words(Client& client, std::span<const std::string_view> words) {
  if (words.empty() || words.front().empty()) return fail(Errc::wrong_arity, "execute_command needs at least the name of a command");
  Result<const CommandFacts*> facts = client.catalog().find(words);
  if (!facts) return fail(std::move(facts.error()));
  return rediscluster::encode_words(**facts, words);
}

std::string describe(const Client& client) {
  std::string text = "RedisCluster<";
  for (const NodeAddress& seed : client.cluster().config().seeds) {
    if (!text.ends_with('<')) text += ", ";
    text += to_string(seed);
  }
  return text + ">";
}

void close(Client& client) { client.cluster().close(); }

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
  return RedisCluster(client_or_throw(*parsed));
}

Result<Reply> NothrowRedisCluster::execute_words(std::span<const Arg> args) {
  std::vector<std::string_view> words;
  words.reserve(args.size());
  for (const Arg& arg : args) words.push_back(arg.view());
  Result<EncodedCommand> command = detail::encode_words(*client_, words);
  if (!command) return fail(std::move(command.error()));
  return detail::run<Reply>(*client_, *command);
}

}  // namespace rediscluster
