/// Runs many commands at the same time, each to its own end: those with one slot as they are, the others in parts, for
/// all shards or for all nodes, merged again. One contiguous write a node and round; see Errands for order and retries.
/// run() blocks. One per pipeline run; used by one thread.
#pragma once

#include "cluster/run/run_errands.hpp"
#include "routing/split.hpp"

namespace rediscluster::cluster {

/// How one command ended: with a reply that is no error, or with an error.
struct CommandEnd {
  wire::Frame reply{};
  std::unique_ptr<Error> error{};
  const Node* answered_by = nullptr;  ///< Null when several nodes took part.
  int attempts = 0;                   ///< Likewise 0.
};

inline CommandEnd end_of(Errand& errand) { return {std::move(errand.reply), std::move(errand.error), errand.node, errand.attempts}; }

class PipelineRun {
 public:
  PipelineRun(const Surroundings& surroundings, base::Deadline deadline) : around_(surroundings), deadline_(deadline) {}

  /// @param ends    one per command; a command whose end is an error already is left out.
  /// @param keeper  keeps the bytes of the replies, and must outlive them.
  void run(std::span<const CommandView> commands, std::span<CommandEnd> ends, base::BlockKeeper& keeper);

  // The same in halves, for who drives the errands otherwise.
  void take(std::span<const CommandView> commands, std::span<CommandEnd> ends);
  std::span<Errand> errands() { return errands_; }
  void hand_out(std::span<const CommandView> commands, std::span<CommandEnd> ends);
  /// Whether hand_out() asks nodes once more behind this one, and waits for them.
  static bool asks_again(const CommandView& command);

 private:
  /// A command that is more, or less, than one errand.
  struct Whole {
    std::size_t command;
    std::size_t first_errand;
    std::size_t errand_count;
    std::optional<routing::Split> split;  // owns what its errands point to
  };
  void take_whole(std::size_t index, const CommandView& command, CommandEnd& end);
  Result<void> add_parts(const CommandView& command, Whole& whole);

  const Surroundings& around_;
  const base::Deadline deadline_;
  std::vector<Errand> errands_;
  std::vector<Whole> wholes_;
};

}  // namespace rediscluster::cluster
