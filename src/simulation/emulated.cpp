// Callers of what the client makes of several commands where keys lie in several slots: LMOVE, MSETNX, RENAME. Each uses keys of its own, so
// that what is there afterwards tells what ran.
#include "simulation/workload.hpp"

#include <algorithm>
#include <array>

namespace rediscluster::simulation {
namespace {

using namespace std::chrono_literals;

using Texts = std::vector<std::string>;

const Texts two{"first", "second"};
constexpr const char* value = "kept";

bool is_in_doubt(const Call& call) { return call.end != Call::End::success && call.execution == Execution::maybe_executed; }

bool has(const Texts& list, const char* text) { return std::find(list.begin(), list.end(), text) != list.end(); }

// The second of two elements was to be moved.
const char* trouble_of_move(const Call& call, const Texts& source, const Texts& destination) {
  const Texts first{"first"};
  const Texts second{"second"};
  if (is_in_doubt(call)) {
    const bool is_kept = has(source, "second") || has(destination, "second");
    return is_kept && has(source, "first") && source.size() <= 2 && destination.size() <= 1 ? nullptr : "an element was lost, or there are too many";
  }
  if (call.end == Call::End::success) return source == first && destination == second ? nullptr : "it was not moved";
  return source == two && destination.empty() ? nullptr : "something has changed";
}

// All keys were to be set, unless the last one was.
const char* trouble_of_set(const Call& call, bool was_taken, bool is_set, const std::vector<std::optional<std::string>>& found) {
  const auto is_ours = [](const std::optional<std::string>& each) { return each == value; };
  const auto is_free = [](const std::optional<std::string>& each) { return !each; };
  const auto others = found.begin() + static_cast<std::ptrdiff_t>(found.size()) - 1;
  const bool is_last_as_it_was = was_taken ? found.back() == "taken" : !found.back();
  if (is_in_doubt(call)) return std::all_of(found.begin(), others, [&](const auto& each) { return is_ours(each) || is_free(each); }) ? nullptr : "a key has what nobody has written";
  const bool should_be_set = call.end == Call::End::success && !was_taken;
  if (call.end == Call::End::success && is_set == was_taken) return "it did not see what was there";
  if (should_be_set) return std::all_of(found.begin(), found.end(), is_ours) ? nullptr : "not all keys are set";
  return is_last_as_it_was && std::all_of(found.begin(), others, is_free) ? nullptr : "something is set";
}

const char* trouble_of_rename(const Call& call, const std::vector<std::optional<std::string>>& found) {
  const bool is_old = found[0] == value;
  const bool is_new = found[1] == value;
  if (is_in_doubt(call)) return is_old || is_new ? nullptr : "the value was lost";
  if (call.end == Call::End::success) return is_new && !found[0] ? nullptr : "it was not renamed";
  return is_old && !found[1] ? nullptr : "something has changed";
}

}  // namespace

// In different slots, and in such as everybody uses, as those move.
Texts Workload::own_keys(std::size_t count) {
  Texts keys;
  ++own_keys_;
  const std::size_t first = below(static_cast<std::size_t>(plan_.keys));
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<int>((first + i) % static_cast<std::size_t>(plan_.keys));
    keys.push_back("{" + key(number) + "t}own" + std::to_string(own_keys_) + "." + std::to_string(i));
  }
  return keys;
}

// What servers have lost tells nothing, nor what replicas do not know yet.
bool Workload::may_judge(const Texts& keys) const { return plan_.reads_primaries && !oracle_.may_have_lost(keys); }

void Workload::judge_own(const Call& call, const char* trouble) {
  if (trouble != nullptr) oracle_.violate("I16", std::string(call.name) + " of " + call.keys.front() + ", " + (call.end == Call::End::success ? "success" : to_string(call.execution)) + ": " + trouble);
}

Call& Workload::begin_steps(const char* name, const Texts& keys, bool is_last) {
  Call& call = begin(name, keys, is_last ? 10s : any_timeout(), false);
  call.is_last = is_last;
  return call;
}

// Who cancels is heard until a change is on its way to a server, which may refuse it later; and not while several nodes are asked at a time.
template <class T>
void Workload::end_of_steps(Call& call, const Result<T>& result) {
  const auto was_at = [&](const char* step) { return result.error().message.find(std::string("at its step ") + step) != std::string::npos; };
  const bool is_heard = !result && result.error().execution == Execution::not_executed && !was_at("LPUSH") && !was_at("RESTORE");
  if (!is_heard || std::string_view(call.name) == "MSETNX") call.cancelled.reset();
  oracle_.end(call, result);
}

Lone Workload::emulated(std::size_t which, bool is_last) { return which == 0 ? move(is_last) : which == 1 ? set_if_none(is_last) : rename(is_last); }

Lone Workload::move(bool is_last) {
  const Texts keys = own_keys(2);
  if (const auto pushed = co_await redis_.rpush(keys[0], two).within(10s); !pushed || *pushed != 2) co_return;
  Call& call = begin_steps("LMOVE", keys, is_last);
  end_of_steps(call, co_await bound_or_last(redis_.lmove(keys[0], keys[1], ListEnd::right, ListEnd::left), call));
  const auto source = co_await redis_.lrange(keys[0], 0, -1).within(10s);
  const auto destination = co_await redis_.lrange(keys[1], 0, -1).within(10s);
  if (source && destination && may_judge(keys)) judge_own(call, trouble_of_move(call, *source, *destination));
}

Lone Workload::set_if_none(bool is_last) {
  const Texts keys = own_keys(3);
  const bool is_taken = once_in(3);
  if (is_taken && !co_await redis_.set(keys.back(), "taken").within(10s)) co_return;
  Call& call = begin_steps("MSETNX", keys, is_last);
  std::vector<std::pair<std::string, std::string>> values;
  for (const std::string& each : keys) values.emplace_back(each, value);
  const auto set = co_await bound_or_last(redis_.msetnx(values), call);
  end_of_steps(call, set);
  const auto found = co_await redis_.mget(keys).within(10s);
  if (found && may_judge(keys)) judge_own(call, trouble_of_set(call, is_taken, set && *set, *found));
}

Lone Workload::rename(bool is_last) {
  const Texts keys = own_keys(2);
  if (!co_await redis_.set(keys[0], value).within(10s)) co_return;
  Call& call = begin_steps("RENAME", keys, is_last);
  end_of_steps(call, co_await bound_or_last(redis_.rename(keys[0], keys[1]), call));
  const auto found = co_await redis_.mget(keys).within(10s);
  if (found && may_judge(keys)) judge_own(call, trouble_of_rename(call, *found));
}

}  // namespace rediscluster::simulation
