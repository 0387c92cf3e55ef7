#include "api/command_queue.hpp"

#include "commands/shown_command.hpp"

namespace rediscluster::detail {

Queued CommandQueue::add_refused(const EncodedCommand& command, Error why) {
  refuse(commands_.size(), std::move(why));
  return add(command);
}

void CommandQueue::refuse(std::size_t position, Error why) {
  const auto next = std::find_if(refused_.begin(), refused_.end(), [&](const auto& each) { return each.first > position; });
  refused_.emplace(next, position, std::move(why));
}

Queued CommandQueue::add_unlearnt(const EncodedCommand& words) {
  unlearnt_.push_back(commands_.size());
  return add(words);
}

void CommandQueue::learn(base::Deadline deadline, Check check) {
  for (const std::size_t position : std::exchange(unlearnt_, {})) {
    CommandView& command = commands_[position];
    Result<EncodedCommand> known = client_->resolve(command, {.timeout = base::whole_milliseconds(deadline.left(base::Clock::now()))});
    if (Result<void> allowed = known ? check(*client_, *known) : fail(std::move(known.error())); !allowed) {
      refuse(position, std::move(allowed.error()));
    } else {
      command = kept(*known);
    }
  }
}

Queued enqueue_checked(CommandQueue& queue, const EncodedCommand& command, CommandQueue::Check check) {
  if (!command.is_resolved()) [[unlikely]] {
    std::optional<Result<EncodedCommand>> known = queue.client().resolve_unasked(command);
    if (!known) return queue.add_unlearnt(command);
    return *known ? enqueue_checked(queue, **known, check) : queue.add_refused(command, std::move(known->error()));
  }
  Result<void> allowed = check(queue.client(), command);
  return allowed ? queue.add(command) : queue.add_refused(command, std::move(allowed.error()));
}

std::optional<Error> CommandQueue::first_refusal(std::string_view what) const {
  if (refused_.empty()) return std::nullopt;
  const auto& [position, error] = refused_.front();
  return caused_by(commands_[position], position, what, error);
}

std::vector<cluster::CommandEnd> CommandQueue::ends() {
  std::vector<cluster::CommandEnd> ends(commands_.size());
  for (const auto& [position, error] : refused_) ends[position].error = std::make_unique<Error>(error);
  return ends;
}

OutcomesPointer CommandQueue::finish(std::vector<cluster::CommandEnd> ends, base::BlockKeeper keeper) {
  outcomes_->finish(std::move(ends), std::move(keeper));
  OutcomesPointer finished = std::move(outcomes_);
  empty();
  return finished;
}

void CommandQueue::clear() {
  if (outcomes_) outcomes_->forget();
  empty();
}

// Keeps room for as much again, within reason.
void CommandQueue::empty() {
  constexpr std::size_t kept = 4096;
  if (commands_.capacity() > kept) std::vector<CommandView>().swap(commands_);
  commands_.clear();
  refused_.clear();
  unlearnt_.clear();
  bytes_.clear();
  outcomes_.reset();
}

void end_in(std::span<cluster::CommandEnd> ends, const Error& error) {
  for (cluster::CommandEnd& end : ends) {
    if (!end.error) end.error = std::make_unique<Error>(error);
  }
}

Error caused_by(const CommandView& command, std::size_t position, std::string_view what, const Error& error) {
  Error whole = error;
  whole.message = "Command # " + std::to_string(position + 1) + " (" + shown(command) + ") of " + std::string(what) +
                  " caused error: " + error.message;
  return whole;
}

}  // namespace rediscluster::detail
