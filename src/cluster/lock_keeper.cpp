#include "cluster/lock_keeper.hpp"

#include "base/fiber.hpp"
#include "base/unique_name.hpp"
#include "cluster/run/caller_limits.hpp"
#include "cluster/run/script_run.hpp"
#include "commands/facts_once.hpp"
#include "wire/decode.hpp"
#include "wire/printable.hpp"

#include <rediscluster/commands/string.hpp>

namespace rediscluster::cluster {
namespace {

// As PTTL, when the token's owner holds the lock: milliseconds, -1 without a lease. -2: nobody holds it; -3: somebody else.
// A script and no GET, which a replica might answer.
const ScriptSource& holder_script() {
  static const ScriptSource script(
      "local holder = redis.call('get', KEYS[1])\n"
      "if not holder then return -2 end\n"
      "if holder ~= ARGV[1] then return -3 end\n"
      "return redis.call('pttl', KEYS[1])");
  return script;
}

const ScriptSource& release_script() {
  static const ScriptSource script(
      "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end\n"
      "return redis.call('del', KEYS[1])");
  return script;
}

// The lease in milliseconds from now on, or 0: it is not the token's. ARGV[2]: milliseconds; ARGV[3]: "add" puts them to what is left.
const ScriptSource& extend_script() {
  static const ScriptSource script(
      "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end\n"
      "local left = 0\n"
      "if ARGV[3] == 'add' then left = math.max(redis.call('pttl', KEYS[1]), 0) end\n"
      "local lease = left + tonumber(ARGV[2])\n"
      "redis.call('pexpire', KEYS[1], lease)\n"
      "return lease");
  return script;
}

constexpr std::chrono::milliseconds longest_lease{1'000'000'000'000};  // 31 years: exact in Lua's numbers, and no overflow

constexpr int most_late_replies = 3;  // until acquire() gives up

// The server counts a lease from a moment that only it knows, after the order was sent: what has passed since then counts as well.
bool has_ended(std::chrono::milliseconds lease, base::TimePoint sent) { return base::Clock::now() - sent >= base::bounded(lease); }

bool may_have_run(const Error& error) { return error.execution == Execution::maybe_executed; }

}  // namespace

LockKeeper::LockKeeper(Cluster& cluster, std::string_view name, const LockOptions& options)
    : cluster_(cluster), name_(name), options_(options), random_(cluster.config().randomness->next()) {}

Result<void> LockKeeper::check_options(const AcquireOptions& how) const {
  const auto refuse = [this](const char* what) { return fail(Errc::bad_option, "lock \"" + wire::printable(name_, 40) + "\": " + what); };
  if (options_.timeout && (options_.timeout->count() <= 0 || *options_.timeout > longest_lease)) {
    return refuse("timeout must be more than zero and at most 31 years");
  }
  if (options_.sleep.count() <= 0) return refuse("sleep must be more than zero");
  if (how.blocking_timeout.value_or(options_.blocking_timeout.value_or(options_.sleep)).count() < 0) {
    return refuse("blocking_timeout must not be negative");
  }
  return {};
}

Result<bool> LockKeeper::acquire(const AcquireOptions& how) {
  if (Result<void> valid = check_options(how); !valid) return fail(std::move(valid.error()));
  if (state_ == State::held) {
    Result<bool> owned = is_owned();
    if (!owned) return owned;
    if (*owned) return misused("this object holds it already; release() it first");
    state_ = State::free;  // the lease has ended
  }
  if (state_ == State::free) token_ = base::unique_name();
  const bool waits = how.blocking.value_or(options_.blocking);
  const auto patience = how.blocking_timeout ? how.blocking_timeout : options_.blocking_timeout;
  const base::Deadline deadline =
      patience ? base::Deadline::after(base::Clock::now(), *patience) : base::Deadline::never();
  late_replies_ = 0;
  while (true) {
    Result<bool> acquired = try_once();
    if (!acquired || *acquired || !waits) return acquired;
    if (late_replies_ >= most_late_replies) return too_late();
    const auto half = options_.sleep / 2;
    const auto pause = half + std::chrono::milliseconds(random_.below(static_cast<std::uint64_t>((options_.sleep - half).count() + 1)));
    const base::Duration left = deadline.left(base::Clock::now());
    if (left == base::Duration::zero()) return false;
    rest(std::min<base::Duration>(pause, left));
  }
}

// In short rests, so that who closes the client or cancels the call is not kept waiting.
void LockKeeper::rest(base::Duration span) const {
  constexpr std::chrono::milliseconds longest{20};
  const base::Deadline end = CallerLimits::apply(base::Deadline::after(base::Clock::now(), span));
  for (base::TimePoint now = base::Clock::now(); !end.passed(now); now = base::Clock::now()) {
    if (cluster_.is_closed() || CallerLimits::why_over()) return;
    base::rest_until(earlier(end, base::Deadline::after(now, longest)).when());
  }
}

Result<bool> LockKeeper::try_once() {
  Result<bool> stored = store_token();
  if (stored && *stored) return true;
  if (!stored && !may_have_run(stored.error())) return stored;
  if (!stored) state_ = State::in_doubt;
  if (state_ != State::in_doubt) return false;
  Result<Holder> found = holder();
  if (found && *found == Holder::nobody) {  // so the SET in doubt has done nothing
    stored = store_token();
    if (stored) return stored;
  } else if (found) {
    if (*found == Holder::ourselves_too_late) return give_back();
    if (*found == Holder::ourselves) state_ = State::held;
    return *found == Holder::ourselves;
  }
  Error error = found ? std::move(stored.error()) : std::move(found.error());
  error.execution = Execution::maybe_executed;
  return fail(std::move(error));
}

Result<bool> LockKeeper::store_token() {
  Command<bool> command = cmd::set(name_, token_, {.expire_in = options_.timeout, .only_if = Exists::no});
  command.use_facts(once<facts::set>());  // sent again it would find its own token, and take it for another's
  const base::TimePoint sent = base::Clock::now();
  Call call;
  if (Result<void> done = cluster_.execute(command, call); !done) return fail(std::move(done.error()));
  Result<bool> stored = wire::decode<bool>(call.reply(), command.facts());
  if (!stored || !*stored) return stored;
  if (options_.timeout && has_ended(*options_.timeout, sent)) return give_back();
  state_ = State::held;
  return true;
}

Result<bool> LockKeeper::give_back() {
  ++late_replies_;
  state_ = State::in_doubt;
  if (Result<void> released = release(); !released) return fail(std::move(released.error()));
  return false;
}

Result<void> LockKeeper::release() {
  if (state_ == State::free) return misused("it was not acquired, so it cannot be released");
  bool repeated = false;
  const Result<std::int64_t> deleted = run_again(release_script(), repeated);
  if (!deleted) return fail(deleted.error());
  const bool was_held = state_ == State::held;
  state_ = State::free;
  // Not found the second time: most likely the first run, whose reply was lost, has deleted it.
  if (*deleted == 0 && was_held && !repeated) return lost();
  return {};
}

Result<void> LockKeeper::extend(std::chrono::milliseconds additional, bool replace_ttl) {
  if (state_ != State::held) return misused("it was not acquired, so its lease cannot be changed");
  if (!options_.timeout) return misused("it has no timeout, so there is no lease to change");
  if (additional.count() <= 0 || additional > longest_lease) {
    return fail(Errc::bad_option, "a lease is extended by more than zero and at most 31 years");
  }
  const base::TimePoint sent = base::Clock::now();
  const Result<std::int64_t> lease = run(extend_script(), {std::to_string(additional.count()), replace_ttl ? "replace" : "add"});
  if (!lease) return fail(lease.error());
  if (!has_ended(std::chrono::milliseconds(*lease), sent)) return {};
  state_ = *lease == 0 ? State::free : State::in_doubt;  // too late to know: release() or acquire() settles it
  return lost();
}

Result<void> LockKeeper::reacquire() {
  return extend(options_.timeout.value_or(std::chrono::milliseconds(1)), true);  // without a timeout extend() refuses
}

Result<bool> LockKeeper::is_locked() {
  const Result<Holder> found = holder();
  if (!found) return fail(found.error());
  return *found != Holder::nobody;
}

Result<bool> LockKeeper::is_owned() {
  if (state_ == State::free) return false;
  const Result<Holder> found = holder();
  if (!found) return fail(found.error());
  return *found == Holder::ourselves;
}

Result<LockKeeper::Holder> LockKeeper::holder() {
  const base::TimePoint sent = base::Clock::now();
  bool repeated = false;
  const Result<std::int64_t> found = run_again(holder_script(), repeated);
  if (!found) return fail(found.error());
  if (*found == -2) return Holder::nobody;
  if (*found == -1) return Holder::ourselves;
  if (*found < 0) return Holder::somebody_else;
  return has_ended(std::chrono::milliseconds(*found), sent) ? Holder::ourselves_too_late : Holder::ourselves;
}

Result<std::int64_t> LockKeeper::run(const ScriptSource& script, const std::vector<std::string>& args) {
  std::vector<std::string> words{token_};
  words.insert(words.end(), args.begin(), args.end());
  Command<Reply> command = script.by_hash(name_, words);
  command.use_facts(once<facts::evalsha>());  // run_again() says which of them may run twice
  Call call;
  if (Result<void> done = execute_script(cluster_, command, script.source(), call); !done) return fail(std::move(done.error()));
  return wire::decode<std::int64_t>(call.reply(), command.facts());
}

Result<std::int64_t> LockKeeper::run_again(const ScriptSource& script, bool& repeated) {
  Result<std::int64_t> done = run(script);
  if (done || !may_have_run(done.error()) || done.error().code == Errc::client_closed) return done;
  repeated = true;
  return run(script);
}

Failure LockKeeper::misused(const char* what) const {
  return fail(Errc::lock_misused, "lock \"" + wire::printable(name_, 40) + "\": " + what);
}

Failure LockKeeper::too_late() const {
  return fail(Errc::lock_not_acquired, "lock \"" + wire::printable(name_, 40) + "\": its lease may have ended before we heard that it was ours, " +
                                           std::to_string(most_late_replies) + " times: give it a longer timeout");
}

Failure LockKeeper::lost() const {
  return fail(Errc::lock_not_owned, "lock \"" + wire::printable(name_, 40) +
                                        "\" was not ours any more, or may not be: its lease ended, also when the reply took longer than that, or somebody "
                                        "removed its key. What it protected may have been changed by others");
}

}  // namespace rediscluster::cluster
