#include "cluster/scan/key_walk.hpp"

#include "cluster/nodes/node_directory.hpp"
#include "cluster/run/caller_limits.hpp"
#include "cluster/run/own_view.hpp"
#include "routing/backoff.hpp"
#include "wire/decode.hpp"

#include <rediscluster/commands/generic.hpp>

#include <algorithm>

namespace rediscluster::cluster {
namespace {

using Page = std::pair<std::string, std::vector<std::string>>;

// So often in a row a slot may move away while it is read. A resharding tool moves it once.
constexpr int most_vain_rounds = 8;
constexpr std::size_t most_asked_of_others = 3;
constexpr std::chrono::milliseconds patience_with_others{500};
constexpr std::chrono::hours longest_patience{24 * 365};
constexpr routing::Backoff round_backoff{};

// The topology will tell who has them; until then there is nothing to read.
Error replaced(const Node& node, const slots::SlotSet& lost) {
  return {Errc::slot_not_covered, to_string(node.address()) + " says it has slots " + to_text(lost) + ", which other nodes know were taken from it", node.address(), 0, {}};
}

Command<Page> scan_command(const std::string& cursor, const ScanIterOptions& options) {
  return cmd::scan(cursor, {options.match, options.count, options.type});
}

}  // namespace

KeyWalk::KeyWalk(Cluster& cluster, const ScanIterOptions& options)
    : cluster_(cluster),
      options_(options),
      random_(cluster.config().randomness->next()) {}

KeyWalk::KeyWalk(Cluster& cluster, routing::SavedScan saved) : KeyWalk(cluster, saved.options) {
  book_ = routing::ScanBook(saved.covered, std::move(saved.halves));
  saved_passes_ = std::move(saved.passes);
  saved_nodes_ = std::move(saved.nodes);
}

Result<std::optional<std::string>> KeyWalk::next() {
  if (keys_.empty()) last_progress_ = base::Clock::now();
  if (!started_) {
    if (Result<void> ready = start(); !ready) return fail(std::move(ready.error()));
  }
  while (keys_.empty() && !book_.complete() && !gave_up_) {
    if (std::optional<Error> over = CallerLimits::why_over()) return fail(std::move(*over));
    if (Result<void> done = step(); !done) return fail(std::move(done.error()));
  }
  return take_read();
}

std::optional<std::string> KeyWalk::take_read() {
  if (keys_.empty()) return std::nullopt;
  std::optional<std::string> key = std::move(keys_.front());
  keys_.pop_front();
  return key;
}

Result<void> KeyWalk::check_options() const {
  if (options_.count && *options_.count < 1) {
    return fail(Errc::bad_option, "scan_iter: count is " + std::to_string(*options_.count) + " and must be at least 1");
  }
  if (options_.parallel.count() < 1) {
    return fail(Errc::bad_option, "scan_iter: parallel is " + std::to_string(options_.parallel.count()) + " and must be true, false or at least 1");
  }
  if (options_.patience && (options_.patience->count() < 0 || *options_.patience > longest_patience)) {
    return fail(Errc::bad_option, "scan_iter: patience is " + std::to_string(options_.patience->count()) + " ms and must be between nothing and a year");
  }
  return {};
}

Result<void> KeyWalk::start() {
  if (Result<void> fine = check_options(); !fine) return fine;
  if (Result<void> connected = cluster_.connect(); !connected) return connected;
  if (Result<void> same = check_same_cluster(); !same) return same;
  patience_ = options_.patience.value_or(cluster_.config().options.command_timeout);
  resume_passes();
  started_ = true;
  return {};
}

Result<void> KeyWalk::check_same_cluster() const {
  const std::vector<std::string> ids = cluster_.topology().ids();
  const auto is_here = [&](const std::string& prefix) {
    return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return id.starts_with(prefix); });
  };
  if (!saved_nodes_.empty() && !ids.empty() && std::none_of(saved_nodes_.begin(), saved_nodes_.end(), is_here)) {
    return fail(Errc::bad_option, "resume_scan: the scan was saved on another cluster: none of its " +
                                      std::to_string(saved_nodes_.size()) + " nodes is here");
  }
  return {};
}

void KeyWalk::resume_passes() {
  for (routing::SavedPass& saved : saved_passes_) {
    Node* node = cluster_.topology().node_with_id(saved.pass.node_id);
    if (node == nullptr) continue;  // gone: its slots are read elsewhere
    auto reader = std::make_unique<Reader>();
    reader->node = node;
    node->keep();
    reader->phase = Phase::resuming;
    reader->cursor = reader->given = std::move(saved.cursor);
    reader->hunted = saved.pass.hunted();
    reader->pass = std::move(saved.pass);
    waiting_.push_back(std::move(reader));
  }
  saved_passes_.clear();
}

Result<void> KeyWalk::step() {
  drop_unserved();
  while (!queue_.empty() && static_cast<int>(active_.size()) < options_.parallel.count()) {
    active_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return active_.empty() ? next_round() : fetch();
}

// One question to each active node, all on their way at the same time.
Result<void> KeyWalk::fetch() {
  const base::TimePoint now = base::Clock::now();
  const base::Deadline deadline = attempt_deadline(now);
  std::vector<std::unique_ptr<NodeQuestion>> questions;
  std::vector<Result<void>> answered(active_.size());
  for (const ReaderPointer& reader : active_) {
    reader->given = reader->cursor;
    questions.push_back(question_of(*reader));
  }
  for (const auto& question : questions) question->start(deadline, now);
  for (std::size_t i = 0; i < questions.size(); ++i) answered[i] = questions[i]->finish(deadline);
  Result<void> outcome{};
  overheard_from_ = nullptr;
  std::vector<ReaderPointer> readers = std::exchange(active_, {});
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (answered[i]) answered[i] = questions[i]->accepted();
    Result<Fate> fate = answered[i] ? take(*readers[i], *questions[i]) : fail(std::move(answered[i].error()));
    if (!fate && may_pass(fate.error())) fate = put_off(*readers[i], std::move(fate.error()));
    if (!fate) {
      outcome = fail(std::move(fate.error()));
      fate = put_off(*readers[i], outcome.error());
    }
    if (*fate == Fate::goes_on) active_.push_back(std::move(readers[i]));
    if (*fate == Fate::waits) waiting_.push_back(std::move(readers[i]));
  }
  return outcome;
}

base::Deadline KeyWalk::attempt_deadline(base::TimePoint now) const {
  const Options& options = cluster_.config().options;
  const auto span = std::min<base::Duration>(options.command_timeout, options.socket_timeout.value_or(options.command_timeout));
  return CallerLimits::apply(base::Deadline::after(now, span));
}

std::unique_ptr<NodeQuestion> KeyWalk::question_of(const Reader& reader) const {
  auto question = std::make_unique<NodeQuestion>(*reader.node);
  if (reader.phase != Phase::reading) add_own_view(*question);
  if (reader.phase == Phase::reading || reader.phase == Phase::starting) question->add(scan_command(reader.cursor, options_));
  return question;
}

Result<KeyWalk::Fate> KeyWalk::take(Reader& reader, const NodeQuestion& question) {
  switch (reader.phase) {
    case Phase::starting: return take_start(reader, question);
    case Phase::resuming: {
      const Result<slots::OwnView> view = own_view_in(question);
      if (!view) return fail(view.error());
      if (!reader.pass.holds(*view)) return Fate::over;
      reader.phase = reader.cursor == routing::scan_end ? Phase::ending : Phase::reading;
      return Fate::goes_on;
    }
    case Phase::reading: return take_page(reader, question.reply(0));
    case Phase::ending: return take_end(reader, question);
  }
  return Fate::over;
}

Result<KeyWalk::Fate> KeyWalk::take_start(Reader& reader, const NodeQuestion& question) {
  const Result<slots::OwnView> view = own_view_in(question);
  if (!view) return fail(view.error());
  reader.pass = book_.begin(*view);
  reader.hunted = reader.pass.hunted();
  if (reader.hunted.empty()) return Fate::over;
  return take_page(reader, question.reply(own_view_replies));
}

Result<KeyWalk::Fate> KeyWalk::take_page(Reader& reader, const wire::Frame& reply) {
  Result<Page> page = wire::decode<Page>(reply, facts::scan);
  if (!page) return fail(std::move(page.error()));
  const std::string& cursor = page->first;
  if (Result<void> checked = reader.watch.check("SCAN", cursor); !checked) {
    checked.error().node = reader.node->address();
    return fail(std::move(checked.error()));
  }
  reader.phase = cursor == "0" ? Phase::ending : Phase::reading;
  reader.cursor = cursor == "0" ? std::string(routing::scan_end) : cursor;
  ++pages_in_round_;
  last_progress_ = base::Clock::now();
  for (std::string& key : page->second) {
    if (reader.hunted.has(keyslot(key))) keys_.push_back(std::move(key));
  }
  return Fate::goes_on;
}

Result<KeyWalk::Fate> KeyWalk::take_end(Reader& reader, const NodeQuestion& question) {
  const Result<slots::OwnView> view = own_view_in(question);
  if (!view) return fail(view.error());
  const std::vector<slots::OwnView> witnesses = ask_witnesses(book_.witnesses(reader.pass, *view));
  const slots::SlotSet taken = reader.pass.holds(*view) ? taken_from(reader, *view) : slots::SlotSet();
  const int covered = book_.finish(reader.pass, *view, witnesses, taken);
  covered_in_round_ += covered;
  if (covered > 0) last_progress_ = base::Clock::now();
  const slots::SlotSet lost = taken & view->owned & reader.hunted & book_.pending();
  return lost.empty() ? Fate::over : put_off(reader, replaced(*reader.node, lost));
}

std::vector<slots::OwnView> KeyWalk::ask_witnesses(const std::set<std::string>& ids) {
  std::vector<slots::OwnView> views;
  for (const std::string& id : ids) {
    Result<slots::OwnView> view = fail(Errc::unknown_node, "");
    if (Result<Node*> node = find_node(cluster_, id)) {
      const base::TimePoint now = base::Clock::now();
      view = ask_own_view(**node, attempt_deadline(now), now);
    } else {
      view = fail(std::move(node.error()));
    }
    if (view) {
      views.push_back(std::move(*view));
    } else {
      trouble_ = std::move(view.error());
    }
  }
  return views;
}

// A primary that hung or was cut off may be the last to hear that it was replaced; its successor's epoch is higher. Others are asked, once for
// all who ended in the same step: primaries, which are read anyway, and then the copies of its own shard. Where nobody answers, its word stands.
slots::SlotSet KeyWalk::taken_from(const Reader& reader, const slots::OwnView& view) {
  if (overheard_from_ == nullptr || overheard_from_ == reader.node) overhear(reader);
  return overheard_from_ == nullptr ? slots::SlotSet() : slots::rival_claims(overheard_, view);
}

void KeyWalk::overhear(const Reader& reader) {
  overheard_from_ = nullptr;
  std::vector<Node*> others = cluster_.topology().primaries();
  random_.shuffle(others);
  const int slot = reader.hunted.next(0);
  const Shard* const shard = slot < slot_count ? cluster_.topology().shard_of(slot) : nullptr;
  if (shard != nullptr) others.insert(others.end(), shard->replicas.begin(), shard->replicas.end());
  std::erase(others, reader.node);
  std::stable_partition(others.begin(), others.end(), [now = base::Clock::now()](Node* each) { return each->seems_well(now); });
  for (std::size_t i = 0; i < others.size() && i < most_asked_of_others && overheard_from_ == nullptr; ++i) {
    const base::TimePoint now = base::Clock::now();
    Result<ClusterNodes> known = ask_known_nodes(*others[i], earlier(attempt_deadline(now), base::Deadline::after(now, patience_with_others)), now);
    if (!known) continue;
    overheard_ = std::move(*known);
    overheard_from_ = others[i];
  }
}

// This node cannot be read now. A pass that has begun may go on if it comes back as the same process.
KeyWalk::Fate KeyWalk::put_off(Reader& reader, Error reason) {
  trouble_ = std::move(reason);
  cluster_.refresher().request();
  if (!reader.target.empty()) book_.forget_target(reader.target);
  if (reader.hunted.empty()) return Fate::over;
  reader.phase = Phase::resuming;
  return Fate::waits;
}

bool KeyWalk::still_serves(const Reader& reader) const {
  const slots::SlotSet left = reader.hunted & book_.pending();
  for (int slot = left.next(0); slot < slot_count; slot = left.next(slot + 1)) {
    const Shard* shard = cluster_.topology().shard_of(slot);
    if (reader.pass.arriving.has(slot) || (shard != nullptr && shard->primary == reader.node)) return true;
  }
  return false;
}

// A pass over a node that has lost everything it was read for would prove nothing: end it now.
void KeyWalk::drop_unserved() {
  const std::uint64_t epoch = cluster_.topology().epoch();
  if (epoch == checked_epoch_) return;
  checked_epoch_ = epoch;
  std::erase_if(active_, [&](const ReaderPointer& reader) { return reader->phase != Phase::starting && !still_serves(*reader); });
}

Result<void> KeyWalk::next_round() {
  if (rounds_++ > 0) {
    cluster_.refresher().request();
    if (covered_in_round_ > 0) {
      vain_rounds_ = pauses_ = 0;
    } else {
      if (pages_in_round_ > 0) ++vain_rounds_;
      const bool patience_is_over = base::Clock::now() - last_progress_ >= patience_;
      if (patience_is_over || vain_rounds_ >= most_vain_rounds) return give_up();
      if (Result<void> paused = pause(round_epoch_); !paused) return paused;
    }
  }
  round_epoch_ = cluster_.topology().epoch();
  pages_in_round_ = covered_in_round_ = 0;
  trouble_.reset();
  plan_round();
  return {};
}

// Until the topology changes, or a moment.
Result<void> KeyWalk::pause(std::uint64_t epoch_before) {
  const base::TimePoint now = base::Clock::now();
  const base::Deadline end = base::Deadline::after(last_progress_, patience_);
  cluster_.topology().wait_for_change(epoch_before, earlier(end, base::Deadline::after(now, round_backoff.pause(++pauses_, random_))));
  if (cluster_.is_closed()) return fail(Errc::client_closed, "scan_iter: the client was closed");
  return {};
}

Result<void> KeyWalk::give_up() {
  if (options_.uncovered == Uncovered::allow) {
    gave_up_ = true;
    return {};
  }
  const int vain = std::exchange(vain_rounds_, 0);
  bool served = false;
  pending().for_each([&](int slot) { served = served || cluster_.topology().shard_of(slot) != nullptr; });
  std::string reason = "no node serves them";
  if (served) reason = "they kept moving, or their node was never seen to have them";
  if (trouble_) reason = to_string(*trouble_);
  if (vain >= most_vain_rounds) reason += "; read " + std::to_string(vain) + " times in vain";
  return fail(Errc::slot_not_covered, routing::not_covered_message(pending(), reason), trouble_ ? trouble_->node : NodeAddress{});
}

void KeyWalk::plan_round() {
  std::set<const Node*> taken;
  for (ReaderPointer& reader : std::exchange(waiting_, {})) {
    if (!still_serves(*reader) || !taken.insert(reader->node).second) continue;
    queue_.push_back(std::move(reader));
  }
  const auto enqueue = [&](Node* node, const std::string& target) {
    if (!taken.insert(node).second) return;
    queue_.push_back(std::make_unique<Reader>());
    queue_.back()->node = node;
    node->keep();
    queue_.back()->target = target;
  };
  std::set<std::string> targets;
  for (const auto& [slot, half] : book_.halves()) targets.insert(half.target);
  for (const std::string& target : targets) {
    if (Result<Node*> node = find_node(cluster_, target)) {
      enqueue(*node, target);
    } else {
      trouble_ = std::move(node.error());
      book_.forget_target(target);
    }
  }
  slots::SlotSet unread = pending();
  for (const auto& [slot, half] : book_.halves()) unread.remove(slot);
  for (int slot = unread.next(0); slot < slot_count; slot = unread.next(cluster_.topology().end_of_run(slot))) {
    if (const Shard* const shard = cluster_.topology().shard_of(slot)) enqueue(shard->primary, {});
  }
}

routing::SavedScan KeyWalk::save() const {
  routing::SavedScan saved{options_, book_.covered(), book_.halves(), saved_passes_, {}};
  const auto add = [&](const ReaderPointer& reader) {
    if (reader->hunted.empty()) return;
    saved.passes.push_back({reader->pass, keys_.empty() ? reader->cursor : reader->given});
  };
  std::for_each(queue_.begin(), queue_.end(), add);
  std::for_each(active_.begin(), active_.end(), add);
  std::for_each(waiting_.begin(), waiting_.end(), add);
  saved.nodes = started_ ? cluster_.topology().ids() : saved_nodes_;
  return saved;
}

}  // namespace rediscluster::cluster
