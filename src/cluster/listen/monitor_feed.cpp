#include "cluster/listen/monitor_feed.hpp"

#include "cluster/run/caller_limits.hpp"
#include "wire/error_reply.hpp"
#include "wire/monitor_line.hpp"

namespace rediscluster::cluster {
namespace {

constexpr std::string_view monitor_command = "*1\r\n$7\r\nMONITOR\r\n";
constexpr std::size_t receive_size = 64 * 1024;
// close() of the client wakes nobody here: who waits looks up now and then.
constexpr std::chrono::milliseconds look_interval{50};

Error lost(const net::Socket::Transfer& transfer) {
  return {Errc::connection_lost, "MONITOR: connection lost: " + net::Socket::describe(transfer), {}, 1, Execution::not_executed};
}

}  // namespace

Result<void> MonitorFeed::open(const std::vector<Node*>& nodes, base::Deadline deadline) {
  for (Node* node : nodes) node->keep();  // the last ones wait for the others
  for (Node* node : nodes) {
    if (Result<void> added = add(*node, deadline); !added) {
      sources_.clear();
      added.error().node = node->address();
      return added;
    }
  }
  return {};
}

Result<void> MonitorFeed::add(Node& node, base::Deadline deadline) {
  Result<net::Socket> socket = node.dial_dedicated(deadline);
  if (!socket) return fail(std::move(socket.error()));
  Source source{&node, std::move(*socket)};
  const net::Socket::Transfer sent = source.socket.send(monitor_command);
  if (sent.status != net::Socket::Status::ok || sent.size != monitor_command.size()) return fail(lost(sent));
  Result<std::string> answer = first_line(source, deadline);
  if (!answer) return fail(std::move(answer.error()));
  if (answer->starts_with('-')) {
    Error error = wire::error_from_reply(std::string_view(*answer).substr(1), node.address());
    error.message = "MONITOR: " + error.message;
    return fail(std::move(error));
  }
  if (*answer != "+OK") return fail(Errc::unexpected_reply, "MONITOR: the server did not answer OK");
  std::lock_guard lock{mutex_};
  sources_.push_back(std::move(source));
  return {};
}

void MonitorFeed::leave_out(std::size_t index) {
  std::lock_guard lock{mutex_};
  sources_.erase(sources_.begin() + static_cast<std::ptrdiff_t>(index));
}

Result<std::string> MonitorFeed::first_line(Source& source, base::Deadline deadline) {
  for (;;) {
    if (std::optional<std::string> line = take_line(source)) return std::move(*line);
    if (deadline.passed(base::Clock::now())) return fail(Errc::timed_out, "MONITOR: no answer in time");
    if (Result<void> received = receive(source, deadline); !received) return fail(std::move(received.error()));
  }
}

std::optional<std::string> MonitorFeed::take_line(Source& source) {
  const std::size_t end = source.bytes.find("\r\n", source.looked);
  if (end == std::string::npos) {
    source.bytes.erase(0, source.begin);
    source.begin = 0;
    source.looked = source.bytes.empty() ? 0 : source.bytes.size() - 1;  // the '\r' may be the last byte
    return std::nullopt;
  }
  std::string line = source.bytes.substr(source.begin, end - source.begin);
  source.begin = source.looked = end + 2;
  return line;
}

// At most one block; nothing at all when there is nothing by the deadline.
Result<void> MonitorFeed::receive(Source& source, base::Deadline deadline) const {
  if (source.bytes.size() > cluster_.config().limits.max_reply_bytes) {
    return fail(Errc::protocol_error, "MONITOR: a line is longer than max_reply_bytes");
  }
  const std::size_t filled = source.bytes.size();
  source.bytes.resize(filled + receive_size);
  const net::Socket::Transfer transfer = source.socket.receive(source.bytes.data() + filled, receive_size, deadline);
  const bool has_bytes = transfer.status == net::Socket::Status::ok;
  source.bytes.resize(filled + (has_bytes ? transfer.size : 0));
  if (has_bytes || transfer.status == net::Socket::Status::timed_out || transfer.status == net::Socket::Status::would_block) return {};
  return fail(lost(transfer));
}

Result<std::optional<MonitorLine>> MonitorFeed::parse(std::size_t index, std::string_view line) {
  const NodeAddress node = sources_[index].node->address();
  std::optional<MonitorLine> parsed = line.starts_with('+') ? wire::parse_monitor_line(line.substr(1)) : std::nullopt;
  if (!parsed) {
    leave_out(index);
    return fail(Errc::protocol_error, "MONITOR: the server sent what is no line of MONITOR", node);
  }
  parsed->node = node;
  return parsed;
}

Result<std::optional<MonitorLine>> MonitorFeed::next(base::Deadline deadline) {
  while (!is_over()) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const std::size_t index = (turn_ + i) % sources_.size();
      const std::optional<std::string> line = take_line(sources_[index]);
      if (!line) continue;
      turn_ = index + 1;
      return parse(index, *line);
    }
    if (deadline.passed(base::Clock::now())) break;
    if (std::optional<Error> over = CallerLimits::why_over()) return fail(std::move(*over));
    if (Result<void> received = wait_for_more(deadline); !received) return fail(std::move(received.error()));
  }
  return std::optional<MonitorLine>{};
}

// Nobody has a whole line. What a socket holds already is taken first: poll() does not know of bytes that TLS has decrypted.
Result<void> MonitorFeed::receive_from_all(bool& any) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const std::size_t before = sources_[i].bytes.size();
    Result<void> received = receive(sources_[i], base::Deadline::at(base::TimePoint::min()));
    if (!received) {
      if (is_over()) return {};  // it is we who shut it down
      sources_[i].node->note_loss(received.error());
      received.error().node = sources_[i].node->address();
      leave_out(i);
      return received;
    }
    any = any || sources_[i].bytes.size() > before;
  }
  return {};
}

Result<void> MonitorFeed::wait_for_more(base::Deadline deadline) {
  bool any = false;
  if (Result<void> received = receive_from_all(any); !received || any) return received;
  std::vector<net::Watch> watches;
  for (const Source& source : sources_) watches.push_back({.socket = &source.socket});
  poller_.wait(watches, CallerLimits::apply(earlier(deadline, base::Deadline::after(base::Clock::now(), look_interval))));
  return {};
}

void MonitorFeed::close() {
  closed_.store(true, std::memory_order_release);
  {
    std::lock_guard lock{mutex_};
    for (Source& source : sources_) source.socket.shutdown();
  }
  poller_.wake();
}

}  // namespace rediscluster::cluster
