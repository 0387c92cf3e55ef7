#include "cluster/command_catalog.hpp"

#include "commands/command_table.hpp"
#include "wire/decode.hpp"

#include <rediscluster/commands/facts.hpp>

#include <algorithm>

namespace rediscluster::cluster {
namespace {

// The server does not know the command either. Sent as it is, name and all, so that the caller sees the server's error.
constexpr CommandFacts unknown_command{.name = "unknown command", .words = 0, .flags = flag_learnt, .request = RequestPolicy::any_node};

std::string upper(std::string_view word) {
  std::string name(word);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
  return name;
}

}  // namespace

CommandCatalog::CommandCatalog(Cluster& cluster) : cluster_(cluster) {}
CommandCatalog::~CommandCatalog() = default;

Result<const CommandFacts*> CommandCatalog::find(std::span<const std::string_view> words, const CallOptions& options) {
  if (const CommandFacts* known = find_known(words)) return known;
  return learn(words[0], words.size() > 1 ? words[1] : std::string_view{}, options);
}

const CommandFacts* CommandCatalog::find_known(std::span<const std::string_view> words) {
  const std::string_view second = words.size() > 1 ? words[1] : std::string_view{};
  if (const CommandFacts* known = find_command(words[0], second)) return known;
  const std::string name = upper(words[0]);
  std::lock_guard lock{mutex_};
  for (const std::string& key : {name + ' ' + upper(second), name}) {
    if (const auto learnt = learnt_.find(key); learnt != learnt_.end()) return &learnt->second->facts();
  }
  return nullptr;
}

Result<const CommandFacts*> CommandCatalog::learn(std::string_view first, std::string_view second, const CallOptions& options) {
  EncodedCommand question(facts::command_info);
  question.arg(first);
  Call call;
  if (Result<void> done = cluster_.execute(question, call, options); !done) return fail(std::move(done.error()));
  const Result<Reply> info = wire::decode<Reply>(call.reply(), question.facts());
  if (!info) return fail(info.error());
  Result<std::unique_ptr<const LearntCommand>> learnt = facts_from_server(*info, second);
  if (!learnt) return &unknown_command;  // not kept: a module may be loaded later
  std::string name((*learnt)->facts().name);
  std::lock_guard lock{mutex_};
  return &learnt_.try_emplace(std::move(name), std::move(*learnt)).first->second->facts();
}

}  // namespace rediscluster::cluster
