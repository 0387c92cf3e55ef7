#include "cluster/nodes/authentication.hpp"

#include "base/fiber.hpp"
#include "base/wipe.hpp"
#include "wire/error_reply.hpp"

#include <exception>

namespace rediscluster::cluster {
namespace {

Failure bad_provider(const std::string& what) { return fail(Errc::no_auth, "options.credentials " + what); }

// Who we are on a server that has no password for the default user: AUTH without a name is refused there, and connections of
// another user's stay his until this is said.
constexpr std::string_view auth_of_default = "*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$0\r\n\r\n";

// What a server says to a login on one connection of a lane; empty: nothing that matters, or it took it.
struct Answer {
  bool is_late = false;
  std::string refusal{};
};

// The reply is this command's own, whatever else is in flight.
Answer say(drive::CallerLane& lane, std::uint32_t connection, std::string_view auth, base::Deadline deadline) {
  drive::LaneTicket ticket;
  ticket.stay_on(connection);  // a new one says who we are by itself, and would wait for the gate that we hold
  lane.start(auth, ticket, deadline, base::Clock::now());
  lane.finish(ticket, deadline);
  if (ticket.state() != link::Ticket::State::done) return {ticket.state() == link::Ticket::State::abandoned};
  return {false, ticket.reply().is_error() ? std::string(wire::error_text(ticket.reply().bytes())) : std::string()};
}

// Says who we are on one lane.
Result<void> authenticate(Node& node, drive::CallerLane& lane, std::string_view auth, const Credentials& credentials, base::Deadline deadline) {
  const std::uint32_t connection = lane.connection();
  if (connection == 0) return {};
  Answer answer = say(lane, connection, auth, deadline);
  const bool is_unused = link::is_default_user(credentials.username) && wire::says_no_password_is_set(answer.refusal);
  if (!credentials.password.empty() && !answer.is_late) node.note_unused_password(is_unused);
  if (is_unused) answer = node.knows_users() ? say(lane, connection, auth_of_default, deadline) : Answer{};
  if (answer.is_late) return fail(Errc::timed_out, "no answer to AUTH in time");
  if (answer.refusal.empty()) return {};
  link::mask(answer.refusal, credentials.password);
  Error error = wire::error_from_reply(answer.refusal);
  if (error.code == Errc::response_error) error.code = Errc::handshake_failed;
  error.message = "AUTH was refused: " + error.message;
  return fail(std::move(error));
}

Result<void> reauthenticate_node(Node& node, std::string_view auth, const Credentials& credentials, base::Deadline deadline) {
  node.lanes().retire_dedicated();
  if (node.lanes().open_shared() == 0) return {};
  Result<AuthGate::Pass> pass = node.auth_gate().enter(deadline);
  if (!pass) return fail(std::move(pass.error()));
  Result<void> outcome;
  node.lanes().for_each_shared([&](drive::CallerLane& lane) {
    if (outcome) outcome = authenticate(node, lane, auth, credentials, deadline);
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
    return base::call_blocking([&] { return options.credentials(); });
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
  if (!credentials->empty()) {
    const auto login = std::make_shared<const Login>(link::auth_command(credentials->username, credentials->password));
    for (Node* node : nodes.kept()) {
      // One that hangs must not keep the others from hearing it.
      const base::Deadline patience = base::Deadline::after(base::Clock::now(), config.options.socket_connect_timeout);
      Result<void> done = reauthenticate_node(*node, login->auth, *credentials, earlier(deadline, patience));
      if (outcome && !done) outcome = std::move(done);
    }
    if (outcome || !is_refusal_of_credentials(outcome.error().code)) listeners.tell(login);
  }
  base::wipe(credentials->password);
  return outcome;
}

}  // namespace rediscluster::cluster
