/// What a pub/sub object does: reads all its connections, makes them, finds them dead, and carries out what the
/// book plans. A thread of its own does that whether or not the user reads, so no server ends a connection because the user is slow
/// (but for UnreadPolicy::stop_reading); a reader who waits does it himself (PumpBaton). start(), stop(), wake() and what readers call by
/// any thread; the rest is for whoever has the turn.
#pragma once

#include "base/flow.hpp"
#include "base/random.hpp"
#include "cluster/cluster.hpp"
#include "cluster/listen/pubsub_desk.hpp"
#include "cluster/listen/pubsub_link.hpp"
#include "cluster/listen/pump_baton.hpp"
#include "cluster/listen/pump_mail.hpp"
#include "pubsub/message_slot.hpp"

#include <atomic>
#include <optional>
#include <set>

namespace rediscluster::cluster {

/// Tells the client's hooks and counters of a gap message. Without a lock.
void report_gap(Reporter& reporter, const Message& gap);

class PubSubPump {
 public:
  /// All of them outlive the pump.
  PubSubPump(Cluster& cluster, PubSubDesk& desk, const PubSubOptions& options);
  ~PubSubPump() { stop(); }
  PubSubPump(const PubSubPump&) = delete;
  PubSubPump& operator=(const PubSubPump&) = delete;

  /// All subscriptions at this node, whatever it answers. Before start().
  void stay_at(Node& node) { stays_at_ = &node; }
  /// Channels and patterns at the node that serves this slot. Before start().
  void follow(int slot) { followed_slot_ = slot; }
  /// Starts the thread if it does not run. One thread at a time (the desk's mutex is held). Errors: Errc::connect_failed.
  Result<void> start();
  /// Ends it for good, and all connections. Waits for an attempt to connect that is under way. Not by two threads at once.
  void stop();
  /// The desk has changed.
  void wake();

  // For a reader who waits. He may hold the desk's mutex but for turn().
  /// Whether he has the turns from now on, until end_reading(); else somebody else has them, who tells the desk when that changes.
  bool begin_reading();
  void end_reading();
  /// One turn: until something has come, or somebody wakes the pump, or the deadline.
  void turn(base::Deadline until) noexcept;
  /// With the desk's mutex held, and nothing in the inbox: the next of the messages that were left where they came in. False: there is
  /// none, or somebody is at the connections.
  bool take_left(pubsub::MessageSlot slot);
  /// The same, whether it is worth trying.
  bool may_take_left() const { return left_at_ != pubsub::nowhere && !is_at_links_; }
  /// With the desk's mutex held: puts the messages that are there and were not looked at into the inbox, before the book changes in a way
  /// that may concern them. Not in a turn of the caller's (a hook): then they stay where they are.
  void settle_rests(std::unique_lock<std::mutex>& lock);
  /// Whether the caller is in a turn: a hook of the user's.
  bool is_in_turn() const { return base::runs_for(&mail_.poller()); }

 private:
  using Place = pubsub::Place;
  struct Moved {
    std::string error;
    Node* told_by;
  };

  void run();
  void begin_turn();
  void end_turn();
  void close_all() noexcept;
  void take_turn(base::Deadline until);
  void begin_anew();
  void note_topology();
  void note_login();
  void plan(base::TimePoint now);
  base::Deadline maintain(base::TimePoint now);
  base::Deadline look_after(Place place, base::TimePoint now);
  void begin_connecting(PubSubLink& link, base::TimePoint now);
  void finish_connecting(Place place, base::TimePoint now);
  bool wait(base::Deadline deadline);
  void receive(Place place);
  void receive_some(Place place);
  bool process(Place place, bool may_leave);
  bool leaves_rest(Place place);
  template <class Take>
  bool look_at_rest(Place place, Take&& take);
  void take_in_rest(Place place);
  void take_in_rests();
  Place left_to_readers();
  void come_to_links();
  void leave_links();
  void settle(Place place, const pubsub::Line::Settled& settled, std::vector<Moved>& moves);
  void doubt_map(base::TimePoint now);
  void learn(const Moved& moved);
  void drop(Place place, const std::string& why);
  bool may_read();
  bool has_unread();
  bool may_take_more() const;
  void report_gaps();

  Place route(const pubsub::Topic& topic);
  base::Duration settling(const pubsub::Topic& topic, Place from, Place to);
  pubsub::Book::Route router() {
    return [this](const pubsub::Topic& topic) { return route(topic); };
  }
  pubsub::Book::Settling settler() {
    return [this](const pubsub::Topic& topic, Place from, Place to) { return settling(topic, from, to); };
  }
  Place place_of(Node& node);
  std::vector<Place> places_of_primaries();
  Place home();
  Node* choose_home();
  PubSubLink& link(Place place) { return *links_[static_cast<std::size_t>(place)]; }
  int places() const { return static_cast<int>(links_.size()); }

  Cluster& cluster_;
  PubSubDesk& desk_;
  const PubSubOptions options_;
  PumpMail mail_;
  PumpBaton baton_;
  std::atomic<bool> stopping_{false};
  base::Flow thread_;

  base::Random random_;
  std::vector<std::unique_ptr<PubSubLink>> links_;  // by place
  std::map<const Node*, Place> place_of_node_;
  Place home_ = pubsub::nowhere;     // of channels and patterns
  Node* stays_at_ = nullptr;
  std::optional<int> followed_slot_;
  bool primaries_changed_ = true;    // since the book was told of them
  /// Who is a primary with its replica, or was lately; only compared. After a failover the map may not name the old primary for a while.
  std::set<std::pair<const Node*, const Node*>> shard_mates_;
  const Node* avoided_ = nullptr;    // the last home that failed
  const char* must_end_ = nullptr;   // why the connection being read has to be made anew
  std::atomic<bool> begins_anew_{false};  // something was thrown
  bool is_readers_turn_ = false;
  base::TimePoint left_{};           // when the last turn ended
  bool is_unsettled_ = false;        // some subscription is not confirmed
  base::TimePoint next_request_{};   // when it has been so long enough to ask for the map (again)
  base::TimePoint left_until_{};     // what is left to a reader is taken in then
  std::vector<net::Watch> watches_;  // of the wait under way
  std::vector<Place> watched_;

  // Guarded by the desk's mutex.
  bool has_turn_ = false;            // somebody
  bool is_at_links_ = false;         // he is, and does not wait for them
  Place left_at_ = pubsub::nowhere;  // whose line holds messages for a reader to take one by one
  bool has_a_taker_ = false;         // somebody has taken the last of what was left, and will come for more
};

}  // namespace rediscluster::cluster
