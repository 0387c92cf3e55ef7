// PFCOUNT and PFMERGE: HyperLogLogs of other slots are copied, as the bytes they are, to temporary keys beside the
// first key; the server there does the rest in one step.
#include "emulation/operations.hpp"
#include "emulation/own_keys.hpp"
#include "emulation/step_commands.hpp"
#include "wire/write_reply.hpp"

#include <rediscluster/key_slot.hpp>

#include <string>
#include <vector>

namespace rediscluster::emulation {
namespace {

constexpr const char* lost_part = "a part was lost on the way, as when a primary fails; the sources are unchanged: run it again";

/// Names of HyperLogLogs in one slot. The temporary ones among them are removed at the end of the scope.
class Gathered {
 public:
  Gathered(Steps& steps, std::string_view home) : steps_(steps), home_(home) {}
  Gathered(const Gathered&) = delete;
  Gathered& operator=(const Gathered&) = delete;
  // They would expire anyway, so nobody minds when this fails.
  ~Gathered() {
    if (temporary_.empty()) return;
    const std::vector<std::string_view> keys(temporary_.begin(), temporary_.end());
    (void)steps_.look<std::int64_t>(with_keys(unnoticed<facts::del>(), keys));
  }

  /// @param newest  read from primaries only.
  Result<void> add(std::string_view key, bool newest) {
    if (keyslot(key) == keyslot(home_)) {
      names_.emplace_back(key);
      return {};
    }
    const auto value = steps_.look<std::optional<std::string>>(with_key(newest ? unnoticed<facts::get>() : facts::get, key));
    if (!value) return fail(value.error());
    if (!*value) return {};
    const auto life = steps_.temporary_life();
    temporary_.push_back(temporary_key(home_));
    names_.push_back(temporary_.back());
    const auto set = steps_.look<bool>(
        with_key(unnoticed<facts::set>(), temporary_.back(), {**value, "PX", std::to_string(life.count())}));
    if (!set) return fail(set.error());
    return {};
  }
  /// Whether none of the temporary keys was lost: a primary that dies takes with it what its replica does not have yet,
  /// and a missing key counts as an empty one.
  Result<bool> is_whole() {
    if (temporary_.empty()) return true;
    const std::vector<std::string_view> keys(temporary_.begin(), temporary_.end());
    const auto found = steps_.look<std::int64_t>(with_keys(unnoticed<facts::exists>(), keys));
    if (!found) return fail(found.error());
    return *found == static_cast<std::int64_t>(keys.size());
  }
  std::vector<std::string_view> names() const { return {names_.begin(), names_.end()}; }

 private:
  Steps& steps_;
  const std::string_view home_;
  std::vector<std::string> names_;
  std::vector<std::string> temporary_;  // those of names_ that are ours
};

}  // namespace

Result<wire::Frame> pfcount(Steps& steps, Words words) {
  Gathered gathered(steps, words[1]);
  for (const std::string_view key : words.subspan(1)) {
    if (Result<void> added = gathered.add(key, false); !added) return fail(std::move(added.error()));
  }
  const auto count = steps.look<std::int64_t>(with_keys(unnoticed<facts::pfcount>(), gathered.names()));
  if (!count) return fail(count.error());
  const Result<bool> whole = gathered.is_whole();
  if (!whole) return fail(whole.error());
  if (!*whole) return steps.failure(Errc::try_again, lost_part);
  return wire::integer_frame(*count);
}

Result<wire::Frame> pfmerge(Steps& steps, Words words) {
  Gathered gathered(steps, words[1]);
  for (const std::string_view key : words.subspan(1)) {
    if (Result<void> added = gathered.add(key, true); !added) return fail(std::move(added.error()));
  }
  const auto merged = steps.change<bool>(with_keys(facts::pfmerge, gathered.names()), "the destination may hold the merged one already");
  if (!merged) return fail(merged.error());
  const Result<bool> whole = gathered.is_whole();
  if (!whole) return fail(whole.error());
  if (!*whole) return steps.failure(Errc::try_again, lost_part);
  return wire::ok_frame();
}

}  // namespace rediscluster::emulation
