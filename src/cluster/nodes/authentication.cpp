#include "cluster/nodes/authentication.hpp"

#include "base/wipe.hpp"
#include "wire/error_reply.hpp"

#include <exception>

namespace rediscluster::cluster {
namespace {

Failure bad_provider(const std::string& what) { return fail(Errc::no_auth, "options.credentials " + what); }

// Says who we are on one lane. The reply is this command's own, whatever else is in flight.
Result<void> authenticate(drive::CallerLane& lane, std::string_view auth, const std::string& password, base::Deadline deadline) {
  const std::uint32_t connection = lane.connection();
  if (connection == 0) return {};
  drive::LaneTicket ticket;
  ticket.stay_on(connection);  // a new one says who we are by itself, and would wait for the gate that we hold
  lane.start(auth, ticket, deadline, base::Clock::now());
  lane.finish(ticket, deadline);
  if (ticket.state() == link::Ticket::State::abandoned) return fail(Errc::timed_out, "no answer to AUTH in time");
  if (ticket.state() != link::Ticket::State::done || !ticket.reply().is_error()) return {};
  std::string said(wire::error_text(ticket.reply().bytes()));
  link::mask(said, password);
  Error error = wire::error_from_reply(said);
  if (error.code == Errc::response_error) error.code = Errc::handshake_failed;
  error.message = "AUTH was refused: " + error.message;
  return fail(std::move(error));
}

Result<void> reauthenticate_node(Node& node, std::string_view auth, const std::string& password, base::Deadline deadline) {
  node.lanes().retire_dedicated();
  if (node.lanes().open_shared() == 0) return {};
  Result<AuthGate::Pass> pass = node.auth_gate().enter(deadline);
  if (!pass) return fail(std::move(pass.error()));
  Result<void> outcome;
  node.lanes().for_each_shared([&](drive::CallerLane& lane) {
    if (outcome) outcome = authenticate(lane, auth, password, deadline);
  });
  if (outcome) return outcome;
  outcome.error().node = node.address();
  if (is_refusal_of_credentials(outcome.error().code)) pass->refused(outcome.error(), base::Clock::now());
  return outcome;
}

}  // namespace

Result<Credentials> ask_for_credentials(const Options& options) {
  if (!options.credentials) return Credentials{options.username, options.password};
  try {
    return options.credentials();
  } catch (const std::exception& error) {
    return bad_provider("threw an exception: " + std::string(error.what()));
  } catch (...) {
    return bad_provider("threw something that is no std::exception");
  }
}

Result<void> reauthenticate(const Config& config, NodeTable& nodes, const LoginListeners& listeners, base::Deadline deadline) {
  Result<Credentials> credentials = ask_for_credentials(config.options);
  if (!credentials) return fail(std::move(credentials.error()));
  Result<void> outcome;
  if (!credentials->password.empty()) {
    const auto login = std::make_shared<const Login>(link::auth_command(credentials->username, credentials->password));
    for (Node* node : nodes.all()) {
      // One that hangs must not keep the others from hearing it.
      const base::Deadline patience = base::Deadline::after(base::Clock::now(), config.options.socket_connect_timeout);
      Result<void> done = reauthenticate_node(*node, login->auth, credentials->password, earlier(deadline, patience));
      if (outcome && !done) outcome = std::move(done);
    }
    if (outcome || !is_refusal_of_credentials(outcome.error().code)) listeners.tell(login);
  }
  base::wipe(credentials->password);
  return outcome;
}

}  // namespace rediscluster::cluster
