/// Commands that wait to be executed together: what stands behind a pipeline and a transaction. 24 to 30 bytes a command
/// beside its encoded bytes, and some 30 more for those of more than a kilobyte. One thread at a time.
#pragma once

#include "api/client.hpp"
#include "api/outcomes.hpp"
#include "base/byte_store.hpp"
#include "commands/command_view.hpp"

#include <rediscluster/pipeline.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace rediscluster::detail {

class CommandQueue {
 public:
  /// Whether a command may be executed here.
  using Check = Result<void> (*)(const Client&, const EncodedCommand&);

  explicit CommandQueue(Client& client) : client_(client.shared_from_this()) {}
  ~CommandQueue() { clear(); }
  CommandQueue(const CommandQueue&) = delete;
  CommandQueue& operator=(const CommandQueue&) = delete;

  Queued add(const EncodedCommand& command) {
    if (!outcomes_) [[unlikely]]
      outcomes_ = std::make_shared<Outcomes>(client_);
    base::grow_gently(commands_);
    commands_.push_back(kept(command));
    return {outcomes_, commands_.size() - 1, &command.facts()};
  }
  /// A command that cannot be executed here: it keeps its place, and ends in this error.
  Queued add_refused(const EncodedCommand& command, Error why);
  /// Words of which a server is to be asked what they are: by learn(), as who queues a command never waits.
  Queued add_unlearnt(const EncodedCommand& words);
  bool has_unlearnt() const { return !unlearnt_.empty(); }
  /// Before the execution: what add_unlearnt() left open. Words that are no command, or one that is not allowed here, are refused.
  void learn(base::Deadline deadline, Check check);

  Client& client() const { return *client_; }
  std::size_t size() const { return commands_.size(); }
  std::span<const CommandView> commands() const { return commands_; }
  /// Room for how the commands will end, with what was refused ended already.
  std::vector<cluster::CommandEnd> ends();
  /// The first command that cannot be executed here, as the error of all; nothing when there is none.
  std::optional<Error> first_refusal(std::string_view what) const;

  /// Hands out how the commands ended, and is empty afterwards.
  OutcomesPointer finish(std::vector<cluster::CommandEnd> ends, base::BlockKeeper keeper = {});
  /// Forgets the commands; who waits for them is told.
  void clear();
  /// While they are executed: whatever ends that, an exception too, the queue is empty then. Commands that may have run must not be
  /// in the next execution.
  class Executing {
   public:
    explicit Executing(CommandQueue& queue) : queue_(queue) {}
    ~Executing() {
      if (queue_.outcomes_) queue_.outcomes_->note_thrown();
      queue_.empty();
    }
    Executing(const Executing&) = delete;
    Executing& operator=(const Executing&) = delete;

   private:
    CommandQueue& queue_;
  };

  /// Bytes of memory held for the queued commands, their encoded bytes included.
  std::size_t memory() const { return bytes_.memory() + commands_.capacity() * sizeof(CommandView); }

  PipelineOptions options{};

 private:
  void empty();
  void refuse(std::size_t position, Error why);
  CommandView kept(const EncodedCommand& command) {
    return {command.facts(), kept_bytes(command), command.slot(), command.block_for().has_value()};
  }
  std::string_view kept_bytes(const EncodedCommand& command) {
    if (!command.has_lent()) [[likely]]
      return bytes_.keep(command.bytes());
    char* const begin = bytes_.make_room(command.size());
    char* at = begin;
    command.for_each_piece([&](std::string_view piece) { at = std::copy(piece.begin(), piece.end(), at); });
    return {begin, at};
  }

  const std::shared_ptr<Client> client_;  // with its owner, who may go first
  base::ByteStore bytes_;
  std::vector<CommandView> commands_;
  std::vector<std::pair<std::size_t, Error>> refused_;  // by place, ascending
  std::vector<std::size_t> unlearnt_;                   // places
  std::shared_ptr<Outcomes> outcomes_;  // of the next execution; shared with the Pendings
};

/// A command goes into a queue as it is allowed there, by `check`: told at once, or by learn() where a server must be asked first.
Queued enqueue_checked(CommandQueue& queue, const EncodedCommand& command, CommandQueue::Check check);

/// Which copies the reads of a pipeline may ask, if not those of the client's options.
std::optional<ReadFrom> read_from_of(const CommandQueue& queue);
/// What execute() of a pipeline gives, once each command is at its end. The queue is empty then.
Result<Replies> replies_of(CommandQueue& queue, std::vector<cluster::CommandEnd> ends, base::BlockKeeper keeper, const ExecuteOptions& options);

/// Every command that has no end of its own yet ends in this error.
void end_in(std::span<cluster::CommandEnd> ends, const Error& error);

/// "Command # 3 (LPUSH k x) of pipeline caused error: ...", everything else as in `error`.
/// @param position  counted from 0.
Error caused_by(const CommandView& command, std::size_t position, std::string_view what, const Error& error);

}  // namespace rediscluster::detail
