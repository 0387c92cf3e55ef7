#include "routing/judge.hpp"

namespace rediscluster::routing {
namespace {

using Action = Verdict::Action;

constexpr Verdict surface(Execution execution) { return {Action::surface, false, false, false, execution}; }
constexpr Verdict redirect(bool asking) { return {Action::redirect, asking, !asking, !asking, Execution::not_executed}; }
constexpr Verdict again_with_refresh() { return {Action::again, false, false, true, Execution::not_executed}; }
constexpr Verdict backoff(bool refresh, Execution execution = Execution::not_executed) {
  return {Action::backoff, false, false, refresh, execution};
}

// A script's own error says nothing about what it wrote before. These come before its first line runs.
bool refused_before_script(Errc code) {
  return code == Errc::no_script || code == Errc::no_permission || code == Errc::no_auth || code == Errc::cross_slot;
}

// Every error reply proves that a plain command did not run; most also say that it would elsewhere or later.
Verdict judge_error_reply(Errc code, bool may_have_written) {
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
    default:
      return surface(may_have_written && !refused_before_script(code) ? Execution::maybe_executed : Execution::not_executed);
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
    case Happening::Kind::error_reply: 
      return judge_error_reply(happening.code, happening.runs_script && retry != RetryClass::read_only);
    case Happening::Kind::not_connected: return judge_not_connected(happening.code);
    case Happening::Kind::connection_lost:
      if (happening.code == Errc::client_closed || happening.code == Errc::cancelled) {
        return surface(happening.was_sent ? Execution::maybe_executed : Execution::not_executed);
      }
      return judge_in_doubt(happening.was_sent, retry, allowed);
    case Happening::Kind::timed_out: return judge_in_doubt(happening.was_sent, retry, allowed);
  }
  return surface(Execution::maybe_executed);
}

}  // namespace rediscluster::routing
