/// `raw` for the workload async: one epoll loop, a socket to each primary, requests made beforehand, replies only skipped; one receive and
/// one send a socket and turn.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "load/async.hpp"
#include "load/key_stream.hpp"
#include "load/meter.hpp"
#include "load/raw_topology.hpp"

namespace load {
namespace {

struct Wire {
  std::unique_ptr<RawSocket> socket;
  std::string pending;
  std::vector<char> received = std::vector<char>(64 * 1024);
  std::size_t begin = 0;
  std::size_t end = 0;
};

class RawEpoll final : public AsyncClient {
 public:
  RawEpoll(const Options& options, const KeySpace& keys) : keys_(keys), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::runtime_error("epoll_create1: " + std::string(std::strerror(errno)));
    RawSocket seed(options.host, options.port);
    topology_ = ask_topology(seed, options.host);
    wires_.resize(topology_.primaries.size());
    for (std::size_t i = 0; i < wires_.size(); ++i) {
      wires_[i].socket = std::make_unique<RawSocket>(topology_.primaries[i].host, topology_.primaries[i].port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wires_[i].socket->descriptor(), &event);
    }
  }
  ~RawEpoll() override { ::close(epoll_); }

  AsyncRun run(std::size_t in_flight, double seconds, std::uint64_t limit) override {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    run_ = {};
    begun_ = 0;
    limit_ = limit;
    is_over_ = false;
    for (std::size_t i = 0; i < in_flight; ++i) begin_one();
    while (run_.operations < begun_) {
      for (Wire& wire : wires_) flush(wire);
      epoll_event events[16];
      const int count = ::epoll_wait(epoll_, events, 16, -1);
      is_over_ = is_over_ || Clock::now() >= end;
      for (int i = 0; i < count; ++i) receive(wires_[events[i].data.u64]);
    }
    return run_;
  }

 private:
  void begin_one() {
    if (is_over_ || begun_ >= limit_) return;
    ++begun_;
    const std::size_t key = next_keys_.next();
    wires_[topology_.owner_of(keys_, key)].pending += keys_.get_request(key);
  }
  static void flush(Wire& wire) {
    if (wire.pending.empty()) return;
    const ssize_t sent = ::send(wire.socket->descriptor(), wire.pending.data(), wire.pending.size(), MSG_NOSIGNAL);
    if (sent > 0) wire.pending.erase(0, static_cast<std::size_t>(sent));
  }
  void receive(Wire& wire) {
    if (wire.begin == wire.end) wire.begin = wire.end = 0;
    if (wire.end == wire.received.size()) {
      std::memmove(wire.received.data(), wire.received.data() + wire.begin, wire.end - wire.begin);
      wire.end -= wire.begin;
      wire.begin = 0;
    }
    const ssize_t got = ::recv(wire.socket->descriptor(), wire.received.data() + wire.end, wire.received.size() - wire.end, 0);
    if (got <= 0) throw std::runtime_error("raw: a server closed the connection");
    wire.end += static_cast<std::size_t>(got);
    for (;;) {
      const std::string_view unread(wire.received.data() + wire.begin, wire.end - wire.begin);
      const std::size_t size = unread.empty() ? 0 : reply_length(unread);
      if (size == 0) return;
      if (unread.front() != '$') ++run_.errors;
      ++run_.operations;
      wire.begin += size;
      begin_one();
    }
  }

  const KeySpace& keys_;
  const int epoll_;
  Topology topology_;
  std::vector<Wire> wires_;
  KeyStream next_keys_{keys_};
  AsyncRun run_;
  std::uint64_t begun_ = 0;
  std::uint64_t limit_ = 0;
  bool is_over_ = false;
};

}  // namespace

std::unique_ptr<AsyncClient> make_raw_epoll(const Options& options, const KeySpace& keys) { return std::make_unique<RawEpoll>(options, keys); }

}  // namespace load
