/// The book of subscriptions: what the user wants, what each connection has confirmed, and therefore which commands go
/// where next and what the user is told. No I/O, no clock; connections are numbers here ("places").
///
/// One subscription:
///   wanted ──plan: sent to its place──→ asked ──notice of the server──→ confirmed
///     ↑ owed a gap                                                        │
///     └──── connection lost, dropped by the server, or its place changed ─┘
/// A gap is told when the subscription is confirmed again: whoever then reads the truth elsewhere misses nothing.
/// What a place holds is what its notices say, in the order of its bytes; what it holds and should not is dropped there.
/// Messages count only from the place where the subscription is confirmed, so after a move nothing comes twice.
///
/// What only one node tells of each thing, as keyspace notifications, is wanted everywhere: such a subscription has a copy at each
/// place that spread() names, each with this life of its own, and is confirmed when all of them once were.
///
/// Pure; not thread-safe: the desk that owns it holds a lock.
#pragma once

#include "base/time.hpp"
#include "pubsub/line.hpp"

#include <rediscluster/errors.hpp>

#include <array>
#include <compare>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace rediscluster::pubsub {

/// The number of a connection.
using Place = int;
inline constexpr Place nowhere = -1;

struct Topic {
  SubscriptionKind kind = SubscriptionKind::channel;
  std::string name{};
  Place copy_at = nowhere;  ///< Of a copy of what is wanted everywhere: where it stands.
  friend auto operator<=>(const Topic&, const Topic&) = default;

  bool is_copy() const { return copy_at != nowhere; }
  /// The subscription as the user and the server know it.
  Topic plain() const { return {kind, name}; }
};

/// Finds topics by name without copying it.
struct TopicLess {
  using is_transparent = void;
  using View = std::tuple<SubscriptionKind, std::string_view, Place>;
  static View view(const Topic& topic) { return {topic.kind, topic.name, topic.copy_at}; }
  static View view(const View& view) { return view; }
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return view(a) < view(b);
  }
};

/// "SUBSCRIBE \"name\"", shortened and printable, for messages.
std::string describe(const Topic& topic);

/// A call of subscribe() that waits for its topics.
struct Waiter {
  std::vector<Topic> topics;     ///< Sorted, without repeats.
  std::optional<Error> refusal{};
};

class Book {
 public:
  /// Where a topic belongs now; nowhere: nobody serves its slot.
  using Route = std::function<Place(const Topic& topic)>;
  /// How long to wait before a topic that was confirmed at `from` is asked for at `to`: the new place may be behind the old
  /// one, and would bring once more what the old one has brought. Empty: not at all.
  using Settling = std::function<base::Duration(const Topic& topic, Place from, Place to)>;
  /// How long to wait before attempt n (1, 2, ...) is followed by another.
  using Pause = std::function<base::Duration(int attempt)>;

  explicit Book(Pause pause) : pause_(std::move(pause)) {}

  // The user.
  /// If it is confirmed already, that is told once more.
  /// @param everywhere  at each place that spread() names, not where the route leads.
  void want(const Topic& topic, bool everywhere = false);
  /// Takes one want() back, which came to nothing: it stays wanted when somebody else wanted it, too.
  void withdraw(const Topic& topic);
  /// @param tell  whether the user asked for it, and is told.
  void unwant(const Topic& topic, bool tell);
  bool is_empty() const { return entries_.empty(); }
  std::vector<Topic> topics(SubscriptionKind kind) const;
  void add(Waiter& waiter) { waiters_.push_back(&waiter); }
  void remove(Waiter& waiter) { std::erase(waiters_, &waiter); }
  /// Whether all its topics are confirmed (or not wanted any more), or one was refused.
  bool is_answered(const Waiter& waiter) const;
  /// What keeps the first topic of the waiter that is not confirmed from being so.
  Error trouble_of(const Waiter& waiter) const;

  // The connections.
  void opened(Place place);
  /// It ended. @param why  in words, for the user.
  void lost(Place place, const std::string& why);
  /// It could not be made.
  void failed_to_open(Place place, const Error& error);
  /// Nobody will be let in: what was never confirmed ends with this error.
  void refuse_new(const Error& error);
  void subscribed(Place place, const Topic& topic);
  /// True: the server took away what was confirmed, so the map has probably changed.
  bool unsubscribed(Place place, const Topic& topic);
  /// What a refused subscribe command means.
  enum class Verdict : std::uint8_t {
    fine,       ///< It was not refused.
    elsewhere,  ///< Another node serves it.
    later,      ///< Not now.
    never,      ///< Not for this user, or not on this server.
  };
  /// A command sent to this place has had all its answers. @param error  of a verdict that is not fine.
  void settled(Place place, const Order& order, Verdict verdict, const Error& error, base::TimePoint now);
  /// Whether a message of this subscription that comes from there is for the user.
  /// @param channel  where it was published, when the subscription is a pattern.
  bool accepts(Place place, SubscriptionKind kind, std::string_view name, std::string_view channel = {}) const;

  // What to do.
  /// The map of the cluster, or the home of the topics without slots, has changed.
  void reroute(const Route& route, const Settling& settling = {});
  /// These are the places there are, for what is wanted everywhere. None at all: those there were may have it still.
  void spread(std::vector<Place> everywhere);
  /// Whether anything is wanted everywhere.
  bool wants_everywhere() const { return spread_count_ > 0; }
  struct Instruction {
    Place place;
    Order order;
  };
  /// Commands to send now. Places that are needed and not open are needs()'s matter.
  std::vector<Instruction> plan(const Route& route, base::TimePoint now, const Settling& settling = {});
  /// Whether plan() may have something new to say.
  bool has_work(base::TimePoint now) const { return has_changed_ || now >= next_retry_; }
  /// When to plan again if nothing happens until then.
  base::Deadline next_retry() const { return base::Deadline::at(next_retry_); }
  /// Whether some subscription belongs there.
  bool needs(Place place) const;
  /// Whether some subscription is not confirmed.
  bool is_unsettled() const { return !due_.empty(); }
  /// What the user is to be told, in order.
  std::vector<Message> take_announcements() { return std::exchange(announcements_, {}); }

 private:
  struct Entry {
    bool is_spread = false;        // wanted everywhere: it has no home, its copies have
    Place home = nowhere;
    bool is_confirmed = false;
    bool was_confirmed = false;
    Message::Gap owed = Message::Gap::none;
    std::string owed_why{};
    int claims = 0;                // calls of want() that were not taken back
    int attempts = 0;              // since it was last confirmed
    bool goes_alone = false;       // others in the same command were refused, or it was
    base::TimePoint not_before{};
    std::optional<base::Duration> settling{};  // it has moved; from plan() on it is quiet for so long
    base::TimePoint quiet_until{};
    std::optional<Error> trouble{};
  };
  struct Link {
    bool is_open = false;
    int residents = 0;           // entries whose home it is
    std::set<Topic> held{};      // what the server says it has; plain ones, as in busy and stale_
    std::set<Topic> busy{};      // in commands under way
    std::optional<Error> trouble{};
  };
  /// What may go into one command: a place, a family and, for sharded channels, a slot.
  struct Batch {
    Place place;
    Action action;
    SubscriptionKind kind;
    int slot;
    std::string alone;  // the name, when nothing else may go along
    friend auto operator<=>(const Batch&, const Batch&) = default;
  };
  using Batches = std::map<Batch, std::vector<std::string>>;

  using Entries = std::map<Topic, Entry, TopicLess>;

  Entry* find(const Topic& topic);
  const Entries::value_type* heard_of(SubscriptionKind kind, std::string_view name) const;
  Entries::iterator find_at(Place place, const Topic& topic);
  std::vector<Topic> copies_of(const Topic& topic) const;
  void spread_one(const Topic& topic, Entry& entry);
  void drop(const Topic& topic);
  void confirm_spread(const Topic& topic, Entry& entry);
  bool is_first_copy(Place place, const Topic& topic) const;
  const Entry& troubled(const Topic& topic) const;
  static void hurry(Entry& entry);
  void set_home(Entry& entry, Place place);
  void move(const Topic& topic, Entry& entry, Place place, const Settling& settling);
  void erase(const Topic& topic, Entry& entry);
  void confirm(const Topic& topic, Entry& entry);
  void lose(const Topic& topic, Entry& entry, Message::Gap gap, const std::string& why);
  void refuse(const Topic& refused, const Error& error);
  void settle_one(Place place, const Topic& topic, const Order& order, Verdict verdict, const Error& error, base::TimePoint now);
  void plan_one(const Topic& topic, base::TimePoint now, Batches& batches);
  void plan_drops(Batches& batches);
  void announce(Message::Type type, const Topic& topic, std::string data = {}, Message::Gap gap = Message::Gap::none);
  std::int64_t live_like(SubscriptionKind kind) const;

  const Pause pause_;
  Entries entries_;
  mutable const Entries::value_type* last_heard_of_ = nullptr;  // one of them
  std::map<Place, Link> links_;
  std::set<Topic> due_;                        // entries that are not confirmed
  std::set<std::pair<Place, Topic>> stale_;    // held where they should not be
  std::vector<Waiter*> waiters_;
  std::vector<Message> announcements_;
  std::array<std::int64_t, 3> live_{};         // confirmed, by kind; copies do not count
  std::vector<Place> everywhere_;              // sorted
  int spread_count_ = 0;                       // entries that are wanted everywhere
  bool has_changed_ = false;
  base::TimePoint next_retry_ = base::TimePoint::max();
};

}  // namespace rediscluster::pubsub
