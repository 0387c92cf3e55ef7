#include "simulation/workload.hpp"

#include <array>
#include <set>

namespace rediscluster::simulation {
namespace {

using namespace std::chrono_literals;

}  // namespace

void Workload::begin() {
  for (int i = 0; i < plan_.callers; ++i) caller(tasks_);
}

void Workload::begin_last_round() {
  for (int i = 0; i < plan_.callers; ++i) last_calls(tasks_, i);
}

Task Workload::caller(Tasks& /*tasks*/) {
  co_await pause();
  for (int i = 0; i < plan_.calls; ++i) {
    co_await one();
    if (!once_in(4)) co_await pause();
  }
}

Lone Workload::one() {
  const std::size_t drawn = below(100);
  if (drawn < 22) return text(false);
  if (drawn < 38) return text(true);
  if (drawn < 48) return list();
  if (drawn < 58) return count();
  if (drawn < 66) return several(false);
  if (drawn < 71) return several(true);
  if (drawn < 75) return remove();
  if (drawn < 76) return emulated(below(3));
  if (drawn < 84) return batch();
  if (drawn < 89) return block();
  if (drawn < 92) return take(true);
  if (drawn < 95) return take(false);
  if (drawn < 97) return once_in(3) ? scan() : once_in(2) ? script() : lock();
  return message();
}

// Lists, texts and hashes have keys of their own.
std::string Workload::any_key(const char* kind) { return key(static_cast<int>(below(static_cast<std::size_t>(plan_.keys)))) + kind; }

std::chrono::milliseconds Workload::any_timeout() {
  constexpr std::array<std::chrono::milliseconds, 4> timeouts{{100ms, 500ms, 2s, 10s}};
  return timeouts[below(timeouts.size())];
}

Call& Workload::begin(const char* name, std::vector<std::string> keys, std::chrono::milliseconds timeout, bool writes) {
  Call& call = oracle_.begin(name, std::move(keys), timeout);
  call.writes = writes;
  return call;
}

Lone Workload::text(bool writes) {
  const std::string key = any_key("t");
  Call& call = begin(writes ? "SET" : "GET", {key}, any_timeout(), writes);
  if (writes) {
    const auto done = co_await bound(redis_.set(key, call.token(0).text()), call);
    oracle_.end(call, done);
  } else {
    const auto got = co_await bound(redis_.get(key), call);
    oracle_.end(call, got);
    if (got) oracle_.check_text(call, key, *got);
    if (got && *got && plan_.reads_primaries) oracle_.check_newest(call, key, **got);
  }
}

Lone Workload::list() {
  const std::string key = any_key("l");
  if (below(2) == 0) {
    Call& call = begin("LRANGE", {key}, any_timeout(), false);
    const auto got = co_await bound(redis_.lrange(key, 0, -1), call);
    oracle_.end(call, got);
    if (got) oracle_.check_list(call, key, *got);
    co_return;
  }
  Call& call = begin("RPUSH", {key}, any_timeout(), true);
  if (once_in(8)) {  // begun, and left alone at some moment
    auto started = bound(redis_.rpush(key, call.token(0).text()), call).start();
    co_await Sleep{world_, std::chrono::microseconds(below(100'000))};
    oracle_.drop(call);
    co_return;
  }
  oracle_.end(call, co_await bound(redis_.rpush(key, call.token(0).text()), call));
}

Lone Workload::take(bool waits) {
  const std::string key = any_key("l");
  Call& call = begin(waits ? "BLPOP" : "LPOP", {key}, any_timeout(), false);
  if (waits) call.grace = 1s;  // its server is asked to end the wait, and has as long as that for its answers
  if (waits) {
    const auto got = co_await bound(redis_.blpop(key, std::chrono::milliseconds(1 + below(300))), call);
    call.cancelled.reset();  // eight times the way there and back, as the client has seen it, which may be all the time there is
    oracle_.end(call, got);
    if (got && *got) oracle_.took(call, key, (*got)->second);
  } else {
    const auto got = co_await bound(redis_.lpop(key), call);
    oracle_.end(call, got);
    if (got && *got) oracle_.took(call, key, **got);
  }
}

Lone Workload::several(bool writes) {
  std::set<std::string> drawn;
  for (std::size_t i = 2 + below(4); i > 0; --i) drawn.insert(any_key("t"));
  std::vector<std::string> keys(drawn.begin(), drawn.end());
  // Others of the same slots, so that the order of keys is not that of their slots.
  for (std::size_t i = 0, count = once_in(2) ? keys.size() : 0; i < count; ++i) keys.push_back("{" + keys[i] + "}x");
  Call& call = begin(writes ? "MSET" : "MGET", keys, any_timeout(), writes);
  if (writes) {
    std::vector<std::pair<std::string, std::string>> values;
    for (std::size_t i = 0; i < keys.size(); ++i) values.emplace_back(keys[i], call.token(i).text());
    oracle_.end(call, co_await bound(redis_.mset(values), call));
    co_return;
  }
  const auto got = co_await bound(redis_.mget(keys), call);
  oracle_.end(call, got);
  if (!got) co_return;
  if (got->size() != keys.size()) oracle_.violate("I16", "MGET of " + std::to_string(keys.size()) + " keys gave " + std::to_string(got->size()));
  for (std::size_t i = 0; i < got->size() && i < keys.size(); ++i) oracle_.check_text(call, keys[i], (*got)[i]);
}

// A field of its own: counted twice it is 2.
Lone Workload::count() {
  const std::string key = any_key("h");
  Call& call = begin("HINCRBY", {key}, any_timeout(), true);
  const auto sum = co_await bound(redis_.hincrby(key, call.token(0).text(), 1), call);
  oracle_.end(call, sum);
  if (sum && *sum != 1) oracle_.violate("I3", "HINCRBY of a new field gave " + std::to_string(*sum));
}

Lone Workload::script() {
  const std::string key = any_key("l");
  Call& call = begin("EVAL", {key}, any_timeout(), true);
  if (once_in(2)) {
    oracle_.end(call, co_await bound(redis_.eval(push_.source(), key, call.token(0).text()), call));
  } else {
    oracle_.end(call, co_await bound(push_.run<std::int64_t>(key, call.token(0).text()), call));
  }
}

// What holds for as long as it is said to be held, unless servers lose it.
Lone Workload::lock() {
  const std::string name = "lock" + std::to_string(below(4));
  const std::chrono::milliseconds lease(200 + below(2000));
  AsyncLock lock = redis_.lock(name, {.timeout = TimeSpan(lease), .sleep = TimeSpan(20ms)});
  Call& call = begin("LOCK", {name}, any_timeout(), false);
  const auto got = co_await bound(lock.acquire({.blocking_timeout = TimeSpan(1s)}), call);
  oracle_.end(call, got);
  if (got && !*got) co_return;
  if (got) oracle_.hold(call, lease);
  co_await Sleep{world_, std::chrono::microseconds(below(1500 * static_cast<std::size_t>(lease.count())))};
  oracle_.let_go(call);
  Call& release = begin("UNLOCK", {name}, any_timeout(), false);
  oracle_.end(release, co_await bound(lock.release(), release));
}

Lone Workload::remove() {
  std::vector<std::string> keys{any_key("t"), any_key("t")};
  Call& call = begin("DEL", keys, any_timeout(), false);
  const auto removed = co_await bound(redis_.del(keys), call);
  oracle_.end(call, removed);
  if (removed && (*removed < 0 || *removed > 2)) oracle_.violate("I16", "DEL of 2 keys removed " + std::to_string(*removed));
}

Lone Workload::scan() {
  Call& call = begin("SCAN", {}, 10s, false);
  const std::vector<std::string> expected = oracle_.keys_for_good();
  std::set<std::string> found;
  AsyncKeyScan keys = redis_.scan_iter({.patience = TimeSpan(8s)});
  for (;;) {
    const auto key = co_await keys.next();
    if (key && *key) {
      found.insert(**key);
      if (world_.now() < call.begun + 60s) continue;
    }
    call.deadline = std::max(call.deadline, world_.now());  // its patience is with each page
    oracle_.end(call, key);
    if (key && !*key) oracle_.check_scan(call, expected, found);
    co_return;
  }
}

Lone Workload::message() {
  const std::size_t number = below(Listener::channels);
  const std::string channel = Listener::channel(number);
  Call& call = begin("PUBLISH", {channel}, any_timeout(), true);
  listener_.published(call, channel);
  Operation<std::int64_t> operation = Listener::is_sharded(number) ? redis_.spublish(channel, call.token(0).text()) : redis_.publish(channel, call.token(0).text());
  oracle_.end(call, co_await bound(std::move(operation), call));
}

Lone Workload::batch() {
  const auto timeout = any_timeout();
  const std::uint64_t number = ++pipelines_;
  AsyncPipeline pipe = redis_.pipeline();
  std::vector<std::pair<Call*, Pending<std::int64_t>>> queued;
  for (std::size_t i = 2 + below(10); i > 0; --i) {
    const bool counts = below(2) == 0;
    const std::string key = any_key(counts ? "h" : "l");
    Call& call = begin(counts ? "HINCRBY in a pipeline" : "RPUSH in a pipeline", {key}, timeout, true);
    call.pipeline = number;
    queued.emplace_back(&call, counts ? pipe.hincrby(key, call.token(0).text(), 1) : pipe.rpush(key, call.token(0).text()));
  }
  const auto done = co_await bound(pipe.execute({.raise_on_error = false}), *queued.front().first);
  for (auto& [call, pending] : queued) oracle_.end(*call, pending.result());
}

Lone Workload::block() {
  const std::string its_tag = tag(static_cast<int>(below(tags)));
  const std::vector<std::string> keys{its_tag + "l", its_tag + "m"};
  Call& call = begin("MULTI", keys, any_timeout(), true);
  call.is_block = true;
  AsyncTransaction transaction = redis_.transaction();
  std::optional<std::size_t> seen;
  if (below(2) == 0) {
    const auto watched = co_await bound(transaction.watch(keys.front()), call);
    if (!watched) {
      oracle_.end(call, watched);
      co_return;
    }
    if (const auto list = co_await bound(transaction.now().lrange(keys.front(), 0, -1), call)) seen = list->size();
    if (once_in(2)) co_await pause();  // somebody may change it now
    call.deadline = std::max<base::TimePoint>(call.deadline, world_.now() + 1ms);
  }
  const Pending<std::int64_t> length = transaction.rpush(keys[0], call.token(0).text());
  transaction.rpush(keys[1], call.token(1).text());
  const auto left = std::max<base::Duration>(call.deadline - world_.now(), 1ms);
  const auto done = co_await transaction.execute().within(std::chrono::ceil<std::chrono::milliseconds>(left));
  oracle_.end(call, done);
  if (!done || !seen) co_return;
  if (const auto now = length.result(); now && *now != static_cast<std::int64_t>(std::min(*seen + 1, longest_list))) {
    oracle_.violate("I15", "a list that was watched had " + std::to_string(*seen) + " elements, and " + std::to_string(*now) + " with one more");
  }
}

// Of what is made of several commands, or of some in one go.
Lone Workload::last_of_their_kind(int caller) {
  const std::vector<std::string> keys{tag(caller % tags) + "l", tag(caller % tags) + "m"};
  Call& block = begin("MULTI", keys, 10s, true);
  block.is_last = block.is_block = true;
  AsyncTransaction transaction = redis_.transaction();
  transaction.rpush(keys[0], block.token(0).text());
  transaction.rpush(keys[1], block.token(1).text());
  oracle_.end(block, co_await transaction.execute().within(10s));
  Call& script = begin("EVAL", {key(caller) + "l"}, 10s, true);
  script.is_last = true;
  oracle_.end(script, co_await push_.run<std::int64_t>(key(caller) + "l", script.token(0).text()).within(10s));
  Call& wait = begin("BLPOP", {key(caller) + "l"}, 10s, false);
  wait.is_last = true;
  wait.grace = 1s;
  const auto taken = co_await redis_.blpop(key(caller) + "l", 5s).within(10s);
  oracle_.end(wait, taken);
  if (taken && *taken) oracle_.took(wait, key(caller) + "l", (*taken)->second);
  co_await emulated(static_cast<std::size_t>(caller) % 3, true);
}

Task Workload::last_calls(Tasks& /*tasks*/, int caller) {
  co_await last_of_their_kind(caller);
  for (int i = caller; i < plan_.keys; i += plan_.callers) {
    const std::string key = Workload::key(i) + "t";
    Call& write = begin("SET", {key}, 10s, true);
    write.is_last = true;
    oracle_.end(write, co_await redis_.set(key, write.token(0).text()).within(10s));
    Call& read = begin("GET", {key}, 10s, false);
    read.is_last = true;
    const auto got = co_await redis_.get(key).within(10s);
    oracle_.end(read, got);
    if (plan_.reads_primaries && got && *got != write.token(0).text()) oracle_.violate("I23", "GET of " + key + " gave another text than the last SET");
  }
}

}  // namespace rediscluster::simulation
