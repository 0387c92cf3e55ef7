#include "emulation/emulation.hpp"

#include "cluster/run/caller_limits.hpp"
#include "commands/letter_case.hpp"
#include "commands/words_of.hpp"
#include "emulation/operations.hpp"

#include <algorithm>

namespace rediscluster::emulation {
namespace {

using Operation = Result<wire::Frame> (*)(Steps& steps, Words words, const EncodedCommand& whole);

struct Row {
  std::string_view name;
  Operation operation;
};

template <Result<wire::Frame> (*operation)(Steps&, Words)>
Result<wire::Frame> of_words(Steps& steps, Words words, const EncodedCommand&) {
  return operation(steps, words);
}

constexpr Row rows[] = {
    {"BLMOVE", wait_and_move_element},
    {"BRPOPLPUSH", wait_and_move_element},
    {"COPY", of_words<copy>},
    {"LMOVE", move_element},
    {"MSETNX", of_words<msetnx>},
    {"PFCOUNT", of_words<pfcount>},
    {"PFMERGE", of_words<pfmerge>},
    {"RENAME", of_words<rename>},
    {"RENAMENX", of_words<renamenx>},
    {"RPOPLPUSH", move_element},
    {"SDIFF", of_words<sdiff>},
    {"SDIFFSTORE", of_words<sdiffstore>},
    {"SINTER", of_words<sinter>},
    {"SINTERSTORE", of_words<sinterstore>},
    {"SMOVE", of_words<smove>},
    {"SUNION", of_words<sunion>},
    {"SUNIONSTORE", of_words<sunionstore>},
};

const Row* find_row(const EncodedCommand& command) {
  const std::string_view name = command.facts().name;
  const auto* const row = std::find_if(std::begin(rows), std::end(rows), [name](const Row& each) { return each.name == name; });
  return row == std::end(rows) ? nullptr : row;
}

// COPY's DB has no meaning in a cluster: the server shall say so.
bool has_foreign_options(const EncodedCommand& command) {
  if (command.facts().name != "COPY") return false;
  const std::vector<std::string_view> words = words_of(command);
  return std::any_of(words.begin() + 3, words.end(), [](std::string_view word) { return !equals_ignoring_case(word, "REPLACE"); });
}

Result<void> check_allowed(const cluster::Cluster& cluster, const EncodedCommand& command) {
  const Options& options = cluster.config().options;
  if (options.cross_slot == CrossSlot::refuse) return routing::refuse_several_slots(command);
  if (Result<void> allowed = cluster.check_allowed(command); !allowed) return allowed;
  if (!options.readonly_mode || command.facts().name != "PFCOUNT") return {};
  return fail(Errc::not_allowed, "PFCOUNT over several slots writes temporary keys, and this client has readonly_mode set");
}

}  // namespace

bool can_run(const EncodedCommand& command) { return find_row(command) != nullptr && !has_foreign_options(command); }

Result<void> run(cluster::Cluster& cluster, const EncodedCommand& command, cluster::Call& call, const cluster::CallOptions& options) {
  if (Result<void> allowed = check_allowed(cluster, command); !allowed) return allowed;
  Steps steps(cluster, command, options);
  const cluster::CallerLimits::Lifted lifted;  // half of its steps would be worse than all of them
  const std::vector<std::string_view> words = words_of(command);
  Result<wire::Frame> reply = find_row(command)->operation(steps, words, command);
  if (!reply) return fail(std::move(reply.error()));
  call.set_merged(std::move(*reply));
  return {};
}

}  // namespace rediscluster::emulation
