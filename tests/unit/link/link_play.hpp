/// A Link with its two ends in the hands of a test: what it sends is collected, what it receives is given in pieces.
/// One thread.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "link/link.hpp"
#include "support/reply_text.hpp"

namespace rediscluster::link {

class LinkPlay {
 public:
  explicit LinkPlay(const wire::Limits& limits = {}) : link(limits) {}

  /// Hands everything to the kernel; returns the bytes.
  std::string send_all() {
    std::string bytes;
    while (link.wants_write()) {
      const std::string_view staged = link.stage();
      bytes += staged;
      link.sent(staged.size());
    }
    return bytes;
  }
  /// Hands at most `size` bytes to the kernel.
  void send(std::size_t size) {
    while (size > 0 && link.wants_write()) {
      const std::size_t taken = std::min(size, link.stage().size());
      link.sent(taken);
      size -= taken;
    }
  }
  /// Receives `bytes` in pieces of at most `piece`.
  Link::Feed receive(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    while (!bytes.empty()) {
      const Link::Space space = link.receive_space();
      const std::size_t size = std::min({piece, bytes.size(), space.size});
      std::memcpy(space.data, bytes.data(), size);
      TicketList list;
      const Link::Feed feed = link.received(size, list);
      collect(list);
      if (feed == Link::Feed::broken) return feed;
      bytes.remove_prefix(size);
    }
    return Link::Feed::fine;
  }
  void fail(const Error& reason = {Errc::connection_lost, "cut", {}, 0, Execution::maybe_executed}) {
    TicketList list;
    link.fail(reason, list);
    collect(list);
  }

  Link link;
  std::vector<const Ticket*> finished;  // in the order they left the line

 private:
  void collect(TicketList& list) {
    while (Ticket* ticket = list.pop()) finished.push_back(ticket);
  }
};

using test_support::bulk;

}  // namespace rediscluster::link
