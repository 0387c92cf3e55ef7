/// A long way to a server: a relay on the loopback that passes every byte on, some time later. A target that is not there
/// ends the connection. Tests only; one thread.
#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/dial.hpp"
#include "support/listener.hpp"

namespace test_support {

class LongRoad {
 public:
  /// @param one_way  how long bytes are under way, there as back.
  LongRoad(rediscluster::NodeAddress target, std::chrono::milliseconds one_way) : target_(std::move(target)), one_way_(one_way) {
    runner_ = std::thread([this] { run(); });
  }
  ~LongRoad() {
    stopping_ = true;
    runner_.join();
  }
  LongRoad(const LongRoad&) = delete;
  LongRoad& operator=(const LongRoad&) = delete;

  rediscluster::NodeAddress address() const { return listener_.address(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Parcel {
    Clock::time_point due;
    std::string bytes;  // none: the end
  };
  struct Connection {
    Connection(int client, int server) : ends{Fd(client), Fd(server)} {}
    std::array<Fd, 2> ends;
    std::array<std::deque<Parcel>, 2> to;  // the end of that number
    std::array<bool, 2> has_ended{false, false};
    bool is_over = false;
  };

  void run() {
    while (!stopping_) {
      std::vector<pollfd> polled{{listener_.fd(), POLLIN, 0}};
      for (const auto& each : connections_) {
        for (std::size_t i = 0; i < 2; ++i) polled.push_back({each->has_ended[i] ? -1 : each->ends[i].get(), POLLIN, 0});
      }
      ::poll(polled.data(), polled.size(), 1);
      const Clock::time_point now = Clock::now();
      for (std::size_t i = 1; i < polled.size(); ++i) {
        if (polled[i].revents != 0) take_in(*connections_[(i - 1) / 2], (i - 1) % 2, now);
      }
      for (const auto& each : connections_) hand_on(*each, now);
      std::erase_if(connections_, [](const auto& each) { return each->is_over; });
      if (polled[0].revents != 0) accept();
    }
  }

  void accept() {
    const int client = listener_.accept();
    const int server = connect_to(target_);
    if (client >= 0 && server >= 0) {
      connections_.push_back(std::make_unique<Connection>(client, server));
    } else {
      for (const int fd : {client, server}) {
        if (fd >= 0) ::close(fd);
      }
    }
  }

  void take_in(Connection& connection, std::size_t from, Clock::time_point now) const {
    std::string bytes(65536, '\0');
    const ssize_t got = ::recv(connection.ends[from].get(), bytes.data(), bytes.size(), 0);
    connection.has_ended[from] = got <= 0;
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    connection.to[1 - from].push_back({now + one_way_, std::move(bytes)});
  }

  static void hand_on(Connection& connection, Clock::time_point now) {
    for (std::size_t i = 0; i < 2; ++i) {
      std::deque<Parcel>& parcels = connection.to[i];
      for (; !parcels.empty() && parcels.front().due <= now; parcels.pop_front()) {
        if (parcels.front().bytes.empty()) {
          connection.is_over = true;
          return;
        }
        send_all(connection.ends[i].get(), parcels.front().bytes);
      }
    }
  }

  static void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  const rediscluster::NodeAddress target_;
  const std::chrono::milliseconds one_way_;
  const Listener listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::atomic<bool> stopping_{false};
  std::thread runner_;
};

}  // namespace test_support
