/// All keys of the cluster, page by page: SCAN over each primary, and again over the new owners of slots that moved
/// meanwhile, until the book (routing/scan_book.hpp) says that every slot is covered. Holds no connection between two
/// calls, and no more than one page per shard. Blocking; one thread at a time; must not outlive the cluster.
#pragma once

#include "base/random.hpp"
#include "cluster/cluster.hpp"
#include "cluster/run/node_question.hpp"
#include "routing/cursor_watch.hpp"
#include "routing/saved_scan.hpp"

#include <deque>

namespace rediscluster::cluster {

class KeyWalk {
 public:
  KeyWalk(Cluster& cluster, const ScanIterOptions& options);
  /// Goes on where a saved one stood.
  KeyWalk(Cluster& cluster, routing::SavedScan saved);

  /// The next key; nothing at the end. After an error it may be asked again: it goes on where it stood.
  /// Errors: Errc::bad_option; slot_not_covered naming the slots; unexpected_reply; no_permission and the like.
  Result<std::optional<std::string>> next();
  /// One of those that were read already; empty: none is left.
  std::optional<std::string> take_read();
  /// Everything that next() has not given yet.
  routing::SavedScan save() const;
  slots::SlotSet pending() const { return book_.pending(); }

 private:
  enum class Phase : std::uint8_t {
    starting,  ///< The node is asked what it has, and for the first page.
    resuming,  ///< The node is asked whether it is still the same process.
    reading,   ///< The node is asked for the next page.
    ending,    ///< The last page was given: the node is asked what it still has.
  };
  /// A pass under way.
  struct Reader {
    Node* node = nullptr;
    Phase phase = Phase::starting;
    std::string target{};  // starting: the id under which half slots wait for this node; mostly empty
    routing::ScanPass pass{};
    slots::SlotSet hunted{};
    std::string cursor{"0"};
    std::string given{"0"};  // the cursor of the page whose keys are being given
    routing::CursorWatch watch{};
  };
  using ReaderPointer = std::unique_ptr<Reader>;
  enum class Fate : std::uint8_t { goes_on, waits, over };

  Result<void> start();
  Result<void> check_options() const;
  Result<void> check_same_cluster() const;
  void resume_passes();
  Result<void> step();
  Result<void> fetch();
  Result<void> next_round();
  Result<void> pause(std::uint64_t epoch_before);
  Result<void> give_up();
  void plan_round();
  void drop_unserved();
  bool still_serves(const Reader& reader) const;

  std::unique_ptr<NodeQuestion> question_of(const Reader& reader) const;
  Result<Fate> take(Reader& reader, const NodeQuestion& question);
  Result<Fate> take_start(Reader& reader, const NodeQuestion& question);
  Result<Fate> take_page(Reader& reader, const wire::Frame& reply);
  Result<Fate> take_end(Reader& reader, const NodeQuestion& question);
  Fate put_off(Reader& reader, Error reason);
  std::vector<slots::OwnView> ask_witnesses(const std::set<std::string>& ids);
  slots::SlotSet taken_from(const Reader& reader, const slots::OwnView& view);
  void overhear(const Reader& reader);
  base::Deadline attempt_deadline(base::TimePoint now) const;

  Cluster& cluster_;
  const ScanIterOptions options_;
  base::Duration patience_{};
  routing::ScanBook book_;
  std::vector<routing::SavedPass> saved_passes_;   // until start()
  std::vector<std::string> saved_nodes_;           // likewise
  bool started_ = false;
  bool gave_up_ = false;

  std::deque<ReaderPointer> queue_;    // of this round, not begun
  std::vector<ReaderPointer> active_;  // at most options_.parallel
  std::vector<ReaderPointer> waiting_;  // put off to the next round
  std::deque<std::string> keys_;       // of the last pages, not yet given

  Node* overheard_from_ = nullptr;  // who told in this step what others have; null: nobody was asked, or nobody answered
  ClusterNodes overheard_;
  int rounds_ = 0;
  int vain_rounds_ = 0;  // in a row: pages came, no slot was covered
  int pages_in_round_ = 0;
  int covered_in_round_ = 0;
  int pauses_ = 0;
  std::uint64_t round_epoch_ = 0;    // of the topology when the round began
  std::uint64_t checked_epoch_ = 0;  // of the topology at the last drop_unserved()
  base::TimePoint last_progress_{};
  std::optional<Error> trouble_;     // of this round
  base::Random random_;
};

}  // namespace rediscluster::cluster
