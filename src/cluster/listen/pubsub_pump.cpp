#include "cluster/listen/pubsub_pump.hpp"

#include "cluster/start_thread.hpp"
#include "routing/backoff.hpp"
#include "wire/printable.hpp"

#include <algorithm>
#include <new>

namespace rediscluster::cluster {
namespace {

using pubsub::Book;

constexpr routing::Backoff connect_backoff{std::chrono::milliseconds(8), std::chrono::milliseconds(250)};
constexpr std::chrono::milliseconds map_interval{250};    // between questions for the map while something is not confirmed
constexpr std::chrono::milliseconds stall_limit{500};     // an answer this late: has somebody else taken over?
constexpr std::chrono::seconds credentials_pause{5};      // after a node refused user or password
constexpr std::chrono::milliseconds pause_after_throw{50};
constexpr std::chrono::milliseconds unread_for_long{2};

}  // namespace

void report_gap(Reporter& reporter, const Message& gap) {
  reporter.report(Event::Kind::gap, [&](Event& event) {
    const std::string& name = gap.channel.empty() ? gap.pattern : gap.channel;
    event.count = gap.count;
    event.message = (name.empty() ? "all subscriptions" : "\"" + wire::printable(name, 100) + "\"") + ": " + gap.data;
  });
}

PubSubPump::PubSubPump(Cluster& cluster, PubSubDesk& desk, const PubSubOptions& options)
    : cluster_(cluster), desk_(desk), options_(options), random_(cluster.config().randomness->next()) {}

Result<void> PubSubPump::start() {
  if (thread_.joinable() || stopping_.load(std::memory_order_acquire)) return {};
  mail_.listen_to(cluster_);
  baton_.begin(base::Fiber::current() != nullptr);
  Result<base::Flow> thread = start_flow([this] { run(); });
  if (!thread) {
    baton_.end();
    return fail(std::move(thread.error()));
  }
  thread_ = std::move(*thread);
  return {};
}

void PubSubPump::stop() {
  stopping_.store(true, std::memory_order_release);
  baton_.stop();
  mail_.poller().wake();
  if (is_in_turn()) return;  // a hook on a thread of ours: whoever destroys the object waits for it
  if (thread_.joinable()) thread_.join();
  mail_.stop_listening();
  links_.clear();
}

void PubSubPump::wake() {
  baton_.call();
  mail_.poller().wake();
}

void PubSubPump::run() {
  for (;;) {
    baton_.await_turn([this] { desk_.wake_readers(); });
    if (stopping_.load(std::memory_order_acquire) || cluster_.is_closed()) break;
    turn(base::Deadline::never());
  }
  if (cluster_.is_closed()) desk_.close();
  baton_.end();
  begin_turn();  // the last one
  close_all();
  desk_.wake_readers();
  desk_.answered.notify_all();
}

// A connection that nobody reads would fill its server's memory.
void PubSubPump::close_all() noexcept {
  for (const auto& each : links_) {
    try {
      if (each->is_open()) each->close();
    } catch (const std::bad_alloc&) {  // its socket is closed all the same
    }
  }
}

bool PubSubPump::begin_reading() {
  if (base::Fiber::current() != nullptr) {  // it must not hold up its thread
    baton_.call();
    return false;
  }
  const PumpBaton::Answer answer = baton_.ask();
  if (answer == PumpBaton::Answer::asked) mail_.poller().wake();
  if (answer != PumpBaton::Answer::taken) return false;
  is_readers_turn_ = true;
  return true;
}

// Where something is under way that others wait for, the thread goes on with it at once.
void PubSubPump::end_reading() {
  const auto is_connecting = [](const auto& each) { return each->phase() == PubSubLink::Phase::connecting; };
  is_readers_turn_ = false;
  if (is_unsettled_ || cluster_.is_closed() || std::any_of(links_.begin(), links_.end(), is_connecting)) baton_.call();
  baton_.give_back();
}

// What is thrown (there may be no memory) ends the turn, and neither the thread nor the process. A hook of the user's that closes the object
// must not wait for the turn that it is called in.
void PubSubPump::turn(base::Deadline until) noexcept {
  baton_.note_turn();
  const void* const owner = base::set_runs_for(&mail_.poller());
  begin_turn();
  try {
    cluster_.is_closed() ? desk_.close() : take_turn(until);
  } catch (...) {
    begins_anew_ = true;
    base::rest_until(base::Clock::now() + pause_after_throw);
  }
  left_ = base::Clock::now();
  end_turn();
  base::set_runs_for(owner);
}

void PubSubPump::begin_turn() {
  std::lock_guard lock{desk_.mutex};
  has_turn_ = is_at_links_ = true;
}

void PubSubPump::end_turn() {
  std::lock_guard lock{desk_.mutex};
  has_turn_ = is_at_links_ = false;
}

void PubSubPump::take_turn(base::Deadline until) {
  if (begins_anew_) begin_anew();
  note_topology();
  note_login();
  base::TimePoint now = base::Clock::now();
  if (now - left_ > unread_for_long) {  // readers have left: what lies there unread is no silence of the servers
    const bool is_woken = wait(base::Deadline::at({}));
    now = base::Clock::now();
    // Whoever woke it wants the turn to end, and will not do so again.
    if (is_woken || (is_readers_turn_ && has_unread())) until = base::Deadline::at({});
  }
  plan(now);
  report_gaps();
  wait(earlier(maintain(now), until));
  for (Place place = 0; place < places(); ++place) {
    if (link(place).phase() == PubSubLink::Phase::connecting) finish_connecting(place, base::Clock::now());
  }
}

// Where something was thrown, orders may not have been given, and losses not have been told: every subscription is made again,
// on new connections. Until that is done it is tried again.
void PubSubPump::begin_anew() {
  primaries_changed_ = true;
  for (Place place = 0; place < places(); ++place) {
    if (link(place).phase() == PubSubLink::Phase::connecting) continue;
    link(place).close();
    std::lock_guard lock{desk_.mutex};
    desk_.book.lost(place, "the thread that reads it failed, perhaps for want of memory");
  }
  begins_anew_ = false;
}

// Connections that are being made may have asked for credentials before these came.
void PubSubPump::note_login() {
  const std::shared_ptr<const Login> login = mail_.take_login();
  if (login == nullptr) return;
  for (const auto& each : links_) {
    if (each->phase() != PubSubLink::Phase::closed) each->login = login;
  }
}

void PubSubPump::plan(base::TimePoint now) {
  std::vector<Book::Instruction> instructions;
  bool has_planned = false;
  {
    std::lock_guard lock{desk_.mutex};
    if (primaries_changed_ && desk_.book.wants_everywhere()) {
      take_in_rests();
      desk_.book.spread(places_of_primaries());
      primaries_changed_ = false;
    }
    has_planned = desk_.book.has_work(now);
    if (has_planned) {
      instructions = desk_.book.plan(router(), now, settler());
      desk_.deliver_announcements();
    }
    const bool was_unsettled = std::exchange(is_unsettled_, desk_.book.is_unsettled());
    if (is_unsettled_ && !was_unsettled) next_request_ = now + map_interval;
    for (Place place = 0; place < places(); ++place) link(place).is_needed = desk_.book.needs(place);
  }
  if (has_planned) {  // some may be confirmed without asking
    desk_.answered.notify_all();
    desk_.unread.notify_all();
  }
  for (Book::Instruction& each : instructions) link(each.place).line().order(std::move(each.order));
}

// The connections.

base::Deadline PubSubPump::maintain(base::TimePoint now) {
  base::Deadline next = base::Deadline::never();
  for (Place place = 0; place < places(); ++place) next = earlier(next, look_after(place, now));
  {
    std::lock_guard lock{desk_.mutex};
    if (desk_.book.has_work(now)) return base::Deadline::at(now);  // a connection was lost meanwhile
    next = earlier(next, desk_.book.next_retry());
  }
  if (!is_unsettled_) return next;
  doubt_map(now);
  return earlier(next, base::Deadline::at(next_request_));
}

void PubSubPump::doubt_map(base::TimePoint now) {
  if (now < next_request_) return;
  next_request_ = now + map_interval;
  cluster_.refresher().request();
}

// Does what is due for one connection. When to look again.
base::Deadline PubSubPump::look_after(Place place, base::TimePoint now) {
  PubSubLink& each = link(place);
  if (each.phase() == PubSubLink::Phase::connecting) return base::Deadline::never();
  if (!each.is_open()) {
    if (!each.is_needed) return base::Deadline::never();
    if (now < each.not_before) return base::Deadline::at(each.not_before);
    begin_connecting(each, now);
    return base::Deadline::never();
  }
  if (!may_read()) each.last_heard = now;  // nobody listens: its silence means nothing
  const base::Duration silence = now - each.last_heard;
  if (silence >= options_.silence_limit) {
    drop(place, "it said nothing for " + std::to_string(options_.silence_limit.count()) + " ms");
    return base::Deadline::at(now);
  }
  const bool is_silent = silence >= options_.silence_limit / 2;
  if (is_silent && !each.is_needed) {
    each.close();
    std::lock_guard lock{desk_.mutex};
    desk_.book.lost(place, "it was not needed any more");
    return base::Deadline::never();
  }
  if (const auto login = std::exchange(each.login, nullptr)) each.line().log_in(login->auth);
  if (is_silent && !each.line().is_waiting()) each.line().ping();
  if (!each.line().is_waiting()) each.asked_at = base::TimePoint::max();
  if (each.line().is_waiting() && each.asked_at == base::TimePoint::max()) each.asked_at = now;
  if (each.line().is_waiting() && now - std::max(each.asked_at, each.last_heard) >= stall_limit) doubt_map(now);
  if (Result<void> sent = each.flush(); !sent) drop(place, "while sending: " + sent.error().message);
  const base::Deadline look = each.line().is_waiting() ? base::Deadline::after(now, stall_limit) : base::Deadline::never();
  return earlier(look, base::Deadline::at(each.last_heard + options_.silence_limit / (is_silent ? 1 : 2)));
}

void PubSubPump::begin_connecting(PubSubLink& each, base::TimePoint now) {
  // Longer than a connection may take, so that the node itself decides when it has been long enough.
  each.connect(base::Deadline::after(now, 2 * cluster_.config().options.socket_connect_timeout));
  each.not_before = now + connect_backoff.pause(each.attempts, random_);
}

void PubSubPump::finish_connecting(Place place, base::TimePoint now) {
  PubSubLink& each = link(place);
  const std::optional<Result<void>> outcome = each.finish_connecting(now);
  if (!outcome) return;
  if (!*outcome && place == home_) {  // any other node is as good
    avoided_ = &each.node();
    home_ = pubsub::nowhere;
  }
  if (!*outcome) cluster_.refresher().request();
  std::lock_guard lock{desk_.mutex};
  if (*outcome) return desk_.book.opened(place);
  const Error& error = outcome->error();
  desk_.book.failed_to_open(place, error);
  if (error.code != Errc::wrong_password && error.code != Errc::no_auth) return;
  // The same everywhere, and repeating it may lock the account: who waits is told, what is to be restored is tried rarely.
  each.not_before = now + credentials_pause;
  desk_.book.refuse_new(error);
  desk_.answered.notify_all();
}

void PubSubPump::drop(Place place, const std::string& why) {
  PubSubLink& each = link(place);
  each.node().note_loss({Errc::connection_lost, "a pub/sub connection: " + why, {}, 0, {}});
  {
    std::lock_guard lock{desk_.mutex};
    if (each.has_unread) take_in_rest(place);
  }
  each.close();
  each.not_before = base::Clock::now() + connect_backoff.pause(each.attempts, random_);
  if (place == home_) {
    avoided_ = &each.node();
    home_ = pubsub::nowhere;
  }
  cluster_.refresher().request();
  std::lock_guard lock{desk_.mutex};
  desk_.book.lost(place, "the connection to " + to_string(each.node().address()) + " was lost: " + why);
}

// Without a lock: hooks are the user's. What was dropped unread is reported when the reader hears of it.
void PubSubPump::report_gaps() {
  std::vector<Message> gaps;
  {
    std::lock_guard lock{desk_.mutex};
    gaps.swap(desk_.untold_gaps);
  }
  for (const Message& gap : gaps) report_gap(*cluster_.config().reporter, gap);
}

}  // namespace rediscluster::cluster
