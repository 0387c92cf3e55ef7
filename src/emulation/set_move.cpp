// SMOVE: the member is added to the destination first, and then removed from the source.
#include "emulation/operations.hpp"
#include "emulation/step_commands.hpp"
#include "wire/write_reply.hpp"

namespace rediscluster::emulation {
namespace {

// Nothing to move. A server still says WRONGTYPE of the destination then, unless there is no source at all.
Result<wire::Frame> miss(Steps& steps, std::string_view source, std::string_view destination, std::string_view member) {
  const auto checked = steps.look<bool>(with_key(unnoticed<facts::sismember>(), destination, {member}));
  if (checked) return wire::integer_frame(0);
  if (checked.error().code != Errc::wrong_type) return fail(checked.error());
  const auto source_exists = steps.look<bool>(with_key(unnoticed<facts::exists>(), source));
  if (!source_exists || *source_exists) return fail(source_exists ? checked.error() : source_exists.error());
  return wire::integer_frame(0);
}

}  // namespace

// The reply is that of SREM: of several callers who move the same member at once, one gets 1. A caller who gets 0 after
// its SADD does not take the member out of the destination again: the winner may have put it there too.
Result<wire::Frame> smove(Steps& steps, Words words) {
  const std::string_view source = words[1];
  const std::string_view destination = words[2];
  const std::string_view member = words[3];
  const auto is_member = steps.look<bool>(with_key(unnoticed<facts::sismember>(), source, {member}));
  if (!is_member) return fail(is_member.error());
  if (!*is_member) return miss(steps, source, destination, member);
  const auto added = steps.change<std::int64_t>(with_key(facts::sadd, destination, {member}),
                                                "the source is as it was; the member may stand in the destination too");
  if (!added) return fail(added.error());
  const auto removed = steps.change<std::int64_t>(with_key(once<facts::srem>(), source, {member}),
                                                  "the member stands in the destination, and may still stand in the source");
  if (!removed) return fail(removed.error());
  return wire::integer_frame(*removed);
}

}  // namespace rediscluster::emulation
