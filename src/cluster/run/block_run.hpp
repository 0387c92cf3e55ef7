/// Runs a block of commands as MULTI ... EXEC: one contiguous write, one ticket, judged and sent again only as a whole.
/// BlockRun does it on a shared connection; WatchSession holds a connection of its own from WATCH to EXEC.
/// Blocking; one thread.
#pragma once

#include "cluster/run/pipeline_run.hpp"
#include "routing/block.hpp"

namespace rediscluster::cluster {

/// The replies of the commands of a block that ran, each with its own end.
using BlockEnds = std::vector<CommandEnd>;

/// MULTI, the commands, EXEC: what is sent, and what the replies come to.
class Block {
 public:
  Block(std::span<const CommandView> commands, bool asking);

  const link::SendQueue& bytes() const { return bytes_; }
  /// For a batch ticket: the reply to ASKING, if any, is not among them.
  std::span<wire::Frame> replies() { return replies_; }
  std::uint32_t skipped_replies() const { return skipped_; }
  routing::BlockOutcome outcome(const drive::LaneTicket& ticket) const;
  /// How far it came; sent is what the server may have got the EXEC of.
  AttemptEnd end_of(const drive::LaneTicket& ticket) const;
  /// Of a block that ran. Errors: Errc::unexpected_reply.
  Result<BlockEnds> ends(const Node& node, int attempts) const;

  /// Nothing has run, and the error will be the same next time: EXECABORT with the reason.
  Error refusal(const routing::BlockOutcome& outcome, Error reason) const;

 private:
  std::span<const CommandView> commands_;
  link::SendQueue bytes_;  // long commands stay where they are
  std::vector<wire::Frame> replies_;
  std::uint32_t skipped_;
};

/// What stands for a block where a command is asked for: it is judged by its retry class.
CommandView view_of_block(RetryClass retry, std::string_view bytes, int slot);

class BlockRun {
 public:
  /// @param slot  of the keys, or Course::any_slot.
  BlockRun(const Surroundings& surroundings, std::span<const CommandView> commands, int slot, base::Deadline deadline);

  /// Errors: Errc::exec_abort with the refused command; everything that SingleRun has.
  Result<BlockEnds> run();

 private:
  Course::Step attempt(BlockEnds& ends, Node& node, base::TimePoint now);
  Course::Step judge(Block& block, const drive::LaneTicket& ticket, const Node& node, drive::CallerLane& lane, BlockEnds& ends);
  Course::Step judge_refusal(const Block& block, const routing::BlockOutcome& outcome, const drive::LaneTicket& ticket, drive::CallerLane& lane);
  Course::Step fail_with(Error error);

  const Surroundings& around_;
  const std::span<const CommandView> commands_;
  const base::Deadline deadline_;
  Course course_;
  std::optional<Error> error_;
};

/// Whether the error says that the block would succeed elsewhere or later.
bool may_pass(Errc code);

}  // namespace rediscluster::cluster
