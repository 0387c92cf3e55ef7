// MSETNX: nothing is written when one of the keys exists; otherwise slot by slot with the servers' own MSETNX. When one
// of those finds a key that was made meanwhile, what this call has set is removed again, unless somebody changed it.
#include "commands/owned_command.hpp"
#include "commands/words_of.hpp"
#include "emulation/operations.hpp"
#include "emulation/step_commands.hpp"
#include "routing/split.hpp"
#include "wire/write_reply.hpp"

#include <rediscluster/key_slot.hpp>

#include <vector>

namespace rediscluster::emulation {
namespace {

constexpr std::string_view remove_equal_text = R"(
for i = 1, #KEYS do
  if redis.pcall('GET', KEYS[i]) == ARGV[i] then redis.call('DEL', KEYS[i]) end
end
return redis.status_reply('OK')
)";

constexpr std::string_view may_remain = "some of the keys may be set";

Result<void> take_back(Steps& steps, std::span<const routing::Part> parts) {
  for (const routing::Part& part : parts) {
    const std::vector<std::string_view> words = words_of(part.command);
    std::vector<std::string_view> keys;
    std::vector<std::string_view> values;
    for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
      keys.push_back(words[i]);
      values.push_back(words[i + 1]);
    }
    const auto removed = steps.change<bool>(script(idempotent_eval(), remove_equal_text, keys, values), may_remain);
    if (!removed) return fail(removed.error());
  }
  steps.undone();
  return {};
}

// The parts before a failed one go; of the failed one itself nobody knows whether it was ours or another client's.
Failure give_up(Steps& steps, std::span<const routing::Part> parts, Error error) {
  const bool in_doubt = steps.is_in_doubt();
  const bool taken_back = take_back(steps, parts).has_value();
  if (taken_back && !parts.empty()) error.message.append("; the keys set before were removed again");
  error.execution = in_doubt || !taken_back ? Execution::maybe_executed : Execution::not_executed;
  return fail(std::move(error));
}

}  // namespace

Result<wire::Frame> msetnx(Steps& steps, Words words) {
  EncodedCommand exists(unnoticed<facts::exists>());
  EncodedCommand set(once<facts::msetnx>());
  for (std::size_t i = 1; i + 1 < words.size(); i += 2) {
    exists.key(words[i]);
    set.key(words[i]);
    set.arg(words[i + 1]);
  }
  const Result<routing::Split> split = routing::split(set);
  if (!split) return fail(split.error());
  const std::span<const routing::Part> parts = split->parts;
  const auto existing = steps.look<std::int64_t>(exists);
  if (!existing) return fail(existing.error());
  if (*existing > 0) return wire::integer_frame(0);
  for (std::size_t done = 0; done < parts.size(); ++done) {
    const auto are_set = steps.change<bool>(owned_command(parts[done].command), may_remain);
    if (!are_set) return give_up(steps, parts.first(done), are_set.error());
    if (*are_set) continue;
    if (Result<void> undone = take_back(steps, parts.first(done)); !undone) return fail(std::move(undone.error()));
    return wire::integer_frame(0);
  }
  return wire::integer_frame(1);
}

}  // namespace rediscluster::emulation
