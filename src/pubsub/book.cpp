#include "pubsub/book.hpp"

#include "pubsub/key_events.hpp"
#include "wire/printable.hpp"

#include <rediscluster/key_slot.hpp>

#include <algorithm>

namespace rediscluster::pubsub {
namespace {

constexpr std::size_t names_a_command = 256;  // large enough to cost nothing, small enough that a server does other things between
constexpr std::size_t name_shown = 60;
// Confirmed and taken away within one command, or sent elsewhere: at once, unless this goes round in circles.
constexpr int tries_at_once = 3;

Message::Type type_of(Action action, SubscriptionKind kind) {
  using Type = Message::Type;
  constexpr std::array types{Type::subscribe,   Type::psubscribe,   Type::ssubscribe,
                             Type::unsubscribe, Type::punsubscribe, Type::sunsubscribe};
  return types[static_cast<std::size_t>(action) * 3 + static_cast<std::size_t>(kind)];
}

}  // namespace

std::string describe(const Topic& topic) {
  return std::string(command_name(Action::subscribe, topic.kind)) + " \"" + wire::printable(topic.name, name_shown) + '"';
}

// The user.

void Book::want(const Topic& topic, bool everywhere) {
  Entry& entry = entries_[topic];
  const bool is_new = entry.claims++ == 0;
  if (entry.is_confirmed) return announce(type_of(Action::subscribe, topic.kind), topic);
  due_.insert(topic);
  has_changed_ = true;
  if (!is_new || !everywhere) return;
  entry.is_spread = true;
  ++spread_count_;
  spread_one(topic, entry);
}

void Book::withdraw(const Topic& topic) {
  Entry* entry = find(topic);
  if (entry != nullptr && --entry->claims == 0) unwant(topic, false);
}

void Book::unwant(const Topic& topic, bool tell) {
  if (find(topic) != nullptr) {
    drop(topic);
    has_changed_ = true;
  }
  if (tell) announce(type_of(Action::unsubscribe, topic.kind), topic);
}

std::vector<Topic> Book::topics(SubscriptionKind kind) const {
  std::vector<Topic> found;
  for (auto each = entries_.lower_bound(Topic{kind, {}}); each != entries_.end() && each->first.kind == kind; ++each) {
    if (!each->first.is_copy()) found.push_back(each->first);
  }
  return found;
}

bool Book::is_answered(const Waiter& waiter) const {
  return waiter.refusal || std::none_of(waiter.topics.begin(), waiter.topics.end(), [&](const Topic& topic) { return due_.contains(topic); });
}

Error Book::trouble_of(const Waiter& waiter) const {
  for (const Topic& topic : waiter.topics) {
    if (!due_.contains(topic)) continue;
    const Entry& entry = troubled(topic);
    Error error{Errc::timed_out, describe(topic) + " was not confirmed in time: no node serves it now", {}, entry.attempts, Execution::not_executed};
    const auto link = links_.find(entry.home);
    const std::optional<Error>& trouble = entry.trouble || link == links_.end() ? entry.trouble : link->second.trouble;
    if (entry.home != nowhere) error.message = describe(topic) + " was not confirmed in time: no answer from its node";
    if (trouble) {
      error.message = describe(topic) + " was not confirmed in time; the last trouble: " + trouble->message;
      error.node = trouble->node;
    }
    return error;
  }
  return {};
}

// The connections.

void Book::opened(Place place) {
  Link& link = links_[place];
  link.is_open = true;
  link.trouble.reset();
  has_changed_ = true;
}

void Book::lost(Place place, const std::string& why) {
  Link& link = links_[place];
  link.is_open = false;
  link.held.clear();
  link.busy.clear();
  stale_.erase(stale_.lower_bound({place, Topic{}}), stale_.lower_bound({place + 1, Topic{}}));
  for (auto& [topic, entry] : entries_) {
    if (entry.home == place) lose(topic, entry, Message::Gap::connection_lost, why);
  }
  has_changed_ = true;
}

void Book::failed_to_open(Place place, const Error& error) {
  links_[place].trouble = error;
  has_changed_ = true;
}

void Book::refuse_new(const Error& error) {
  for (const Topic& topic : std::set<Topic>(due_)) {
    const Entry* entry = find(topic);  // a copy goes with its subscription
    if (entry != nullptr && !entry->was_confirmed) refuse(topic, error);
  }
}

void Book::subscribed(Place place, const Topic& topic) {
  links_[place].held.insert(topic);
  const auto found = find_at(place, topic);
  if (found == entries_.end()) {
    stale_.insert({place, topic});
    has_changed_ = true;
  } else if (!found->second.is_confirmed) {
    confirm(found->first, found->second);
  }
}

bool Book::unsubscribed(Place place, const Topic& topic) {
  links_[place].held.erase(topic);
  stale_.erase({place, topic});
  const auto found = find_at(place, topic);
  if (found == entries_.end() || !found->second.is_confirmed) return false;
  lose(found->first, found->second, Message::Gap::moved, "the server ended the subscription: its slot moved away");
  return true;
}

void Book::settled(Place place, const Order& order, Verdict verdict, const Error& error, base::TimePoint now) {
  has_changed_ = true;
  for (const std::string& name : order.names) {
    const Topic topic{order.kind, name};
    links_[place].busy.erase(topic);
    if (order.action == Action::subscribe) settle_one(place, topic, order, verdict, error, now);
  }
}

void Book::settle_one(Place place, const Topic& topic, const Order& order, Verdict verdict, const Error& error, base::TimePoint now) {
  const auto found = find_at(place, topic);
  if (found == entries_.end() || found->second.is_confirmed) return;
  Entry* const entry = &found->second;
  ++entry->attempts;
  if (verdict != Verdict::fine) entry->trouble = error;
  // One forbidden name makes the server refuse all of its command: find out which one it is.
  if (verdict == Verdict::never && order.names.size() > 1) {
    entry->goes_alone = true;
    return;
  }
  if (verdict == Verdict::never) return refuse(found->first, error);
  if (verdict != Verdict::later && entry->attempts <= tries_at_once) return;
  entry->not_before = now + pause_(entry->attempts);
}

// Who hears much hears it of few: the last one is looked at first.
const Book::Entries::value_type* Book::heard_of(SubscriptionKind kind, std::string_view name) const {
  const bool is_same = last_heard_of_ != nullptr && last_heard_of_->first.kind == kind && last_heard_of_->first.name == name;
  if (is_same) return last_heard_of_;
  const auto entry = entries_.find(TopicLess::View{kind, name, nowhere});
  if (entry == entries_.end()) return nullptr;
  return last_heard_of_ = &*entry;
}

bool Book::accepts(Place place, SubscriptionKind kind, std::string_view name, std::string_view channel) const {
  const Entries::value_type* const entry = heard_of(kind, name);
  if (entry == nullptr) return false;
  if (!entry->second.is_spread) return entry->second.home == place && entry->second.is_confirmed;
  const auto copy = entries_.find(TopicLess::View{kind, name, place});
  if (copy == entries_.end() || !copy->second.is_confirmed) return false;
  // What somebody has published on a channel that the pattern matches, too, comes from every node.
  return kind != SubscriptionKind::pattern || is_key_event(channel) || is_first_copy(place, entry->first);
}

// One subscription.

Book::Entry* Book::find(const Topic& topic) {
  const auto entry = entries_.find(topic);
  return entry == entries_.end() ? nullptr : &entry->second;
}

// Something has changed, so a pause is not worth it: unless the changes are those that nodes in disagreement make us believe.
void Book::hurry(Entry& entry) {
  if (entry.attempts <= tries_at_once) entry.not_before = {};
}

void Book::set_home(Entry& entry, Place place) {
  if (entry.home != nowhere) --links_[entry.home].residents;
  if (place != nowhere) ++links_[place].residents;
  entry.home = place;
}

void Book::move(const Topic& topic, Entry& entry, Place place, const Settling& settling) {
  const Place from = entry.home;
  set_home(entry, place);
  const bool may_repeat = entry.was_confirmed && from != nowhere && settling;
  if (may_repeat && !entry.settling && entry.quiet_until == base::TimePoint{}) entry.settling = settling(topic, from, place);
}

void Book::erase(const Topic& topic, Entry& entry) {
  if (entry.is_confirmed && !topic.is_copy()) --live_[static_cast<std::size_t>(topic.kind)];
  if (entry.is_spread) --spread_count_;
  set_home(entry, nowhere);
  due_.erase(topic);
  last_heard_of_ = nullptr;
  entries_.erase(topic);
}

void Book::confirm(const Topic& topic, Entry& entry) {
  entry.is_confirmed = true;
  entry.attempts = 0;
  entry.goes_alone = false;
  entry.settling.reset();
  entry.quiet_until = {};
  entry.trouble.reset();
  due_.erase(topic);
  stale_.erase({entry.home, topic.plain()});
  if (topic.is_copy()) {
    Entry& whole = entries_.at(topic.plain());
    if (!whole.is_confirmed) return confirm_spread(topic.plain(), whole);
  }
  if (!topic.is_copy()) ++live_[static_cast<std::size_t>(topic.kind)];
  if (!std::exchange(entry.was_confirmed, true)) {
    announce(type_of(Action::subscribe, topic.kind), topic);
  } else {
    announce(Message::Type::gap, topic, std::exchange(entry.owed_why, {}), std::exchange(entry.owed, Message::Gap::none));
  }
}

void Book::lose(const Topic& topic, Entry& entry, Message::Gap gap, const std::string& why) {
  hurry(entry);
  has_changed_ = true;
  if (!entry.is_confirmed) return;
  due_.insert(topic);  // what may throw comes first
  entry.owed_why = why;
  entry.owed = gap;
  entry.is_confirmed = false;
  if (!topic.is_copy()) --live_[static_cast<std::size_t>(topic.kind)];
}

// One node that refuses a copy refuses the whole.
void Book::refuse(const Topic& refused, const Error& error) {
  const Topic topic = refused.plain();  // a copy: the entry goes
  Error refusal = error;
  refusal.message = describe(topic) + ": " + error.message;
  for (Waiter* waiter : waiters_) {
    if (std::binary_search(waiter->topics.begin(), waiter->topics.end(), topic) && !waiter->refusal) waiter->refusal = refusal;
  }
  const bool is_news = entries_.at(topic).was_confirmed;
  drop(topic);
  if (is_news) announce(Message::Type::refused, topic, refusal.message);
}

void Book::announce(Message::Type type, const Topic& topic, std::string data, Message::Gap gap) {
  Message message;
  message.type = type;
  message.gap = gap;
  message.kind = topic.kind;
  const bool is_pattern = topic.kind == SubscriptionKind::pattern;
  const bool is_notice = type == Message::Type::gap || type == Message::Type::refused;
  if (is_pattern) message.pattern = topic.name;
  if (!is_pattern || !is_notice) message.channel = topic.name;
  message.data = std::move(data);
  message.count = is_notice ? 0 : live_like(topic.kind);
  announcements_.push_back(std::move(message));
}

std::int64_t Book::live_like(SubscriptionKind kind) const {
  return kind == SubscriptionKind::sharded ? live_[2] : live_[0] + live_[1];
}

// What to do.

void Book::reroute(const Route& route, const Settling& settling) {
  has_changed_ = true;
  for (auto& [topic, entry] : entries_) {
    hurry(entry);
    if (entry.is_spread || topic.is_copy()) continue;
    const Place place = route(topic);
    if (place == entry.home || place == nowhere) continue;  // the old server may still have what the map says nobody has
    if (entry.home != nowhere && links_[entry.home].held.contains(topic)) stale_.insert({entry.home, topic});
    lose(topic, entry, Message::Gap::moved, "another node serves it now");
    move(topic, entry, place, settling);
  }
}

std::vector<Book::Instruction> Book::plan(const Route& route, base::TimePoint now, const Settling& settling) {
  has_changed_ = false;
  next_retry_ = base::TimePoint::max();
  Batches batches;
  plan_drops(batches);
  for (auto each = due_.begin(); each != due_.end();) {
    const Topic topic = *each++;  // a copy: confirm() takes it out
    Entry& entry = entries_.at(topic);
    const bool is_routed = !entry.is_spread && !topic.is_copy();
    if (const Place place = is_routed ? route(topic) : nowhere; place != nowhere && place != entry.home) {
      move(topic, entry, place, settling);
      hurry(entry);
    }
    plan_one(topic, now, batches);
  }
  std::vector<Instruction> instructions;
  for (auto& [batch, names] : batches) {
    for (std::size_t begin = 0; begin < names.size(); begin += names_a_command) {
      const auto first = names.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = first + static_cast<std::ptrdiff_t>(std::min(names_a_command, names.size() - begin));
      instructions.push_back({batch.place, {batch.action, batch.kind, {first, last}}});
    }
  }
  return instructions;
}

void Book::plan_drops(Batches& batches) {
  for (auto each = stale_.begin(); each != stale_.end();) {
    const auto& [place, topic] = *each;
    Link& link = links_[place];
    if (link.busy.contains(topic)) {  // settled() will come, and bring us back here
      ++each;
      continue;
    }
    const int slot = topic.kind == SubscriptionKind::sharded ? keyslot(topic.name) : 0;
    link.busy.insert(topic);
    batches[{place, Action::unsubscribe, topic.kind, slot, {}}].push_back(topic.name);
    each = stale_.erase(each);
  }
}

void Book::plan_one(const Topic& topic, base::TimePoint now, Batches& batches) {
  Entry& entry = entries_.at(topic);
  if (entry.settling) entry.quiet_until = now + *std::exchange(entry.settling, std::nullopt);
  if (entry.home == nowhere) return;
  Link& link = links_[entry.home];
  const Topic plain = topic.plain();
  if (!link.is_open || link.busy.contains(plain)) return;
  if (link.held.contains(plain)) return confirm(topic, entry);
  const base::TimePoint earliest = std::max(entry.not_before, entry.quiet_until);
  if (now < earliest) {
    next_retry_ = std::min(next_retry_, earliest);
    return;
  }
  const int slot = topic.kind == SubscriptionKind::sharded ? keyslot(topic.name) : 0;
  link.busy.insert(plain);
  batches[{entry.home, Action::subscribe, topic.kind, slot, entry.goes_alone ? topic.name : std::string()}].push_back(topic.name);
}

bool Book::needs(Place place) const {
  const auto link = links_.find(place);
  return link != links_.end() && link->second.residents > 0;
}

}  // namespace rediscluster::pubsub
