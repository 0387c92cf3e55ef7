// RENAME, RENAMENX and COPY: the value is read with its expiry, written at the destination, and only then removed from
// the source, and only if the source is still what was read. So at every moment the value stands at least once.
#include "commands/letter_case.hpp"
#include "emulation/operations.hpp"
#include "emulation/step_commands.hpp"
#include "wire/write_reply.hpp"

#include <array>
#include <string>

namespace rediscluster::emulation {
namespace {

// How often the source may change under our hands before we give up.
constexpr int most_renames = 16;

// Value, expiry and a mark of both, at one moment. The expiry is absolute, so time that passes on the way does not
// lengthen a life. PEXPIRETIME came with 7.0; before it the moment is reckoned from PTTL, a millisecond apart from call
// to call, so the mark then says only whether there is an expiry.
constexpr std::string_view look_function = R"(
local function look(key, now)
  local value = redis.call('DUMP', key)
  if not value then return nil end
  local at = redis.pcall('PEXPIRETIME', key)
  local mark = at
  if type(at) ~= 'number' then
    at = redis.call('PTTL', key)
    mark = at < 0 and -1 or 0
    if at >= 0 and now then at = at + now end
  end
  return value, string.format('%.0f', at), redis.sha1hex(value) .. string.format('%.0f', mark)
end
)";

constexpr std::string_view read_body = R"(
local time = redis.call('TIME')
local value, at, mark = look(KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000))
if not value then return false end
return {value, at, mark}
)";

// 0: there is none (any more). 1: removed. -1: it is another one now, and was left alone.
constexpr std::string_view remove_body = R"(
local value, _, mark = look(KEYS[1])
if not value then return 0 end
if mark ~= ARGV[1] then return -1 end
redis.call('UNLINK', KEYS[1])
return 1
)";

struct Value {
  std::string dump;
  std::string expires_at;  // Unix time in milliseconds; negative: never
  std::string mark;
};

Result<std::optional<Value>> read_value(Steps& steps, std::string_view key) {
  static const std::string text = std::string(look_function).append(read_body);
  using Parts = std::optional<std::tuple<std::string, std::string, std::string>>;
  Result<Parts> parts = steps.look<Parts>(script(unnoticed<facts::eval>(), text, std::array{key}));
  if (!parts) return fail(std::move(parts.error()));
  if (!*parts) return std::nullopt;
  auto& [dump, expires_at, mark] = **parts;
  return Value{std::move(dump), std::move(expires_at), std::move(mark)};
}

// True when nothing stands there any more that is what was read.
Result<bool> remove_if_unchanged(Steps& steps, std::string_view key, const Value& value, std::string_view if_it_fails) {
  static const std::string text = std::string(look_function).append(remove_body);
  const auto removed = steps.change<std::int64_t>(
      script(once<facts::eval>(), text, std::array{key}, std::array{std::string_view(value.mark)}), if_it_fails);
  if (!removed) return fail(removed.error());
  return *removed >= 0;
}

// False when something stands there and is not to be replaced.
Result<bool> write_value(Steps& steps, std::string_view key, const Value& value, bool replace) {
  const std::string_view expires_at = value.expires_at.starts_with('-') ? std::string_view("0") : value.expires_at;
  // Without REPLACE a second run would take the first one's value for somebody else's.
  EncodedCommand restore = with_key(replace ? facts::restore : once<facts::restore>(), key, {expires_at, value.dump, "ABSTTL"});
  if (replace) restore.arg("REPLACE");
  const auto restored = steps.change<bool>(restore, "the source is as it was; the value may stand at the destination too");
  if (restored) return true;
  if (restored.error().code == Errc::busy_key) return false;
  return fail(restored.error());
}

// The server says in its own words that there is no such key. Renaming a key to itself changes nothing.
Result<bool> ask_for_refusal(Steps& steps, std::string_view key) {
  return steps.look<bool>(with_keys(facts::rename, std::array{key, key}));
}

// False: the destination exists and is not to be replaced.
Result<bool> move_value(Steps& steps, std::string_view source, std::string_view destination, bool replace) {
  bool stands_at_destination = false;
  for (int attempt = 0; attempt < most_renames; ++attempt) {
    const Result<std::optional<Value>> value = read_value(steps, source);
    if (!value) return fail(value.error());
    if (!*value) {
      if (stands_at_destination) return true;  // somebody removed the source after it was copied
      if (const Result<bool> refused = ask_for_refusal(steps, source); !refused) return fail(refused.error());
      continue;  // it has appeared meanwhile
    }
    const Result<bool> written = write_value(steps, destination, **value, replace);
    if (!written || !*written) return written;
    const Result<bool> removed =
        remove_if_unchanged(steps, source, **value, "the value stands at the destination, and may still stand at the source");
    if (!removed || *removed) return removed;
    // The source changed after it was read. A copy that was to replace nothing is taken back before the next try.
    stands_at_destination = replace;
    if (replace) continue;
    const Result<bool> taken_back = remove_if_unchanged(steps, destination, **value, "an older copy may stand at the destination");
    if (!taken_back) return fail(taken_back.error());
    if (!*taken_back) return steps.failure(Errc::try_again, "the source changed while it was copied, and so did the copy: both are left as they are");
    steps.undone();
  }
  return steps.failure(Errc::try_again, "the source changed at each of " + std::to_string(most_renames) + " tries: it is left as it is");
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
  const Result<bool> written = write_value(steps, words[2], **value, words.size() > 3);
  if (!written) return fail(written.error());
  return wire::integer_frame(*written ? 1 : 0);
}

}  // namespace rediscluster::emulation
