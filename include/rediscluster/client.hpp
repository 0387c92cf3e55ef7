/// The seam between the public surfaces and the library: how a command value is run by a client.
/// Surfaces use it; users rarely need it.
#pragma once

#include <rediscluster/types/cluster.hpp>
#include <rediscluster/command.hpp>
#include <rediscluster/options.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/reply_decoder.hpp>
#include <rediscluster/options/run.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace rediscluster::detail {

class Client;  // src/api/client.hpp

struct DeleteClient {
  void operator()(Client* client) const;
};
using ClientPointer = std::unique_ptr<Client, DeleteClient>;

/// What a client that was moved from goes on with: one that is closed. Never destroyed.
Client* closed_client() noexcept;
/// Closes it. What was made by it (pipelines, locks, ...) keeps its memory alive and finds it closed.
/// @param owner  who let go of it, at the end of his life; null: nobody in particular. Of an owner in static storage the memory stays, too:
///               other threads may go on while the process ends.
void end_client(Client* client, const void* owner) noexcept;

/// The one owner of a client.
class ClientOwner {
 public:
  explicit ClientOwner(ClientPointer client) noexcept : client_(client.release()) {}
  ClientOwner(ClientOwner&& other) noexcept : client_(std::exchange(other.client_, closed_client())) {}
  ClientOwner& operator=(ClientOwner&& other) noexcept {
    if (this != &other) end_client(std::exchange(client_, std::exchange(other.client_, closed_client())), nullptr);
    return *this;
  }
  ~ClientOwner() { end_client(client_, this); }
  Client& operator*() const { return *client_; }

 private:
  Client* client_;
};

/// What stands behind a surface; the same name for those of asynchronous ones.
inline Client& client_of(Client& client) { return client; }

/// For what may outlive the owner.
std::shared_ptr<Client> share(Client& client);

/// The outcome of a surface that throws: the reply itself.
template <class T>
using Plain = T;

/// Errors: Errc::bad_option, no_seeds, no_reachable_node, not_cluster_mode, and what the handshake met.
Result<ClientPointer> make_client(const Options& options);

/// Runs a command and decodes its reply. Defined for the reply types of the generated commands, and for Reply: see Raw.
/// Threads: any number at once.
template <class T>
Result<T> run(Client& client, const EncodedCommand& command);
/// The same with what the caller says about this call.
template <class T>
Result<T> run_with(Client& client, const EncodedCommand& command, const RunOptions& options);

/// The same on exactly the node with this id, never redirected. Errors also: Errc::unknown_node.
Result<bool> run_on_node(Client& client, const EncodedCommand& command, std::string_view node_id);

/// What would happen to the command; sends nothing. A command that is not in the library's table is not looked up.
std::string explain(const Client& client, const EncodedCommand& command);

/// Finds the cluster, if that has not happened yet. Errors: see RedisCluster.
Result<void> connect(Client& client);
/// "RedisCluster<127.0.0.1:7000, ...>"
std::string describe(const Client& client);
ClientStats stats(Client& client);
void close(Client& client);
Result<void> refresh_credentials(Client& client);

}  // namespace rediscluster::detail
