// SDIFF, SINTER and SUNION: each slot's servers combine what they have, the parts are combined here. The storing forms
// write the result to a temporary key beside the destination, which then takes the destination's place at once: until
// that moment the destination is as it was.
#include "emulation/operations.hpp"
#include "emulation/own_keys.hpp"
#include "emulation/step_commands.hpp"
#include "wire/write_reply.hpp"

#include <rediscluster/key_slot.hpp>

#include <array>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace rediscluster::emulation {
namespace {

constexpr std::size_t chunk_members = 1000;
constexpr std::size_t chunk_bytes = 1024 * 1024;

constexpr std::string_view add_text = R"(
redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.status_reply('OK')
)";

// A failover may have lost some of what was written: a set that is not whole takes nobody's place.
constexpr std::string_view take_place_text = R"(
if redis.call('SCARD', KEYS[1]) ~= tonumber(ARGV[1]) then return 0 end
redis.call('PERSIST', KEYS[1])
redis.call('RENAME', KEYS[1], KEYS[2])
return 1
)";

enum class Algebra : std::uint8_t { difference, intersection, union_of_all };

using Members = std::set<std::string>;

struct Combined {
  Members members;
  char reply_type = '*';  // of a set: '~' in RESP3
};

using Keys = std::vector<std::string_view>;

// The first key is the first of the first group.
std::vector<Keys> group_by_slot(Words keys) {
  std::vector<Keys> groups;
  std::unordered_map<int, std::size_t> group_of_slot;
  for (const std::string_view key : keys) {
    const auto [entry, is_new] = group_of_slot.try_emplace(keyslot(key), groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].push_back(key);
  }
  return groups;
}

void combine(Algebra algebra, Members& all, Members part) {
  switch (algebra) {
    case Algebra::union_of_all: all.merge(part); return;
    case Algebra::difference: std::erase_if(all, [&part](const std::string& member) { return part.contains(member); }); return;
    case Algebra::intersection: std::erase_if(all, [&part](const std::string& member) { return !part.contains(member); }); return;
  }
}

// What a slot's own server does with its keys. What is taken away from the first group is the union of the others.
const CommandFacts& facts_of_part(Algebra algebra, bool is_first, bool newest) {
  if (algebra == Algebra::intersection) return newest ? unnoticed<facts::sinter>() : facts::sinter;
  if (algebra == Algebra::difference && is_first) return newest ? unnoticed<facts::sdiff>() : facts::sdiff;
  return newest ? unnoticed<facts::sunion>() : facts::sunion;
}

// Every part is asked, also when the result is empty already: a key of another type is an error wherever it stands.
// @param newest  read from primaries only.
Result<Combined> combine_slots(Steps& steps, Algebra algebra, Words keys, bool newest) {
  Combined combined;
  bool is_first = true;
  for (const Keys& group : group_by_slot(keys)) {
    cluster::Call call;
    const EncodedCommand command = with_keys(facts_of_part(algebra, is_first, newest), group);
    if (Result<void> done = steps.look(command, call); !done) return fail(std::move(done.error()));
    Result<Members> part = wire::decode<Members>(call.reply(), command.facts());
    if (!part) return fail(std::move(part.error()));
    if (is_first) {
      combined = {std::move(*part), call.reply().type()};
    } else {
      combine(algebra, combined.members, std::move(*part));
    }
    is_first = false;
  }
  return combined;
}

Result<wire::Frame> answer(Steps& steps, Algebra algebra, Words words) {
  const Result<Combined> combined = combine_slots(steps, algebra, words.subspan(1), false);
  if (!combined) return fail(combined.error());
  std::string text = wire::header(combined->reply_type == '~' ? '~' : '*', static_cast<std::int64_t>(combined->members.size()));
  for (const std::string& member : combined->members) text += wire::bulk(member);
  return wire::own(text);
}

Result<void> write_chunks(Steps& steps, std::string_view key, const Members& members) {
  const auto life = steps.temporary_life();
  const std::string life_text = std::to_string(life.count());
  for (auto member = members.begin(); member != members.end();) {
    std::vector<std::string_view> chunk{life_text};
    for (std::size_t bytes = 0; member != members.end() && chunk.size() <= chunk_members && bytes < chunk_bytes; ++member) {
      chunk.push_back(*member);
      bytes += member->size();
    }
    const auto added = steps.look<bool>(script(unnoticed<facts::eval>(), add_text, std::array{key}, chunk));
    if (!added) return fail(added.error());
  }
  return {};
}

Result<wire::Frame> store(Steps& steps, Algebra algebra, Words words) {
  const std::string_view destination = words[1];
  const Result<Combined> combined = combine_slots(steps, algebra, words.subspan(2), true);
  if (!combined) return fail(combined.error());
  const auto size = static_cast<std::int64_t>(combined->members.size());
  if (size == 0) {
    const auto removed = steps.change<std::int64_t>(with_key(facts::del, destination), "the destination may be removed");
    if (!removed) return fail(removed.error());
    return wire::integer_frame(0);
  }
  const std::string temporary = temporary_key(destination);
  if (Result<void> written = write_chunks(steps, temporary, combined->members); !written) return fail(std::move(written.error()));
  const std::string size_text = std::to_string(size);
  const auto placed = steps.change<std::int64_t>(
      script(once<facts::eval>(), take_place_text, std::array{std::string_view(temporary), destination}, std::array{std::string_view(size_text)}),
      "the destination holds either what it held or the whole result");
  if (!placed) return fail(placed.error());
  if (*placed == 1) return wire::integer_frame(size);
  steps.undone();
  return steps.failure(Errc::try_again, "the result was lost on its way, perhaps in a failover: the destination is as it was");
}

}  // namespace

Result<wire::Frame> sdiff(Steps& steps, Words words) { return answer(steps, Algebra::difference, words); }
Result<wire::Frame> sinter(Steps& steps, Words words) { return answer(steps, Algebra::intersection, words); }
Result<wire::Frame> sunion(Steps& steps, Words words) { return answer(steps, Algebra::union_of_all, words); }
Result<wire::Frame> sdiffstore(Steps& steps, Words words) { return store(steps, Algebra::difference, words); }
Result<wire::Frame> sinterstore(Steps& steps, Words words) { return store(steps, Algebra::intersection, words); }
Result<wire::Frame> sunionstore(Steps& steps, Words words) { return store(steps, Algebra::union_of_all, words); }

}  // namespace rediscluster::emulation
