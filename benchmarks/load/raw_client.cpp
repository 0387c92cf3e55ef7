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

 private:
  std::string_view call(std::size_t key, std::string_view request) {
    const std::size_t node = topology_.owner_of(keys_, key);
    std::unique_ptr<RawSocket>& socket = sockets_[node];
    if (socket == nullptr) {
      const Primary& primary = topology_.primaries[node];
      socket = std::make_unique<RawSocket>(primary.host, primary.port);
    }
    socket->send_all(request);
    return socket->receive_reply();
  }

  const Topology& topology_;
  const KeySpace& keys_;
  std::vector<std::unique_ptr<RawSocket>> sockets_;
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
