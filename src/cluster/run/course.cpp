#include "cluster/run/course.hpp"

#include "cluster/run/channel_way.hpp"
#include "commands/retry_class.hpp"
#include "routing/backoff.hpp"
#include "routing/refusal.hpp"
#include "wire/error_reply.hpp"

#include <rediscluster/commands/facts.hpp>

#include <algorithm>

namespace rediscluster::cluster {
namespace {

constexpr int many_redirects = 16;     // redis-py-cluster gives up there; here it is what the error calls too many
// How many connections one command may end: a reply that breaks its connection will break the next one, too.
constexpr int most_ends = 4;
constexpr routing::Backoff retry_backoff{};
// A server loads for long, and no news tells the end of it.
constexpr routing::Backoff loading_backoff{std::chrono::milliseconds(8), std::chrono::milliseconds(250)};

// In one piece of memory, as a hundred thousand may end at once.
std::string named(std::string_view name, std::string_view what) {
  std::string message;
  message.reserve(name.size() + 2 + what.size());
  return std::move(message.append(name).append(": ").append(what));
}

Error asking_forbidden() {
  return {Errc::no_permission,
          "the key has moved while its slot is under way, and the node it is on refused ASKING: give this client's ACL user +asking", {}, 0, {}};
}

routing::Happening happening(const AttemptEnd& end, const CommandView& command, Errc asking_error, Error& error) {
  using Kind = routing::Happening::Kind;
  if (end.reply != nullptr) {
    error = routing::error_of_refusal(command, wire::error_text(end.reply->bytes()));
    // Who could not ask is sent back to where he came from, and from there here again.
    if (error.code == Errc::moved && asking_error == Errc::no_permission) error = asking_forbidden();
    return {.kind = Kind::error_reply, .code = error.code, .may_have_run = error.execution == Execution::maybe_executed};
  }
  if (end.failure == nullptr) {
    error = {Errc::timed_out, end.was_sent ? "no reply in time" : "not sent in time: the node takes no more commands", {}, 0, {}};
    return {Kind::timed_out, Errc::timed_out, end.was_sent};
  }
  error = *end.failure;
  // A failure of an unsent command that says not_executed comes from before there was a connection.
  const bool connected = end.was_sent || error.execution != Execution::not_executed;
  return {.kind = connected ? Kind::connection_lost : Kind::not_connected,
          .code = error.code,
          .was_sent = end.was_sent,
          .was_refused_here = end.turn == link::Ticket::Turn::refused,
          .ends_connection = routing::asks_for_the_end(command)};
}

// A random slot leads to a random primary; the next ones are tried when that slot has none, or its primary failed lately.
// @param beside  not this one; null: any.
const Shard* any_shard(const Topology& topology, base::TimePoint now, base::Random& random, const Node* beside = nullptr) {
  const Shard* shard = nullptr;
  for (int i = 0; i < 64; ++i) {
    const Shard* found = topology.shard_of(static_cast<int>(random.below(slot_count)));
    if (found == nullptr || found->primary == beside) continue;
    shard = found;
    if (!found->primary->reading().is_in_trouble(now)) break;
  }
  return shard;
}

const Shard* shard_for(const Topology& topology, int slot, base::TimePoint now, base::Random& random) {
  return slot >= 0 ? topology.shard_of(slot) : any_shard(topology, now, random);
}

}  // namespace

Node* node_by_map(const Surroundings& surroundings, const CommandView& command, int slot, base::TimePoint now, std::uint64_t dice) {
  base::Random random(dice);
  const Shard* shard = shard_for(surroundings.topology, slot, now, random);
  if (shard == nullptr) return nullptr;
  if (!Reader::applies(surroundings.read_from, command) || shard->replicas.empty()) return shard->primary;
  return Reader().choose(surroundings.read_from, *shard, now, random);
}

Course::Course(const Surroundings& surroundings, const CommandView& command, int slot, Node* fixed, base::Deadline deadline)
    : around_(surroundings),
      command_(command),
      slot_(slot),
      fixed_(fixed),
      deadline_(deadline),
      pause_end_(deadline) {}

// Most commands need none.
base::Random& Course::dice() {
  if (!dice_) dice_.emplace(around_.config.randomness->next());
  return *dice_;
}

void Course::count_attempt_on(Node& node, std::uint64_t epoch) {
  node_ = &node;
  epoch_ = epoch;
  ++attempts_;
  reads_copy_ = fixed_ == nullptr && Reader::applies(around_.read_from, command_);
}

Node* Course::begin_attempt(base::TimePoint now) {
  epoch_ = around_.topology.epoch();
  node_ = choose_node(now);
  if (node_ != nullptr) ++attempts_;
  return node_;
}

Course::Step Course::nobody_serves(base::TimePoint now) {
  error_ = {Errc::slot_not_covered,
            slot_ < 0 ? "no node of the cluster is known" : "Slot " + std::to_string(slot_) + " is not covered by the cluster", {}, 0, {}};
  return deadline_.passed(now) ? give_up() : plan_pause(true, now);
}

bool Course::would_go_to(const Node& node) const {
  if (fixed_ != nullptr || redirect_ != nullptr) return &node == (fixed_ != nullptr ? fixed_ : redirect_);
  const Shard* shard = slot_ >= 0 ? around_.topology.shard_of(slot_) : nullptr;
  return shard != nullptr && shard->primary == &node;
}

Course::Step Course::never_begun() {
  error_ = {Errc::timed_out, "was not sent: an earlier command of its slot was still to be sent again at the deadline", {}, 0, {}};
  return surface(Execution::not_executed);
}

Node* Course::choose_node(base::TimePoint now) {
  reads_copy_ = may_go_elsewhere_ = false;
  asking_error_ = {};
  if (fixed_ != nullptr) return fixed_;
  if (redirect_ != nullptr) return std::exchange(redirect_, nullptr);
  asking_ = false;
  if (slot_ < 0) return choose_primary(now);
  const bool is_message = attempts_ > 0 && &command_.facts() == &facts::publish;  // its usual node may be down, and others take it
  const Shard* shard = around_.topology.shard_of(is_message ? way_of_channel(around_.topology, slot_) : slot_);
  if (shard == nullptr) return nullptr;
  if (!Reader::applies(around_.read_from, command_) || shard->replicas.empty()) return shard->primary;
  reads_copy_ = true;
  Node* copy = reader_.choose(around_.read_from, *shard, now, dice());
  connections_before_ = copy->connections_made();
  may_go_elsewhere_ = reader_.has_well_one_beside(*copy, *shard, now);
  return copy;
}

Node* Course::choose_primary(base::TimePoint now) {
  const Shard* shard = any_shard(around_.topology, now, dice());
  if (shard == nullptr) return nullptr;
  const Shard* other = any_shard(around_.topology, now, dice(), shard->primary);
  may_go_elsewhere_ = other != nullptr && !other->primary->reading().is_in_trouble(now);
  return shard->primary;
}

// Where any primary will do, one that cannot be reached is left alone for a while.
void Course::note_trouble(const routing::Happening& what, base::TimePoint now) {
  using Kind = routing::Happening::Kind;
  const bool is_silent = what.kind == Kind::timed_out || (what.kind == Kind::not_connected && what.code != Errc::too_many_connections);
  if (slot_ < 0 && fixed_ == nullptr && is_silent && !deadline_.passed(now)) node_->reading().note_trouble(now);
}

// A copy could not answer this read. Its fellows are asked at once; after the last of them the call pauses as any other.
bool Course::another_copy_may_answer(const routing::Happening& what, base::TimePoint now) {
  if (!reads_copy_ || what.code == Errc::try_again) return false;  // half a migrated slot is the same half everywhere
  if (deadline_.passed(now)) return false;  // it may have been the hurry of this call
  reader_.note_tried(*node_);
  // A lost connection may just have been closed; if its node is down, connecting again will tell. Our own bound says nothing.
  const bool says_something = what.kind != routing::Happening::Kind::connection_lost && what.code != Errc::too_many_connections;
  if (says_something) node_->reading().note_trouble(now);
  const Shard* shard = around_.topology.shard_of(command_.slot());
  return shard != nullptr && reader_.has_another(*shard);
}

void Course::note_answer(std::size_t reply_size, base::TimePoint begin, base::TimePoint now) {
  confirm_redirect(now);
  constexpr std::size_t small = 1024;  // a long reply takes long from everybody
  const bool measures = reads_copy_ && reader_.measures() && reply_size > 0 && reply_size <= small;
  if (measures && connections_before_ == node_->connections_made()) node_->reading().note_latency(now - begin);
}

void Course::confirm_redirect(base::TimePoint now) {
  if (unconfirmed_) around_.topology.learn(slot_, *std::exchange(unconfirmed_, std::nullopt), now);
}

void Course::note_asking(const wire::Frame& reply) {
  asking_error_ = reply.is_error() ? wire::classify_error(wire::error_text(reply.bytes())) : Errc{};
}

wire::Frame Course::no_reply() { return wire::own("+OK\r\n"); }

// A connection that ends under a command may have ended because of it: then the next one does, too, and all who share it suffer.
void Course::note_end(const routing::Happening& what, const AttemptEnd& end) {
  if (what.kind == routing::Happening::Kind::not_connected) {
    if (what.code == Errc::too_many_connections) wants_own_lane_ = false;
    return;
  }
  if (what.kind != routing::Happening::Kind::connection_lost || !end.was_begun) return;
  ++ends_;
  wants_own_lane_ = ends_ > 1 || end.turn != link::Ticket::Turn::later;
  if (ends_ > 1) error_.message += " (" + std::to_string(ends_) + " connections have ended under this command)";
}

Course::Step Course::judge(const AttemptEnd& end, base::TimePoint now) {
  lane_advice_ = LaneAdvice::leave;
  Error before;
  if (attempts_ > 1) before = std::exchange(error_, {});
  const Errc asking_error = asking_error_ != Errc{} ? asking_error_ : end.skipped_error;
  const routing::Happening what = happening(end, command_, asking_error, error_);
  // That there was no time left to send it once more says less than what went wrong before.
  const bool came_too_late = what.kind == routing::Happening::Kind::not_connected && what.code == Errc::timed_out;
  if (came_too_late && attempts_ > 1 && deadline_.passed(now)) error_ = std::move(before);
  note_end(what, end);
  // An error that any server might give proves nothing of the one that was redirected to.
  if (end.reply != nullptr && (what.may_have_run || what.code == Errc::no_script)) confirm_redirect(now);
  unconfirmed_.reset();
  note_trouble(what, now);
  const routing::Verdict verdict = routing::judge(what, effective_retry_class(command_), around_.config.options.resend);
  if (verdict.execution == Execution::maybe_executed || end.rode_in_vain) in_doubt_ = true;
  if (what.code == Errc::cluster_down && !what.may_have_run && around_.config.options.cluster_down_retry_attempts &&
      ++cluster_downs_ >= *around_.config.options.cluster_down_retry_attempts) {
    return surface(Execution::not_executed);
  }
  if (authenticates_again(what)) return Step::at_once;
  switch (verdict.action) {
    case routing::Verdict::Action::done:
      around_.refresher.request();
      return Step::done;
    case routing::Verdict::Action::surface:
      if (what.code == Errc::tls_failed && another_copy_may_answer(what, now)) return Step::at_once;
      if (verdict.refresh) around_.refresher.request();
      return surface(verdict.execution);
    case routing::Verdict::Action::redirect: return follow_redirect(*end.reply, verdict, now);
    case routing::Verdict::Action::again:
      if (++resent_at_once_ > most_at_once) return plan_pause(verdict.refresh, now);
      if (verdict.refresh) around_.refresher.request();
      report_retry({});
      return Step::at_once;
    case routing::Verdict::Action::backoff:
      if (ends_ >= most_ends) {
        around_.refresher.request();
        return surface(verdict.execution);
      }
      if (!came_too_late) redirects_ = 0;  // the bound is on nodes that send us in circles, not on a target that is down for a while
      if (!another_copy_may_answer(what, now)) return plan_pause(verdict.refresh, now);
      if (verdict.refresh) around_.refresher.request();
      report_retry({});
      return Step::at_once;
  }
  return surface(verdict.execution);
}

// The server has forgotten who we are. A new connection says so with what the user's provider gives then; once a call.
bool Course::authenticates_again(const routing::Happening& what) {
  const bool was_forgotten = what.kind == routing::Happening::Kind::error_reply && what.code == Errc::no_auth && !what.may_have_run;
  if (!was_forgotten || authenticated_again_ || !around_.config.has_credentials()) return false;
  authenticated_again_ = true;
  lane_advice_ = LaneAdvice::drain;
  return true;
}

Course::Step Course::plan_pause(bool refresh, base::TimePoint now) {
  if (refresh) around_.refresher.request();
  if (deadline_.passed(now)) return give_up();
  const routing::Backoff& backoff = error_.code == Errc::loading ? loading_backoff : retry_backoff;
  const base::Duration pause = backoff.pause(++pauses_, dice());
  // Sent so late that no answer can come, a command that has not run would be in doubt for nothing.
  const bool has_time = pause + shortest_attempt() <= deadline_.left(now);
  pause_end_ = has_time ? base::Deadline::after(now, pause) : deadline_;
  pause_is_whole_ = false;
  if (has_time) report_retry(pause);
  return Step::after_pause;
}

// By the way there and back as handshakes have shown it, which may have been slow for reasons of their own.
base::Duration Course::shortest_attempt() const {
  constexpr base::Duration least = std::chrono::milliseconds(1);
  constexpr base::Duration most = std::chrono::milliseconds(10);
  return node_ == nullptr ? least : std::clamp<base::Duration>(node_->reading().latency(), least, most);
}

void Course::report_retry(base::Duration pause) {
  around_.config.reporter->report(Event::Kind::retry, error_.code, [&](Event& event) {
    fill_from(error_, event);
    if (node_ != nullptr) event.node = node_->address();
    event.slot = slot_;
    event.attempts = attempts_;
    event.duration = std::chrono::duration_cast<std::chrono::microseconds>(pause);
  });
}

bool Course::pause_is_over(base::TimePoint now) const {
  const bool is_ended_by_news = !pause_is_whole_ && around_.topology.epoch() != epoch_;
  return is_ended_by_news || pause_end_.passed(now) || around_.closed.load(std::memory_order_acquire);
}

Course::Step Course::go_on(base::TimePoint now) {
  if (around_.closed.load(std::memory_order_acquire)) {
    error_ = {Errc::client_closed, "the client was closed", {}, 0, {}};
    return surface(Execution::not_executed);
  }
  return deadline_.passed(now) ? give_up() : Step::at_once;
}

Course::Step Course::give_up() {
  const bool is_sent_away = error_.code == Errc::moved || error_.code == Errc::ask;
  if (is_sent_away && redirects_ > many_redirects) {
    error_ = {Errc::too_many_redirects, "redirected " + std::to_string(redirects_) + " times without an answer; the last one said: " + error_.message, {}, 0, {}};
  }
  error_.message += ". Gave up at the deadline";
  return surface(Execution::not_executed);
}

Course::Step Course::give_up_with(Error error) {
  error_ = std::move(error);
  return surface(error_.execution);
}

Course::Step Course::surface(Execution execution) {
  if (error_.node == NodeAddress{} && node_ != nullptr) error_.node = node_->address();
  error_.attempts = attempts_;
  error_.execution = in_doubt_ ? Execution::maybe_executed : execution;
  error_.message = named(command_.facts().name, error_.message);
  around_.config.reporter->report(Event::Kind::command_failed, error_.code, [&](Event& event) {
    fill_from(error_, event);
    event.slot = slot_;
  });
  return Step::finished;
}

}  // namespace rediscluster::cluster
