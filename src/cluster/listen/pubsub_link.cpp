#include "cluster/listen/pubsub_link.hpp"

#include "cluster/start_thread.hpp"
#include "link/error_at_any_cost.hpp"

namespace rediscluster::cluster {

PubSubLink::~PubSubLink() {
  if (connector_.joinable()) connector_.join();
}

void PubSubLink::connect(base::Deadline deadline) {
  phase_ = Phase::connecting;
  ++attempts;
  Result<base::Flow> started = start_flow([this, deadline] {
    base::set_runs_for(&poller_);
    Result<net::Socket> socket = link::result_at_any_cost("connecting failed", node_.address(), [&] { return node_.dial_dedicated(deadline); });
    {
      std::lock_guard lock{mutex_};
      connected_.emplace(std::move(socket));
    }
    poller_.wake();
  });
  if (started) {
    connector_ = std::move(*started);
    return;
  }
  std::lock_guard lock{mutex_};
  connected_.emplace(fail(std::move(started.error())));
}

std::optional<Result<void>> PubSubLink::finish_connecting(base::TimePoint now) {
  std::optional<Result<net::Socket>> outcome;
  {
    std::lock_guard lock{mutex_};
    if (!connected_) return std::nullopt;
    outcome = std::move(connected_);
    connected_.reset();
  }
  if (connector_.joinable()) connector_.join();
  if (!*outcome) {
    login.reset();
    phase_ = Phase::closed;
    return Result<void>(fail(std::move(outcome->error())));
  }
  socket_ = std::move(**outcome);
  phase_ = Phase::open;
  last_heard = now;
  may_have_more = true;  // TLS may have received more than the handshake
  return Result<void>();
}

void PubSubLink::close() {
  socket_.close();
  line_ = pubsub::Line(limits_);
  login.reset();
  may_have_more = has_unread = false;
  asked_at = base::TimePoint::max();
  phase_ = Phase::closed;
}

Result<void> PubSubLink::flush() {
  while (!line_.unsent().empty()) {
    const net::Socket::Transfer transfer = socket_.send(line_.unsent());
    line_.sent(transfer.size);
    if (transfer.status == net::Socket::Status::would_block) return {};
    if (transfer.status != net::Socket::Status::ok) return fail(Errc::connection_lost, net::Socket::describe(transfer), node_.address());
  }
  return {};
}

Result<bool> PubSubLink::receive(base::TimePoint now) {
  const pubsub::Line::Space space = line_.receive_space();
  const net::Socket::Transfer transfer = socket_.receive(space.data, space.size, base::Deadline::at(now));
  may_have_more = false;
  if (transfer.status == net::Socket::Status::timed_out || transfer.status == net::Socket::Status::would_block) return false;
  if (transfer.status != net::Socket::Status::ok) return fail(Errc::connection_lost, net::Socket::describe(transfer), node_.address());
  may_have_more = transfer.size == space.size || socket_.is_secure();  // poll tells of everything else
  line_.received(transfer.size);
  last_heard = now;
  attempts = 0;
  return true;
}

}  // namespace rediscluster::cluster
