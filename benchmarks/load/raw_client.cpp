/// `raw`: each thread has its own blocking socket to each primary, requests are made beforehand, replies are only
/// skipped. Builds no command and returns no value: a bound, not a library.
#include <mutex>
#include <vector>

#include "load/client.hpp"
#include "load/raw_topology.hpp"

namespace load {
namespace {

class RawSession : public Session {
 public:
  /// @param seed  a connection that exists already, and the index of its primary; may be null.
  RawSession(const Topology& topology, const KeySpace& keys, std::unique_ptr<RawSocket> seed, std::size_t seed_index)
      : topology_(topology), keys_(keys), sockets_(topology.primaries.size()) {
    if (seed != nullptr && seed_index < sockets_.size()) sockets_[seed_index] = std::move(seed);
  }

  bool get(std::size_t key) override { return call(key, keys_.get_request(key)).front() == '$'; }
  bool set(std::size_t key) override { return call(key, keys_.set_request(key)).front() == '+'; }

  std::size_t get_batch(Batch keys) override {
    return run_batch(keys, '$', [this](std::size_t key) { return keys_.get_request(key); });
  }
  std::size_t set_batch(Batch keys) override {
    return run_batch(keys, '+', [this](std::size_t key) { return keys_.set_request(key); });
  }

 private:
  std::string_view call(std::size_t key, std::string_view request) {
    RawSocket& socket = socket_of(topology_.owner_of(keys_, key));
    socket.send_all(request);
    return socket.receive_reply();
  }

  /// All nodes are written to before the first reply is read.
  template <class Request>
  std::size_t run_batch(Batch keys, char good, Request&& request) {
    batches_.resize(sockets_.size());
    for (Gathered& batch : batches_) {
      batch.bytes.clear();
      batch.replies = 0;
    }
    for (const std::size_t key : keys) {
      Gathered& batch = batches_[topology_.owner_of(keys_, key)];
      batch.bytes += request(key);
      ++batch.replies;
    }
    for (std::size_t node = 0; node < batches_.size(); ++node) {
      if (batches_[node].replies != 0) socket_of(node).send_all(batches_[node].bytes);
    }
    std::size_t bad = 0;
    for (std::size_t node = 0; node < batches_.size(); ++node) {
      for (std::size_t i = 0; i < batches_[node].replies; ++i) bad += sockets_[node]->receive_reply().front() != good;
    }
    return bad;
  }

  RawSocket& socket_of(std::size_t node) {
    std::unique_ptr<RawSocket>& socket = sockets_[node];
    if (socket == nullptr) {
      const Primary& primary = topology_.primaries[node];
      socket = std::make_unique<RawSocket>(primary.host, primary.port);
    }
    return *socket;
  }

  struct Gathered {
    std::string bytes;
    std::size_t replies = 0;
  };

  const Topology& topology_;
  const KeySpace& keys_;
  std::vector<std::unique_ptr<RawSocket>> sockets_;
  std::vector<Gathered> batches_;  // one a node; kept, so that their memory is used again
};

class RawClient : public Client {
 public:
  RawClient(const Options& options, const KeySpace& keys)
      : keys_(keys),
        seed_(std::make_unique<RawSocket>(options.host, options.port)),
        topology_(ask_topology(*seed_, options.host)) {
    while (seed_index_ < topology_.primaries.size() && topology_.primaries[seed_index_].port != options.port)
      ++seed_index_;
  }

  std::unique_ptr<Session> open_session() override {
    const std::lock_guard lock(mutex_);
    return std::make_unique<RawSession>(topology_, keys_, std::move(seed_), seed_index_);
  }

 private:
  const KeySpace& keys_;
  std::mutex mutex_;  // guards seed_, which the first session takes
  std::unique_ptr<RawSocket> seed_;
  Topology topology_;
  std::size_t seed_index_ = 0;
};

}  // namespace

std::unique_ptr<Client> make_raw(const Options& options, const KeySpace& keys) {
  return std::make_unique<RawClient>(options, keys);
}

}  // namespace load
