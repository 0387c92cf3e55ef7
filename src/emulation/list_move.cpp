// RPOPLPUSH and LMOVE: the element is read, pushed to the destination, and then removed from the source.
// BRPOPLPUSH and BLMOVE cannot read without taking, so the element goes to a holding list in the source's slot in one
// step of the server, from there to the destination, and leaves the holding list last.
#include "commands/letter_case.hpp"
#include "emulation/operations.hpp"
#include "emulation/own_keys.hpp"
#include "emulation/step_commands.hpp"
#include "wire/write_reply.hpp"

#include <array>
#include <string>

namespace rediscluster::emulation {
namespace {

// How often somebody else may take the element before us until we give up.
constexpr int most_moves = 64;

// Empties a holding list: its elements go back to where they came from, but for one that has arrived (ARGV[2]).
// Each is pushed before it is popped, so a source that has become something else leaves them where they are.
constexpr std::string_view settle_text = R"(
if ARGV[2] then redis.call('LREM', KEYS[1], 1, ARGV[2]) end
local element = redis.call('LINDEX', KEYS[1], 0)
while element do
  redis.call(ARGV[1], KEYS[2], element)
  redis.call('LPOP', KEYS[1])
  element = redis.call('LINDEX', KEYS[1], 0)
end
return redis.status_reply('OK')
)";

struct Ends {
  bool from_left = false;
  bool to_left = true;
};

// RPOPLPUSH and BRPOPLPUSH name no ends.
std::optional<Ends> read_ends(Words words) {
  if (words[0].ends_with("RPOPLPUSH")) return Ends{};
  Ends ends;
  const auto read = [](std::string_view word, bool& is_left) {
    is_left = equals_ignoring_case(word, "LEFT");
    return is_left || equals_ignoring_case(word, "RIGHT");
  };
  if (!read(words[3], ends.from_left) || !read(words[4], ends.to_left)) return std::nullopt;
  return ends;
}

// The command on the source alone: a server answers nonsense with its own words.
Failure ask_for_refusal(Steps& steps, Words words, const EncodedCommand& whole) {
  EncodedCommand alone(whole.facts());
  alone.key(words[1]);
  alone.key(words[1]);
  for (const std::string_view word : words.subspan(3)) alone.arg(word);
  const auto refused = steps.look<Reply>(alone);
  return refused ? steps.failure(Errc::response_error, "ERR syntax error") : fail(refused.error());
}

EncodedCommand push(const Ends& ends, std::string_view list, std::string_view element) {
  return with_key(ends.to_left ? facts::lpush : facts::rpush, list, {element});
}

wire::Frame reply_of(const std::string& element) { return wire::bulk_frame(element); }

Result<void> settle(Steps& steps, const Ends& ends, std::string_view holding, std::string_view source,
                    std::span<const std::string_view> arrived = {}) {
  std::vector<std::string_view> args{ends.from_left ? "LPUSH" : "RPUSH"};
  args.insert(args.end(), arrived.begin(), arrived.end());
  const auto settled = steps.look<bool>(script(unnoticed<facts::eval>(), settle_text, std::array{holding, source}, args));
  if (!settled) return fail(settled.error());
  return {};
}

// After a failure: back to the source if that can be done. The error says where the element is.
// @param too_late  what holds when the step that failed has run, or still will.
Failure put_back(Steps& steps, const Ends& ends, std::string_view holding, std::string_view source, Error error, std::string_view too_late) {
  const bool in_doubt = steps.is_in_doubt();
  const Result<void> settled = settle(steps, ends, holding, source);
  if (settled) {
    error.message.append("; what was taken from the source was put back");
  } else {
    error.message.append("; the element may stand in the list \"").append(holding).append("\"");
  }
  if (in_doubt) error.message.append("; ").append(too_late);
  error.execution = in_doubt || !settled ? Execution::maybe_executed : Execution::not_executed;
  return fail(std::move(error));
}

}  // namespace

Result<wire::Frame> move_element(Steps& steps, Words words, const EncodedCommand& whole) {
  const std::optional<Ends> ends = read_ends(words);
  if (!ends) return ask_for_refusal(steps, words, whole);
  const std::string_view source = words[1];
  const std::string_view destination = words[2];
  bool left_over = false;  // one of our pushes could not be taken back
  for (int attempt = 0; attempt < most_moves; ++attempt) {
    const auto element = steps.look<std::optional<std::string>>(
        with_key(unnoticed<facts::lindex>(), source, {ends->from_left ? "0" : "-1"}));
    if (!element) return fail(element.error());
    if (!*element) return wire::nil_frame();
    const auto pushed = steps.change<std::int64_t>(push(*ends, destination, **element),
                                                   "the source is as it was; the element may stand in the destination too");
    if (!pushed) return fail(pushed.error());
    const auto removed = steps.change<std::int64_t>(with_key(once<facts::lrem>(), source, {ends->from_left ? "1" : "-1", **element}),
                                                    "the element stands in the destination, and may still stand in the source");
    if (!removed) return fail(removed.error());
    if (*removed > 0) return reply_of(**element);
    // Somebody else took it. We have pushed one too many; equal elements are as good as each other, so any of them may go.
    const auto undone = steps.change<std::int64_t>(with_key(once<facts::lrem>(), destination, {ends->to_left ? "1" : "-1", **element}),
                                                   "an element that another client moved may stand in the destination twice");
    if (!undone) return fail(undone.error());
    if (*undone == 0) left_over = true;
    if (!left_over) steps.undone();
  }
  return steps.failure(Errc::try_again, "others took the element first at each of " + std::to_string(most_moves) + " tries");
}

Result<wire::Frame> wait_and_move_element(Steps& steps, Words words, const EncodedCommand& whole) {
  const std::optional<Ends> ends = read_ends(words);
  if (!ends) return ask_for_refusal(steps, words, whole);
  const std::string_view source = words[1];
  const std::string holding = holding_key(source, ends->from_left ? "LEFT" : "RIGHT");
  EncodedCommand wait = with_keys(words[0] == facts::blmove.name ? once<facts::blmove>() : once<facts::brpoplpush>(), std::array{source, std::string_view(holding)});
  for (const std::string_view word : words.subspan(3)) wait.arg(word);
  if (const auto block = whole.block_for()) wait.block_for(*block);
  const auto element = steps.change<std::optional<std::string>>(wait, {});
  if (!element) {
    if (!steps.is_in_doubt()) return fail(element.error());
    return put_back(steps, *ends, holding, source, element.error(), "anything that arrives too late stands in the list \"" + holding + "\"");
  }
  if (!*element) return wire::nil_frame();

  const auto pushed = [&] {
    const TimeKeptBack kept(steps);
    return steps.change<std::int64_t>(push(*ends, words[2], **element), {});
  }();
  if (!pushed) return put_back(steps, *ends, holding, source, pushed.error(), "the element may stand in the destination too");
  if (Result<void> settled = settle(steps, *ends, holding, source, std::array{std::string_view(**element)}); !settled) {
    settled.error().message.append("; the element stands in the destination, and a copy of it may stand in the list \"").append(holding).append("\"");
    return fail(std::move(settled.error()));
  }
  return reply_of(**element);
}

}  // namespace rediscluster::emulation
