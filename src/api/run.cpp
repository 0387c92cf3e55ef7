// Runs a command on a client and decodes its reply: instantiated once for each reply type of the generated commands.
#include "api/client.hpp"
#include "cluster/node_directory.hpp"
#include "wire/decode.hpp"

#include <rediscluster/client.hpp>

namespace rediscluster::detail {
namespace {

template <class T>
Result<T> run_and_decode(Client& client, const EncodedCommand& command, const cluster::CallOptions& options) {
  cluster::Call call;
  if (Result<void> done = client.cluster().execute(command, call, options); !done) return fail(std::move(done.error()));
  return wire::decode<T>(call.reply(), command.facts());
}

}  // namespace

template <class T>
Result<T> run(Client& client, const EncodedCommand& command) {
  return run_and_decode<T>(client, command, {});
}

template <class T>
Result<T> run_on_node(Client& client, const EncodedCommand& command, std::string_view node_id) {
  Result<cluster::Node*> node = cluster::find_node(client.cluster(), node_id);
  if (!node) return fail(std::move(node.error()));
  cluster::CallOptions options;
  options.node = *node;
  return run_and_decode<T>(client, command, options);
}

#define REPLY_TYPE(...)                                                             \
  template Result<__VA_ARGS__> run<__VA_ARGS__>(Client&, const EncodedCommand&);    \
  template Result<__VA_ARGS__> run_on_node<__VA_ARGS__>(Client&, const EncodedCommand&, std::string_view);
#include "commands/reply_types.inc"
#undef REPLY_TYPE

}  // namespace rediscluster::detail
