/// The course of one command through its attempts: where the next one goes, what the last one's end means, and the error
/// in the end. It sends nothing, looks at no clock and never sleeps: who drives it does, and tells it (attempt_end.hpp). One thread.
#pragma once

#include "base/quota.hpp"
#include "cluster/run/attempt_end.hpp"
#include "cluster/run/call.hpp"
#include "cluster/run/reader.hpp"
#include "cluster/topology/topology_refresher.hpp"
#include "routing/judge.hpp"

#include <optional>

namespace rediscluster::cluster {

/// The living parts that a run works with.
struct Surroundings {
  const Config& config;
  Topology& topology;
  TopologyRefresher& refresher;
  const std::atomic<bool>& closed;  ///< The client was closed: nothing new may begin.
  ReadFrom read_from;               ///< Which copies may answer reads: the client's option, or that of one pipeline.
  base::Quota& helpers;             ///< Threads that connect beside those of the callers.
};

/// The node for a first attempt: by the map, and by what the client may read from. Null when nobody is known to serve it.
/// @param slot  0..16383, or Course::any_slot.
/// @param dice  the same for parts of one command: those of one shard then go to the same copy, in one write.
Node* node_by_map(const Surroundings& surroundings, const CommandView& command, int slot, base::TimePoint now, std::uint64_t dice);

/// Of the time that is left, what an attempt may take where another one may follow elsewhere.
inline base::Deadline share_of_time(base::TimePoint now, base::Deadline deadline) {
  return deadline.is_never() ? deadline : base::Deadline::after(now, deadline.left(now) / 2);
}

/// Until when what is sent now has its answer, or is given up: options.socket_timeout, within the call's deadline.
inline base::Deadline answers_by(const Surroundings& surroundings, base::Deadline deadline, base::TimePoint now) {
  const auto& limit = surroundings.config.options.socket_timeout;
  return limit ? earlier(deadline, base::Deadline::after(now, *limit)) : deadline;
}

class Course {
 public:
  static constexpr int any_slot = -1;  ///< A command without keys: any primary will do.

  /// Sent in front of a command that follows an ASK. It has a reply of its own.
  static constexpr std::string_view asking_command = "*1\r\n$6\r\nASKING\r\n";

  enum class Step : std::uint8_t {
    finished,     ///< There is an error for the caller: take_error().
    done,         ///< It has done what it was sent for; what stands for the reply: Course::no_reply().
    at_once,      ///< Try again now.
    after_pause,  ///< Try again when pause_is_over(), by go_on().
  };

  /// @param fixed  this node only, no redirects; null: the node that serves `slot`.
  Course(const Surroundings& surroundings, const CommandView& command, int slot, Node* fixed, base::Deadline deadline);

  /// An attempt that somebody else made of this command, before the course began.
  /// @param epoch  of the topology when that began.
  void count_attempt_on(Node& node, std::uint64_t epoch);
  void count_attempt_on(Node& node) { count_attempt_on(node, around_.topology.epoch()); }

  /// For who knows better by now when the time is over.
  void set_deadline(base::Deadline deadline) { deadline_ = deadline; }

  /// Begins an attempt. Null when nobody is known to serve the slot: then nobody_serves() says what next.
  Node* begin_attempt(base::TimePoint now);
  Step nobody_serves(base::TimePoint now);
  /// Whether begin_attempt() would give this node now.
  bool would_go_to(const Node& node) const;
  /// The deadline came before the first attempt.
  Step never_begun();
  /// The deadline came before the next attempt.
  Step out_of_time() { return give_up(); }
  /// Ends with an error that is not a server's, and says itself whether the command may have run: nothing more is tried.
  Step give_up_with(Error error);
  int attempts() const { return attempts_; }
  /// Of the last attempt; null: there was none.
  Node* node() const { return node_; }
  bool is_first_attempt() const { return attempts_ <= 1; }
  /// Connections end under this command: it is sent on one of its own, so that those who share one do not suffer.
  bool wants_own_lane() const { return wants_own_lane_; }
  static wire::Frame no_reply();
  /// Whether this attempt needs ASKING in front.
  bool asking() const { return asking_; }

  /// Whether another node, and one that is well, may answer as well as that of this attempt. Then the attempt has a share of the
  /// time and no more, unless its node shows that it is alive: see share_of_time().
  bool may_go_elsewhere() const { return may_go_elsewhere_; }
  /// Whether note_answer() has something to note: it needs a look at the clock.
  bool notes_answers() const { return unconfirmed_ || (reads_copy_ && reader_.measures()); }
  /// The attempt came to its end with a plain reply: a redirect that led here was no words of the command's own, and the node was so fast.
  /// @param reply_size  0: not to be compared with others.
  /// @param begin       what begin_attempt() got.
  void note_answer(std::size_t reply_size, base::TimePoint begin, base::TimePoint now);
  /// The attempt came to its end without a plain reply. What becomes of its connection: lane_advice().
  Step judge(const AttemptEnd& end, base::TimePoint now);
  LaneAdvice lane_advice() const { return lane_advice_; }
  /// Before judge(): the reply to the ASKING of this attempt, where it was not skipped.
  void note_asking(const wire::Frame& reply);

  /// A pause is over at that time; most are also when the topology is another one than that of epoch(). Who waits for both asks
  /// pause_is_over() behind it.
  base::Deadline pause_end() const { return pause_end_; }
  std::uint64_t epoch() const { return pause_is_whole_ ? around_.topology.epoch() : epoch_; }
  bool pause_is_over(base::TimePoint now) const;
  /// Behind a pause. Says finished when the deadline has come, or the client was closed.
  Step go_on(base::TimePoint now);

  Error&& take_error() { return std::move(error_); }

 private:
  Node* choose_node(base::TimePoint now);
  Node* choose_primary(base::TimePoint now);
  void note_trouble(const routing::Happening& what, base::TimePoint now);
  bool another_copy_may_answer(const routing::Happening& what, base::TimePoint now);
  void confirm_redirect(base::TimePoint now);
  bool authenticates_again(const routing::Happening& what);
  void note_end(const routing::Happening& what, const AttemptEnd& end);
  bool is_sent_in_circles(Node& owner);
  Step follow_redirect(const wire::Frame& reply, const routing::Verdict& verdict, base::TimePoint now);
  static constexpr int most_at_once = 4;  // two nodes that point at each other agree after a moment: do not spin meanwhile

  Step plan_pause(bool refresh, base::TimePoint now);
  Step plan_whole_pause(base::TimePoint now);
  base::Duration shortest_attempt() const;
  base::Random& dice();
  void report_retry(base::Duration pause);
  void report_redirect(Event::Kind kind, const Node* target, int slot);
  Step give_up();
  Step surface(Execution execution);

  const Surroundings& around_;
  const CommandView command_;
  const int slot_;
  Node* const fixed_;
  base::Deadline deadline_;
  std::optional<base::Random> dice_;

  Node* node_ = nullptr;      // of the current attempt
  bool may_go_elsewhere_ = false;  // likewise
  Errc asking_error_{};       // likewise: what note_asking() was told
  bool reads_copy_ = false;   // likewise: it was chosen among the copies of its shard
  std::uint32_t connections_before_ = 0;  // likewise: made to it when the attempt began
  Reader reader_;
  Node* redirect_ = nullptr;  // where the next attempt goes, instead of by the map
  bool asking_ = false;
  LaneAdvice lane_advice_ = LaneAdvice::leave;  // of the last judge()
  bool in_doubt_ = false;     // some attempt may have run
  bool wants_own_lane_ = false;
  int ends_ = 0;              // of connections, with some of this command on them
  Node* sent_away_by_ = nullptr;  // see is_sent_in_circles()
  bool came_back_ = false;        // likewise
  std::optional<NodeAddress> unconfirmed_;  // where a redirect led that may be made up: learnt when the command is answered there
  int attempts_ = 0;
  int redirects_ = 0;
  int resent_at_once_ = 0;
  int pauses_ = 0;
  int cluster_downs_ = 0;
  bool authenticated_again_ = false;
  std::uint64_t epoch_ = 0;   // of the topology when the attempt began
  base::Deadline pause_end_;
  bool pause_is_whole_ = false;  // no news ends it before
  Error error_;               // the last thing that went wrong
};

}  // namespace rediscluster::cluster
