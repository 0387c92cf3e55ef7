#include "load/raw_topology.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace load {
namespace {

constexpr std::size_t fill_batch = 500;  // small enough for the socket buffers: written whole, then read
constexpr std::size_t sample_distance = 97;

/// Walks over a reply that is known to be whole.
class Walk {
 public:
  explicit Walk(std::string_view bytes) : rest_(bytes) {}

  /// The number behind the type sign: an integer, or the length of an array.
  long number(char type) {
    if (rest_.empty() || rest_.front() != type) throw std::runtime_error("CLUSTER SLOTS: unexpected reply");
    long value = 0;
    const std::size_t end = rest_.find('\n');
    std::from_chars(rest_.data() + 1, rest_.data() + end - 1, value);
    rest_.remove_prefix(end + 1);
    return value;
  }
  std::string text() {
    const long size = number('$');
    if (size < 0) return {};
    std::string value(rest_.substr(0, static_cast<std::size_t>(size)));
    rest_.remove_prefix(static_cast<std::size_t>(size) + 2);
    return value;
  }
  void skip() { rest_.remove_prefix(reply_length(rest_)); }

 private:
  std::string_view rest_;
};

std::size_t index_of(std::vector<Primary>& primaries, const std::string& host, int port) {
  const auto same = [&](const Primary& primary) { return primary.host == host && primary.port == port; };
  const auto found = std::ranges::find_if(primaries, same);
  if (found != primaries.end()) return static_cast<std::size_t>(found - primaries.begin());
  primaries.push_back({host, port});
  return primaries.size() - 1;
}

/// The same pipelined requests for a range of keys, each at the owner; calls check(reply) for every reply.
template <class Request, class Check>
void ask_owners(const Topology& topology, std::vector<std::unique_ptr<RawSocket>>& sockets, const KeySpace& keys,
                const std::vector<std::size_t>& chosen, Request request, Check check) {
  std::vector<std::string> batches(sockets.size());
  std::vector<int> expected(sockets.size());
  for (std::size_t key : chosen) {
    const std::size_t node = topology.owner_of(keys, key);
    batches[node] += request(key);
    ++expected[node];
  }
  for (std::size_t node = 0; node < sockets.size(); ++node) sockets[node]->send_all(batches[node]);
  for (std::size_t node = 0; node < sockets.size(); ++node) {
    for (int left = expected[node]; left > 0; --left) check(sockets[node]->receive_reply());
  }
}

}  // namespace

Topology ask_topology(RawSocket& socket, const std::string& seed_host) {
  socket.send_all(encode_request({"CLUSTER", "SLOTS"}));
  const std::string_view reply = socket.receive_reply();
  if (reply.starts_with('-')) throw std::runtime_error("CLUSTER SLOTS: " + std::string(reply));
  Topology topology;
  Walk walk(reply);
  for (long ranges = walk.number('*'); ranges > 0; --ranges) {
    long replicas_left = walk.number('*') - 3;
    const long first = walk.number(':');
    const long last = walk.number(':');
    long parts_left = walk.number('*') - 2;
    const std::string host = walk.text();
    const int port = static_cast<int>(walk.number(':'));
    for (; parts_left > 0; --parts_left) walk.skip();
    for (; replicas_left > 0; --replicas_left) walk.skip();
    const std::size_t index = index_of(topology.primaries, host.empty() ? seed_host : host, port);
    std::fill(topology.owner.begin() + first, topology.owner.begin() + last + 1, static_cast<std::uint8_t>(index));
  }
  if (topology.primaries.empty()) throw std::runtime_error("CLUSTER SLOTS: no slot has an owner");
  return topology;
}

void fill_missing_keys(const Options& options, const KeySpace& keys) {
  RawSocket seed(options.host, options.port);
  const Topology topology = ask_topology(seed, options.host);
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (const Primary& primary : topology.primaries) {
    sockets.push_back(std::make_unique<RawSocket>(primary.host, primary.port));
  }
  bool all_there = true;
  const std::string length = ":" + std::to_string(keys.value().size()) + "\r\n";
  std::vector<std::size_t> chosen;
  for (std::size_t key = 0; key < keys.size(); key += sample_distance) chosen.push_back(key);
  ask_owners(
      topology, sockets, keys, chosen,
      [&](std::size_t key) {
        return encode_request({"STRLEN", keys.key(key)});
      },
      [&](std::string_view reply) { all_there = all_there && reply == length; });
  if (all_there) return;
  for (std::size_t first = 0; first < keys.size(); first += fill_batch) {
    chosen.clear();
    for (std::size_t key = first; key < std::min(first + fill_batch, keys.size()); ++key) chosen.push_back(key);
    ask_owners(
        topology, sockets, keys, chosen,
        [&](std::size_t key) {
          return encode_request({"SET", keys.key(key), keys.value()});
        },
        [](std::string_view reply) {
          if (!reply.starts_with('+')) throw std::runtime_error("filling the keys: " + std::string(reply));
        });
  }
}

}  // namespace load
