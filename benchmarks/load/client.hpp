/// What the workloads drive: a client that all threads share, and each thread's own session with it.
/// A Client is shared by all threads; a Session belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "load/key_space.hpp"
#include "load/options.hpp"

namespace load {

class Session {
 public:
  virtual ~Session() = default;
  /// Reads key number `key`. True: the value came.
  virtual bool get(std::size_t key) = 0;
  /// Writes it. True: the server said OK.
  virtual bool set(std::size_t key) = 0;

  using Batch = std::span<const std::size_t>;
  /// Reads these keys in one pipeline over all nodes. How many values did not come.
  virtual std::size_t get_batch(Batch keys) = 0;
  /// Writes them likewise. How many times the server did not say OK.
  virtual std::size_t set_batch(Batch keys) = 0;
  /// Reads them as one MGET, or as what the client has for keys of several slots. How many values did not come.
  virtual std::size_t mget(Batch keys) { return get_batch(keys); }
};

class Client {
 public:
  virtual ~Client() = default;
  virtual std::unique_ptr<Session> open_session() = 0;
};

/// Makes a client: connects, learns the topology. Throws std::exception when the cluster cannot be used.
/// The key space must outlive the client.
using MakeClient = std::unique_ptr<Client> (*)(const Options&, const KeySpace&);

std::unique_ptr<Client> make_rediscluster(const Options& options, const KeySpace& keys);
std::unique_ptr<Client> make_rediscluster_futures(const Options& options, const KeySpace& keys);
std::unique_ptr<Client> make_rediscluster_started(const Options& options, const KeySpace& keys);
std::unique_ptr<Client> make_raw(const Options& options, const KeySpace& keys);
std::unique_ptr<Client> make_raw_lead(const Options& options, const KeySpace& keys);
std::unique_ptr<Client> make_hiredis(const Options& options, const KeySpace& keys);

/// By its name on the command line. Throws std::invalid_argument when it was left out of this build.
MakeClient find_client(const std::string& name);

}  // namespace load
