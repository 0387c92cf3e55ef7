#include "routing/judge.hpp"

#include "commands/letter_case.hpp"

namespace rediscluster::routing {
namespace {

using Action = Verdict::Action;

constexpr Verdict surface(Execution execution) { return {Action::surface, false, false, false, execution}; }
constexpr Verdict redirect(bool asking) { return {Action::redirect, asking, !asking, !asking, Execution::not_executed}; }
constexpr Verdict again_with_refresh() { return {Action::again, false, false, true, Execution::not_executed}; }
constexpr Verdict backoff(bool refresh, Execution execution = Execution::not_executed) {
  return {Action::backoff, false, false, refresh, execution};
}

// Most errors say that the command would run elsewhere or later. What may have run is done with, whatever word the error begins with.
Verdict judge_error_reply(Errc code, bool may_have_run) {
  if (may_have_run) return surface(Execution::maybe_executed);
  switch (code) {
    case Errc::moved: return redirect(false);
    case Errc::ask: return redirect(true);
    case Errc::try_again: return backoff(false);  // half of a multi-key command's keys have moved: the rest will follow
    case Errc::busy: return backoff(false);       // a script runs; the topology is not to blame
    case Errc::cluster_down:
    case Errc::loading:
    case Errc::master_down:
    case Errc::no_replicas:
    case Errc::read_only: return backoff(true);
    case Errc::unblocked: return again_with_refresh();  // the server became a replica while the command waited
    default: return surface(Execution::not_executed);
  }
}

// Trying again cannot help when the server understood us and said no.
Verdict judge_not_connected(Errc code) {
  switch (code) {
    case Errc::wrong_password:
    case Errc::no_auth:
    case Errc::no_permission:
    case Errc::client_closed:
    case Errc::tls_failed:
    case Errc::not_allowed:
    case Errc::cancelled:
    case Errc::too_many_in_flight:
    case Errc::handshake_failed: return surface(Execution::not_executed);
    case Errc::too_many_connections: return backoff(false);  // the client's own bound; a place may fall free
    default: return backoff(true);
  }
}

Verdict judge_in_doubt(bool was_sent, RetryClass retry, Resend allowed) {
  if (!was_sent) return backoff(true);  // a server cannot run an incomplete command
  if (may_resend(retry, allowed)) return backoff(true, Execution::maybe_executed);
  Verdict verdict = surface(Execution::maybe_executed);
  verdict.refresh = true;
  return verdict;
}

}  // namespace

bool may_resend(RetryClass retry, Resend allowed) {
  switch (allowed) {
    case Resend::everything: return retry != RetryClass::once;
    case Resend::idempotent_writes: return retry == RetryClass::read_only || retry == RetryClass::idempotent;
    case Resend::reads: return retry == RetryClass::read_only;
  }
  return false;
}

Verdict judge(const Happening& happening, RetryClass retry, Resend allowed) {
  switch (happening.kind) {
    case Happening::Kind::error_reply: return judge_error_reply(happening.code, happening.may_have_run);
    case Happening::Kind::not_connected: return judge_not_connected(happening.code);
    case Happening::Kind::connection_lost:
      if (happening.code == Errc::client_closed || happening.code == Errc::cancelled) {
        return surface(happening.was_sent ? Execution::maybe_executed : Execution::not_executed);
      }
      if (happening.was_refused_here) return surface(Execution::maybe_executed);
      if (happening.ends_connection && happening.was_sent) return {Action::done, false, false, true, Execution::executed};
      return judge_in_doubt(happening.was_sent, retry, allowed);
    case Happening::Kind::timed_out: return judge_in_doubt(happening.was_sent, retry, allowed);
  }
  return surface(Execution::maybe_executed);
}

bool asks_for_the_end(const CommandView& command) {
  if (command.facts().name != "SHUTDOWN") return false;
  auto words = command.arguments();
  for (std::string_view word; words.next(word);) {
    if (equals_ignoring_case(word, "ABORT")) return false;
  }
  return true;
}

}  // namespace rediscluster::routing
