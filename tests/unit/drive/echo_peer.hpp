/// A peer for lanes on the loopback. Commands are lines; each line is answered with itself as a bulk string, unless the
/// test's `react` says otherwise. A thread per connection; all joined at the end. Any thread may ask what happened.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "net/socket.hpp"
#include "support/reply_text.hpp"

namespace rediscluster::drive {

using test_support::bulk;

struct EchoReaction {
  std::string bytes{};
  bool close = false;                  ///< after the bytes
  std::chrono::milliseconds delay{0};  ///< before the bytes
};

class EchoPeer {
 public:
  using Reaction = EchoReaction;
  /// @param connection  1: the first one accepted.
  /// @param number      1: the first line of this connection.
  using React = std::function<Reaction(int connection, int number, const std::string& line)>;

  explicit EchoPeer(React react = [](int, int, const std::string& line) { return Reaction{bulk(line)}; })
      : react_(std::move(react)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 64);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~EchoPeer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close_all();
    for (std::thread& each : connections_) each.join();
    ::close(listener_);
  }
  EchoPeer(const EchoPeer&) = delete;
  EchoPeer& operator=(const EchoPeer&) = delete;

  NodeAddress address() const { return {"127.0.0.1", port_}; }
  int accepted() const { return accepted_; }
  /// Whether this line was read whole: then the command has run.
  bool has_run(const std::string& line) const {
    std::lock_guard lock{mutex_};
    return run_.count(line) > 0;
  }
  std::size_t lines_run() const {
    std::lock_guard lock{mutex_};
    return run_.size();
  }
  int times_run(const std::string& line) const {
    std::lock_guard lock{mutex_};
    return static_cast<int>(run_.count(line));
  }
  /// Ends all connections with a FIN.
  void close_all() {
    std::lock_guard lock{mutex_};
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  /// true: nothing more is read from any connection until false. In force when this returns.
  void hold(bool holding) {
    holding_ = holding;
    const auto all_stand_as_told = [&] {
      std::lock_guard lock{mutex_};
      return held_ == (holding ? static_cast<int>(open_.size()) : 0);
    };
    for (int i = 0; i < 10'000 && !all_stand_as_told(); ++i) ::poll(nullptr, 0, 1);
  }
  /// Bytes nobody asked for, on every connection. They have arrived when this returns.
  void say(std::string_view bytes) {
    std::lock_guard lock{mutex_};
    for (const int fd : open_) (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0 || stopping_) {
        if (fd >= 0) ::close(fd);
        return;
      }
      const int connection = ++accepted_;
      std::lock_guard lock{mutex_};
      open_.insert(fd);
      connections_.emplace_back([this, fd, connection] { serve(fd, connection); });
    }
  }

  void serve(int fd, int connection) {
    std::string input;
    char buffer[65536];
    int number = 0;
    bool open = true;
    while (open) {
      if (holding_) {
        ++held_;
        while (holding_ && !stopping_) ::poll(nullptr, 0, 1);
        --held_;
      }
      pollfd readable{fd, POLLIN, 0};
      if (::poll(&readable, 1, 1) == 0) continue;
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      input.append(buffer, static_cast<std::size_t>(got));
      std::string output;
      std::size_t begin = 0;
      for (std::size_t end = input.find('\n'); open && end != std::string::npos; end = input.find('\n', begin)) {
        const std::string line = input.substr(begin, end - begin);
        begin = end + 1;
        {
          std::lock_guard lock{mutex_};
          run_.insert(line);
        }
        const Reaction reaction = react_(connection, ++number, line);
        if (reaction.delay.count() > 0) {
          open = send_all(fd, output);
          output.clear();
          ::poll(nullptr, 0, static_cast<int>(reaction.delay.count()));
        }
        output += reaction.bytes;
        open = open && !reaction.close;
      }
      input.erase(0, begin);
      open = send_all(fd, output) && open;
    }
    std::lock_guard lock{mutex_};
    open_.erase(fd);
    ::close(fd);
  }

  static bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  const React react_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> holding_{false};
  std::atomic<int> held_{0};
  std::atomic<int> accepted_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::set<int> open_;
  std::multiset<std::string> run_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace rediscluster::drive
