#include "cluster/run/node_question.hpp"

#include "routing/judge.hpp"
#include "wire/error_reply.hpp"

namespace rediscluster::cluster {

void NodeQuestion::add(const EncodedCommand& command) {
  bytes_ += command.bytes();
  replies_.emplace_back();
}

void NodeQuestion::start(base::Deadline deadline, base::TimePoint now) {
  use_.emplace(node_->lanes().shared(now));
  ticket_.emplace(std::span<wire::Frame>(replies_));
  use_->lane().start(bytes_, *ticket_, deadline, now);
}

Result<void> NodeQuestion::finish(base::Deadline deadline) {
  use_->lane().finish(*ticket_, deadline);
  use_.reset();
  using State = link::Ticket::State;
  if (ticket_->state() == State::done) return {};
  if (ticket_->state() == State::abandoned) return fail(Errc::timed_out, "no reply in time", node_->address());
  Error error = ticket_->failure();
  error.node = node_->address();
  if (ticket_->turn() == link::Ticket::Turn::refused) error.execution = Execution::executed;
  return fail(std::move(error));
}

Result<void> NodeQuestion::ask(base::Deadline deadline, base::TimePoint now) {
  start(deadline, now);
  if (Result<void> answered = finish(deadline); !answered) return answered;
  return accepted();
}

Result<void> NodeQuestion::accepted() const {
  for (const wire::Frame& reply : replies_) {
    if (reply.is_error()) return fail(wire::error_from_reply(wire::error_text(reply.bytes()), node_->address()));
  }
  return {};
}

bool may_pass(const Error& error) {
  using Kind = routing::Happening::Kind;
  if (error.code == Errc::client_closed || error.code == Errc::unexpected_reply) return false;
  if (error.execution == Execution::executed) return false;  // a page above the limits would be so again
  const auto verdict_on = [&](Kind kind) {
    return routing::judge({kind, error.code, true}, RetryClass::read_only, Resend::reads).action;
  };
  const bool from_server = error.code >= Errc::response_error;
  return verdict_on(from_server ? Kind::error_reply : Kind::not_connected) != routing::Verdict::Action::surface;
}

}  // namespace rediscluster::cluster
