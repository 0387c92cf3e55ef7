#include "cluster/nodes/auth_gate.hpp"

namespace rediscluster::cluster {

bool is_refusal_of_credentials(Errc code) {
  return code == Errc::wrong_password || code == Errc::no_auth || code == Errc::handshake_failed;
}

Result<AuthGate::Pass> AuthGate::enter(base::Deadline deadline) { return enter(deadline, false); }

Result<AuthGate::Pass> AuthGate::enter_with_news(base::Deadline deadline) { return enter(deadline, true); }

Result<AuthGate::Pass> AuthGate::enter(base::Deadline deadline, bool has_news) {
  std::unique_lock lock{mutex_};
  const auto is_free = [&] { return !taken_; };
  if (!left_.wait_until(lock, deadline, is_free)) {
    return fail(Errc::timed_out, "another connection to this node was still authenticating");
  }
  if (!has_news && base::Clock::now() < refused_until_) return fail(refusal_);
  taken_ = true;
  return Result<Pass>(Pass(*this));
}

void AuthGate::leave() {
  {
    std::lock_guard lock{mutex_};
    taken_ = false;
  }
  left_.notify_all();  // all: a refusal is for everybody
}

void AuthGate::note_refusal(const Error& error, base::TimePoint now) {
  std::lock_guard lock{mutex_};
  refusal_ = error;
  refused_until_ = now + pause_after_refusal;
}

void AuthGate::forget_refusal() {
  std::lock_guard lock{mutex_};
  refused_until_ = base::TimePoint::min();
}

}  // namespace rediscluster::cluster
