#include "routing/plan.hpp"

#include "commands/key_finder.hpp"
#include "commands/words_of.hpp"
#include "wire/number_text.hpp"
#include "wire/printable.hpp"

#include <rediscluster/commands/facts.hpp>
#include <rediscluster/key_slot.hpp>

#include <string>
#include <vector>

namespace rediscluster::routing {
namespace {

constexpr int keys_listed = 8;
constexpr std::size_t key_length_listed = 40;

std::string name_of(const CommandView& command) { return std::string(command.facts().name); }

Result<Plan> plan_several_slots(const CommandView& command, CrossSlot cross_slot) {
  if (command.facts().request != RequestPolicy::multi_shard) {
    return fail(Errc::cross_slot, name_of(command) + " needs all its keys in one slot, but " + list_keys(command) +
                                      ". Give them a common hash tag, such as {user:1}:a and {user:1}:b.");
  }
  if (cross_slot == CrossSlot::refuse) return refuse_several_slots(command);
  return Plan{Plan::Kind::split, 0};
}

Result<Plan> plan_slot_argument(const CommandView& command) {
  EncodedCommand::ArgumentCursor arguments = command.arguments();
  std::string_view text;
  for (int i = 0; i <= command.facts().slot_argument; ++i) {
    if (!arguments.next(text)) return fail(Errc::wrong_arity, name_of(command) + " needs a slot number");
  }
  const std::optional<std::int64_t> slot = wire::parse_integer(text);
  if (!slot || *slot < 0 || *slot >= slot_count) {
    return fail(Errc::bad_option, name_of(command) + ": \"" + wire::printable(text, key_length_listed) +
                                      "\" is not a slot number (0 to 16383)");
  }
  return Plan{Plan::Kind::slot, static_cast<int>(*slot)};
}

// A cursor means something to the node that gave it, and to nobody else.
Result<void> check_cursor(const CommandView& command) {
  if (&command.facts() != &facts::scan) return {};
  EncodedCommand::ArgumentCursor arguments = command.arguments();
  std::string_view cursor;
  if (!arguments.next(cursor) || !arguments.next(cursor)) return {};
  const bool is_number = !cursor.empty() && cursor.find_first_not_of("0123456789") == std::string_view::npos;
  const bool begins = cursor.find_first_not_of('0') == std::string_view::npos;
  if (!is_number || begins) return {};
  return fail(Errc::not_allowed, "SCAN with the cursor " + wire::printable(cursor, key_length_listed) +
                                     " goes on at the node that gave it: name that one with on(node), or walk over all nodes with scan_iter()");
}

Result<Plan> plan_without_keys(const CommandView& command) {
  if (auto checked = check_cursor(command); !checked) return fail(std::move(checked.error()));
  const CommandFacts& facts = command.facts();
  // Replies that only make sense node by node are asked from one node unless the caller names others.
  const bool mergeable = facts.response != ResponsePolicy::special && facts.response != ResponsePolicy::per_node;
  switch (facts.request) {
    case RequestPolicy::all_nodes: return Plan{mergeable ? Plan::Kind::all_nodes : Plan::Kind::any_node, 0};
    case RequestPolicy::all_shards: return Plan{mergeable ? Plan::Kind::all_shards : Plan::Kind::any_node, 0};
    case RequestPolicy::multi_shard: return fail(Errc::missing_key, name_of(command) + " needs at least one key");
    case RequestPolicy::by_slot: return plan_slot_argument(command);
    case RequestPolicy::by_node:
      return fail(Errc::unknown_node, name_of(command) + " is meant for one node: say which with on(node)");
    case RequestPolicy::any_node:
      if (const std::optional<int> slot = channel_slot(command)) return Plan{Plan::Kind::channel, *slot};
      break;
    case RequestPolicy::by_key:
    case RequestPolicy::special: break;
  }
  return Plan{Plan::Kind::any_node, 0};
}

}  // namespace

std::optional<int> channel_slot(const CommandView& command) {
  if (command.facts().name != "PUBLISH") return std::nullopt;
  EncodedCommand::ArgumentCursor arguments = command.arguments();
  std::string_view channel;
  return arguments.next(channel) && arguments.next(channel) ? std::optional<int>(keyslot(channel)) : std::nullopt;
}

std::string list_keys(const CommandView& command) {
  const std::vector<std::string_view> words = words_of(command);
  std::string text;
  const auto positions = find_keys(command.facts(), words);
  if (!positions) return "its keys cannot be found";
  int listed = 0;
  for (const auto position : *positions) {
    if (listed++ > 0) text += ", ";
    if (listed > keys_listed) return text + "...";
    text += '"' + wire::printable(words[position], key_length_listed) + "\" is in slot " +
            std::to_string(keyslot(words[position]));
  }
  return text;
}

Failure refuse_several_slots(const CommandView& command) {
  return fail(Errc::cross_slot_refused, name_of(command) + " spans several slots (" + list_keys(command) +
                                            ") and options.cross_slot is refuse");
}

Result<void> check_shareable(const CommandFacts& facts) {
  if (!facts.has(flag_session)) return {};
  return fail(Errc::not_allowed, std::string(facts.name) + " is about the connection it is sent on, and connections are shared");
}

Result<void> check_slot(const CommandView& command, int slot) {
  if (slot < 0 || slot >= slot_count) {
    return fail(Errc::bad_option, name_of(command) + ": " + std::to_string(slot) + " is not a slot number (0 to 16383)");
  }
  if (command.slot() == EncodedCommand::no_slot || command.slot() == slot) return {};
  return fail(Errc::cross_slot, name_of(command) + " was to go to slot " + std::to_string(slot) + ", but " + list_keys(command));
}

Result<void> check_everywhere(const CommandView& command) {
  if (auto shareable = check_shareable(command.facts()); !shareable) return shareable;
  if (command.slot() != EncodedCommand::no_slot) {
    return fail(Errc::not_allowed, name_of(command) + " has keys (" + list_keys(command) +
                                       "), and only the node that serves them can run it. Leave the target away.");
  }
  if (command.blocks()) return fail(Errc::not_allowed, name_of(command) + " blocks: name one node for it");
  return check_cursor(command);
}

Result<Plan> plan(const CommandView& command, CrossSlot cross_slot) {
  // First: some of these have a key (WATCH, SSUBSCRIBE), and a lane must see none of them.
  if (auto shareable = check_shareable(command.facts()); !shareable) return fail(std::move(shareable.error()));
  if (command.slot() >= 0) return Plan{Plan::Kind::slot, command.slot()};
  if (command.slot() == EncodedCommand::several_slots) return plan_several_slots(command, cross_slot);
  return plan_without_keys(command);
}

}  // namespace rediscluster::routing
