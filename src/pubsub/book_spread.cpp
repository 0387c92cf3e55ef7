// The part of the book about what is wanted everywhere: a subscription without a home, and its copies, which have one each.
#include "pubsub/book.hpp"

#include <algorithm>

namespace rediscluster::pubsub {

// Who has this subscription at that place: a copy, or the subscription itself.
Book::Entries::iterator Book::find_at(Place place, const Topic& topic) {
  auto found = entries_.find(TopicLess::View{topic.kind, topic.name, place});
  if (found == entries_.end()) found = entries_.find(TopicLess::View{topic.kind, topic.name, nowhere});
  return found != entries_.end() && found->second.home == place ? found : entries_.end();
}

std::vector<Topic> Book::copies_of(const Topic& topic) const {
  std::vector<Topic> copies;
  for (auto each = entries_.upper_bound(topic); each != entries_.end() && each->first.plain() == topic; ++each) copies.push_back(each->first);
  return copies;
}

void Book::spread(std::vector<Place> everywhere) {
  if (everywhere.empty()) return;
  std::sort(everywhere.begin(), everywhere.end());
  everywhere.erase(std::unique(everywhere.begin(), everywhere.end()), everywhere.end());
  everywhere_ = std::move(everywhere);
  for (auto& [topic, entry] : entries_) {
    if (entry.is_spread) spread_one(topic, entry);
  }
}

void Book::spread_one(const Topic& topic, Entry& entry) {
  for (const Topic& copy : copies_of(topic)) {
    if (!std::binary_search(everywhere_.begin(), everywhere_.end(), copy.copy_at)) drop(copy);
  }
  for (const Place place : everywhere_) {
    const auto [copy, is_new] = entries_.try_emplace(Topic{topic.kind, topic.name, place});
    if (!is_new) continue;
    set_home(copy->second, place);
    due_.insert(copy->first);
    if (!entry.is_confirmed) continue;
    copy->second.was_confirmed = true;  // that the whole was, and may have missed what this place has told
    copy->second.owed = Message::Gap::moved;
    copy->second.owed_why = "another node serves keys now";
  }
  has_changed_ = true;
  if (!entry.is_confirmed) confirm_spread(topic, entry);  // what was waited for may have gone
}

// Confirmed when all copies are, once: what each of them loses later is its own matter.
void Book::confirm_spread(const Topic& topic, Entry& entry) {
  const std::vector<Topic> copies = copies_of(topic);
  const auto is_confirmed = [this](const Topic& copy) { return entries_.at(copy).is_confirmed; };
  if (copies.empty() || !std::all_of(copies.begin(), copies.end(), is_confirmed)) return;
  for (const Topic& copy : copies) entries_.at(copy).was_confirmed = true;
  confirm(topic, entry);
}

bool Book::is_first_copy(Place place, const Topic& topic) const {
  for (auto each = entries_.upper_bound(topic); each != entries_.end() && each->first.plain() == topic; ++each) {
    if (each->second.is_confirmed) return each->first.copy_at == place;
  }
  return false;
}

// Ends it, its copies with it; servers that have it are told.
void Book::drop(const Topic& topic) {
  if (!topic.is_copy()) {
    for (const Topic& copy : copies_of(topic)) drop(copy);
  }
  Entry& entry = entries_.at(topic);
  const Topic plain = topic.plain();
  if (entry.home != nowhere && links_[entry.home].held.contains(plain)) stale_.insert({entry.home, plain});
  erase(topic, entry);
}

// The entry that keeps it from being confirmed.
const Book::Entry& Book::troubled(const Topic& topic) const {
  for (const Topic& copy : copies_of(topic)) {
    if (due_.contains(copy)) return entries_.at(copy);
  }
  return entries_.at(topic);
}

}  // namespace rediscluster::pubsub
