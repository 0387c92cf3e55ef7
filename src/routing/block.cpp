#include "routing/block.hpp"

#include "commands/retry_class.hpp"
#include "routing/plan.hpp"
#include "wire/error_reply.hpp"
#include "wire/printable.hpp"
#include "wire/reply_cursor.hpp"

#include <algorithm>
#include <string>

namespace rediscluster::routing {
namespace {

constexpr int commands_listed = 20;

Failure refuse(const CommandView& command, const char* reason) {
  return fail(Errc::not_allowed, std::string(command.facts().name) + reason);
}

std::string list_slots(std::span<const CommandView> commands, int first) {
  std::string text;
  if (first >= 0) text = "the watched keys are in slot " + std::to_string(first);
  int listed = 0;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].slot() == EncodedCommand::no_slot) continue;
    if (!text.empty()) text += "; ";
    if (listed++ == commands_listed) return text + "...";
    text += "# " + std::to_string(i + 1) + " " + std::string(commands[i].facts().name) + ": " + list_keys(commands[i]);
  }
  return text;
}

// Errors of EXEC after which every server has left MULTI.
bool leaves_multi(Errc code) {
  return code == Errc::exec_abort || code == Errc::moved || code == Errc::ask || code == Errc::try_again || code == Errc::cluster_down;
}

BlockOutcome refused_by_exec(const wire::Frame& exec) {
  BlockOutcome outcome{BlockOutcome::Kind::refused, exec};
  const std::string_view text = wire::error_text(exec.bytes());
  outcome.may_be_left_open = !leaves_multi(wire::classify_error(text));
  // "EXECABORT Transaction discarded because of: READONLY You can't write ...": what EXEC itself was refused for.
  constexpr std::string_view quoting = "because of: ";
  if (const std::size_t at = text.find(quoting); text.starts_with("EXECABORT") && at != std::string_view::npos) {
    outcome.error = wire::own("-" + std::string(wire::trim_error_line(text.substr(at + quoting.size()))) + "\r\n");
  }
  return outcome;
}

BlockOutcome outcome_of_exec(const wire::Frame& exec) {
  if (exec.is_error()) return refused_by_exec(exec);
  wire::ReplyCursor cursor(exec.bytes());
  wire::ReplyValue value;
  if (!cursor.next(value)) return {BlockOutcome::Kind::damaged};
  if (value.is_nil()) return {BlockOutcome::Kind::watch_lost};
  return {value.type == '*' ? BlockOutcome::Kind::ran : BlockOutcome::Kind::damaged};
}

}  // namespace

Result<int> common_slot(std::span<const CommandView> commands, int first) {
  int slot = first;
  for (const CommandView& command : commands) {
    if (command.slot() == EncodedCommand::no_slot || command.slot() == slot) continue;
    if (slot == EncodedCommand::no_slot && command.slot() >= 0) {
      slot = command.slot();
      continue;
    }
    return fail(Errc::cross_slot, "A transaction needs all its keys in one slot, but " + list_slots(commands, first) +
                                      ". Give them a common hash tag, such as {user:1}:a and {user:1}:b.");
  }
  // Without keys any node would do; messages are to take the way of their channel.
  for (auto command = commands.begin(); slot == EncodedCommand::no_slot && command != commands.end(); ++command) {
    slot = channel_slot(*command).value_or(EncodedCommand::no_slot);
  }
  return slot;
}

Result<void> check_in_block(const CommandView& command) {
  const CommandFacts& facts = command.facts();
  if (facts.has(flag_session) || facts.has(flag_no_multi)) {
    return refuse(command, " has no place between MULTI and EXEC: the transaction begins, watches and ends by its own functions, "
                           "and its connection is the client's");
  }
  if (command.slot() != EncodedCommand::no_slot) return {};
  switch (facts.request) {
    case RequestPolicy::all_nodes:
    case RequestPolicy::all_shards:
    case RequestPolicy::special:
      return refuse(command, " is meant for several nodes, and a transaction runs on one: call it on the client");
    case RequestPolicy::by_node:
      return refuse(command, " is meant for one node that you name: call it with on(node)");
    case RequestPolicy::by_slot:
      return refuse(command, " names no slot that is known here: the transaction may be on another node");
    default: return {};
  }
}

RetryClass block_retry_class(std::span<const CommandView> commands) {
  RetryClass worst = RetryClass::read_only;
  int writes = 0;
  bool reads = false;
  bool copies = false;
  for (const CommandView& command : commands) {
    const RetryClass each = effective_retry_class(command);
    worst = std::max(worst, each);
    if (each == RetryClass::read_only) {
      reads = true;
      continue;
    }
    ++writes;
    copies = copies || command.facts().keys.size() > 1;
  }
  // A second run would read what the first one wrote.
  const bool sees_itself = (copies && writes > 1) || (reads && writes > 0);
  return sees_itself ? std::max(worst, RetryClass::never) : worst;
}

BlockOutcome read_block(std::span<const wire::Frame> replies, std::size_t commands) {
  if (replies.empty()) return {};
  const auto queued = replies.subspan(1, std::min(replies.size() - 1, commands));
  const auto is_error = [](const wire::Frame& each) { return each.is_error(); };
  if (replies.front().is_error()) {
    const bool all_refused = queued.size() == commands && std::all_of(queued.begin(), queued.end(), is_error);
    BlockOutcome outcome{all_refused ? BlockOutcome::Kind::refused : BlockOutcome::Kind::ran_loose, replies.front()};
    outcome.multi_refused = true;
    return outcome;
  }
  if (replies.size() == commands + 2 && !replies.back().is_error()) return outcome_of_exec(replies.back());
  // Also when EXEC's own reply is lost: a refused command makes it refuse all of them.
  if (const auto refused = std::find_if(queued.begin(), queued.end(), is_error); refused != queued.end()) {
    return {BlockOutcome::Kind::refused, *refused, refused - queued.begin()};
  }
  return replies.size() == commands + 2 ? refused_by_exec(replies.back()) : BlockOutcome{};
}

Result<std::vector<wire::Frame>> elements_of(const wire::Frame& exec, std::size_t commands) {
  wire::ReplyCursor cursor(exec.bytes());
  wire::ReplyValue header;
  std::vector<wire::Frame> elements;
  if (cursor.next(header) && header.count == commands) {
    elements.reserve(commands);
    for (std::string_view before = cursor.rest(); elements.size() < commands && cursor.skip(); before = cursor.rest()) {
      elements.emplace_back(before.substr(0, before.size() - cursor.rest().size()), exec.block());
    }
  }
  if (elements.size() == commands) return elements;
  return fail(Errc::unexpected_reply, "EXEC of " + std::to_string(commands) + " commands gave \"" + wire::printable(exec.bytes(), 60) + "\"", {},
              Execution::executed);
}

}  // namespace rediscluster::routing
