// RENAME, RENAMENX and COPY: the value is read with its expiry, written at the destination, and only then removed from
// the source, and only if the source is still what was read. If it is not, nobody can say whether data has changed or
// only the order in which a server happens to list it (a table that grows moves its elements while others read): the
// source is taken to a key of our own, where nobody changes it, and copied from there. So at every moment the value
// stands at least once, and no second try is needed.
#include "commands/letter_case.hpp"
#include "emulation/operations.hpp"
#include "emulation/own_keys.hpp"
#include "emulation/step_commands.hpp"
#include "wire/error_reply.hpp"
#include "wire/write_reply.hpp"

#include <array>
#include <string>
#include <utility>

namespace rediscluster::emulation {
namespace {

// How often a source may be missing when it is read and there when the server is asked to say so.
constexpr int most_looks = 16;

// Value, expiry and a mark of both, at one moment. The expiry is absolute, so time that passes on the way does not
// lengthen a life. PEXPIRETIME came with 7.0; before it the moment is reckoned from PTTL, a millisecond apart from call
// to call, so the mark then says only whether there is an expiry. Equal marks: nothing has changed. Different ones may
// come of reading alone.
constexpr std::string_view look_function = R"(
local function look(now)
  local value = redis.call('DUMP', KEYS[1])
  if not value then return nil end
  local at = redis.pcall('PEXPIRETIME', KEYS[1])
  local mark = at
  if type(at) ~= 'number' then
    at = redis.call('PTTL', KEYS[1])
    mark = at < 0 and -1 or 0
    if at >= 0 and now then at = at + now end
  end
  return value, string.format('%.0f', at), redis.sha1hex(value) .. string.format('%.0f', mark)
end
)";

constexpr std::string_view read_body = R"(
local time = redis.call('TIME')
local value, at, mark = look(time[1] * 1000 + math.floor(time[2] / 1000))
if not value then return false end
return {value, at, mark}
)";

// The same, and from then on the value stands at KEYS[2].
constexpr std::string_view hold_body = R"(
local time = redis.call('TIME')
local value, at, mark = look(time[1] * 1000 + math.floor(time[2] / 1000))
if not value then return false end
redis.call('RENAME', KEYS[1], KEYS[2])
return {value, at, mark}
)";

// 0: there is none (any more). 1: removed. -1: it may be another one now, and was left alone.
constexpr std::string_view remove_body = R"(
local value, _, mark = look()
if not value then return 0 end
if mark ~= ARGV[1] then return -1 end
redis.call('UNLINK', KEYS[1])
return 1
)";

// 1 and the mark of the copy, or 0 and the refusal: as an error of a script that writes it would prove nothing.
// A table that was just restored has its final size, so reading does not move its elements: the mark of a copy holds.
constexpr std::string_view write_new_body = R"(
local restored = redis.pcall('RESTORE', KEYS[1], ARGV[1], ARGV[2], 'ABSTTL')
if restored.err then return {0, restored.err} end
local _, _, mark = look()
return {1, mark or ''}
)";

// 0: the copy (mark ARGV[3]) is another one now, and was left alone.
constexpr std::string_view renew_body = R"(
local value, _, mark = look()
if value and mark ~= ARGV[3] then return 0 end
local restored = redis.pcall('RESTORE', KEYS[1], ARGV[1], ARGV[2], 'ABSTTL', 'REPLACE')
if restored.err then return restored end
return 1
)";

// 1: put back. 0: there is a new source. -1: nothing is held.
constexpr std::string_view put_back_text = R"(
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
return redis.call('RENAMENX', KEYS[1], KEYS[2])
)";

struct Value {
  std::string dump;
  std::string expires_at;  // Unix time in milliseconds; negative: never
  std::string mark;

  std::string_view expiry_word() const { return expires_at.starts_with('-') ? std::string_view("0") : std::string_view(expires_at); }
};

using Parts = std::optional<std::tuple<std::string, std::string, std::string>>;

std::optional<Value> value_of(Parts parts) {
  if (!parts) return std::nullopt;
  auto& [dump, expires_at, mark] = *parts;
  return Value{std::move(dump), std::move(expires_at), std::move(mark)};
}

std::string with_look(std::string_view body) { return std::string(look_function).append(body); }

Result<std::optional<Value>> read_value(Steps& steps, std::string_view key) {
  static const std::string text = with_look(read_body);
  Result<Parts> parts = steps.look<Parts>(script(unnoticed<facts::eval>(), text, std::array{key}));
  if (!parts) return fail(std::move(parts.error()));
  return value_of(std::move(*parts));
}

// The server says in its own words that there is no such key. Renaming a key to itself changes nothing.
Result<bool> ask_for_refusal(Steps& steps, std::string_view key) {
  return steps.look<bool>(with_keys(facts::rename, std::array{key, key}));
}

Result<Value> read_source(Steps& steps, std::string_view key) {
  for (int look = 0; look < most_looks; ++look) {
    Result<std::optional<Value>> value = read_value(steps, key);
    if (!value) return fail(std::move(value.error()));
    if (*value) return std::move(**value);
    if (const Result<bool> refused = ask_for_refusal(steps, key); !refused) return fail(refused.error());
    // It has appeared meanwhile.
  }
  return steps.failure(Errc::try_again, "the source came and went at each of " + std::to_string(most_looks) + " looks at it");
}

// True when nothing stands there any more that is what was read.
Result<bool> remove_if_unchanged(Steps& steps, std::string_view key, const Value& value) {
  static const std::string text = with_look(remove_body);
  const auto removed = steps.change<std::int64_t>(
      script(once<facts::eval>(), text, std::array{key}, std::array{std::string_view(value.mark)}),
      "the value stands at the destination, and may still stand at the source");
  if (!removed) return fail(removed.error());
  return *removed >= 0;
}

constexpr std::string_view copied_perhaps = "the source is as it was; the value may stand at the destination too";

// False when something stands there and is not to be replaced.
Result<bool> write_value(Steps& steps, std::string_view key, const Value& value, bool replace, std::string_view if_it_fails) {
  // Without REPLACE a second run would take the first one's value for somebody else's.
  EncodedCommand restore = with_key(replace ? facts::restore : once<facts::restore>(), key, {value.expiry_word(), value.dump, "ABSTTL"});
  if (replace) restore.arg("REPLACE");
  const auto restored = steps.change<bool>(restore, if_it_fails);
  if (restored) return true;
  if (restored.error().code == Errc::busy_key) return false;
  return fail(restored.error());
}

// The mark of the copy, or nothing when something stands there already.
Result<std::optional<std::string>> write_new(Steps& steps, std::string_view key, const Value& value) {
  static const std::string text = with_look(write_new_body);
  using Outcome = std::pair<bool, std::string>;
  Result<Outcome> outcome = steps.change<Outcome>(
      script(once<facts::eval>(), text, std::array{key}, std::array{value.expiry_word(), std::string_view(value.dump)}), copied_perhaps);
  if (!outcome) return fail(std::move(outcome.error()));
  if (outcome->first) return std::move(outcome->second);
  steps.undone();
  const Error refused = wire::error_from_reply(outcome->second);
  if (refused.code == Errc::busy_key) return std::nullopt;
  return steps.failure(refused.code, refused.message);
}

// False when the copy has changed.
Result<bool> renew_copy(Steps& steps, std::string_view key, const Value& value, std::string_view mark_of_copy) {
  static const std::string text = with_look(renew_body);
  const auto renewed = steps.change<std::int64_t>(
      script(once<facts::eval>(), text, std::array{key}, std::array{value.expiry_word(), std::string_view(value.dump), mark_of_copy}), {});
  if (!renewed) return fail(renewed.error());
  return *renewed == 1;
}

// After a failure: back to the source if that can be done. The error says where the value is.
Failure put_back(Steps& steps, std::string_view holding, std::string_view source, Error error) {
  const bool in_doubt = steps.is_in_doubt();
  const auto put = steps.look<std::int64_t>(script(unnoticed<facts::eval>(), put_back_text, std::array{holding, source}));
  if (!put) {
    error.message.append("; the value may stand at the key \"").append(holding).append("\"");
  } else if (*put == 0) {
    error.message.append("; there is a new source, and the value that was to be moved stands at the key \"").append(holding).append("\"");
  } else {
    error.message.append("; the source is as it was");
    if (in_doubt && *put < 0) error.message.append(", or stands at the key \"").append(holding).append("\" when a step arrives too late");
  }
  error.message.append("; a copy may stand at the destination");
  error.execution = Execution::maybe_executed;
  return fail(std::move(error));
}

// The source was copied, and is not what it was any more.
// @param mark_of_copy  not given: whatever stands at the destination is replaced.
Result<bool> move_changed(Steps& steps, std::string_view source, std::string_view destination, const std::optional<std::string>& mark_of_copy) {
  static const std::string text = with_look(hold_body);
  const std::string holding = holding_key(source, "ALL");
  Result<Parts> parts = steps.change<Parts>(script(once<facts::eval>(), text, std::array{source, std::string_view(holding)}), {});
  if (!parts && !steps.is_in_doubt()) {
    parts.error().message.append("; the source is as it was; a copy stands at the destination");
    return fail(std::move(parts.error()));
  }
  if (!parts) return put_back(steps, holding, source, std::move(parts.error()));
  const std::optional<Value> value = value_of(std::move(*parts));
  if (!value) return true;  // somebody removed it after it was copied
  Result<bool> written = [&] {
    const TimeKeptBack kept(steps);
    return mark_of_copy ? renew_copy(steps, destination, *value, *mark_of_copy) : write_value(steps, destination, *value, true, {});
  }();
  if (!written) return put_back(steps, holding, source, std::move(written.error()));
  if (!*written) {
    Failure changed = steps.failure(Errc::try_again, "the source changed while it was copied, and so did the copy: both are left as they are");
    return put_back(steps, holding, source, std::move(changed.value()));
  }
  const auto removed = steps.look<std::int64_t>(with_key(unnoticed<facts::unlink>(), holding));
  if (removed) return true;
  Error error = removed.error();
  error.message.append("; the value stands at the destination, and a copy of it may stand at the key \"").append(holding).append("\"");
  return fail(std::move(error));
}

// False: the destination exists and is not to be replaced.
Result<bool> move_value(Steps& steps, std::string_view source, std::string_view destination, bool replace) {
  const Result<Value> value = read_source(steps, source);
  if (!value) return fail(value.error());
  std::optional<std::string> mark_of_copy;
  if (replace) {
    const Result<bool> written = write_value(steps, destination, *value, true, copied_perhaps);
    if (!written) return fail(written.error());
  } else {
    Result<std::optional<std::string>> written = write_new(steps, destination, *value);
    if (!written) return fail(std::move(written.error()));
    if (!*written) return false;
    mark_of_copy = std::move(*written);
  }
  const Result<bool> removed = remove_if_unchanged(steps, source, *value);
  if (!removed || *removed) return removed;
  return move_changed(steps, source, destination, mark_of_copy);
}

}  // namespace

Result<wire::Frame> rename(Steps& steps, Words words) {
  const Result<bool> moved = move_value(steps, words[1], words[2], true);
  if (!moved) return fail(moved.error());
  return wire::ok_frame();
}

Result<wire::Frame> renamenx(Steps& steps, Words words) {
  const Result<bool> moved = move_value(steps, words[1], words[2], false);
  if (!moved) return fail(moved.error());
  return wire::integer_frame(*moved ? 1 : 0);
}

Result<wire::Frame> copy(Steps& steps, Words words) {
  const Result<std::optional<Value>> value = read_value(steps, words[1]);
  if (!value) return fail(value.error());
  if (!*value) return wire::integer_frame(0);
  const Result<bool> written = write_value(steps, words[2], **value, words.size() > 3, copied_perhaps);
  if (!written) return fail(written.error());
  return wire::integer_frame(*written ? 1 : 0);
}

}  // namespace rediscluster::emulation
