/// Writes the options of commands about servers, connections and the cluster as the words servers know. Pure.
#include <rediscluster/options/server.hpp>

#include "commands/kill_address.hpp"
#include "commands/option_words.hpp"

namespace rediscluster::detail {
namespace {

void encode_flag(EncodedCommand& command, bool is_set, const char* word) {
  if (is_set) command.arg(word);
}

void encode_type(EncodedCommand& command, const std::optional<ClientType>& type) {
  // "master" and "replica" are what all versions since 5.0 know.
  static constexpr const char* names[] = {"NORMAL", "MASTER", "REPLICA", "PUBSUB"};
  if (!type) return;
  command.arg("TYPE");
  command.arg(names[static_cast<int>(*type)]);
}

}  // namespace

void encode(EncodedCommand& command, Switch value) { command.arg(value == Switch::on ? "ON" : "OFF"); }
void encode(EncodedCommand& command, Caching value) { command.arg(value == Caching::yes ? "YES" : "NO"); }

void encode(EncodedCommand& command, ReplyMode mode) {
  static constexpr const char* names[] = {"ON", "OFF", "SKIP"};
  command.arg(names[static_cast<int>(mode)]);
}

void encode(EncodedCommand& command, UnblockMode mode) { encode_flag(command, mode == UnblockMode::error, "ERROR"); }

void encode(EncodedCommand& command, const ClientListOptions& options) {
  encode_type(command, options.type);
  if (options.ids.empty()) return;
  command.arg("ID");
  command.args(options.ids);
}

void encode(EncodedCommand& command, const ClientFilter& filter) {
  encode_named(command, "ID", filter.id);
  encode_type(command, filter.type);
  encode_named(command, "USER", filter.user);
  encode_named(command, "ADDR", filter.address);
  encode_named(command, "LADDR", filter.local_address);
  if (filter.skip_me) {
    command.arg("SKIPME");
    command.arg(*filter.skip_me ? "YES" : "NO");
  }
  encode_named(command, "MAXAGE", filter.max_age);
}

void encode(EncodedCommand& command, const KillWords& words) {
  if (words.size() != 1) return command.args(words);
  words.for_each([&command](std::string_view address) { encode_kill(command, address); });
}

void encode(EncodedCommand& command, const TrackingOptions& options) {
  encode_named(command, "REDIRECT", options.redirect);
  for (const std::string& prefix : options.prefixes) {
    command.arg("PREFIX");
    command.arg(prefix);
  }
  encode_flag(command, options.broadcast, "BCAST");
  encode_flag(command, options.opt_in, "OPTIN");
  encode_flag(command, options.opt_out, "OPTOUT");
  encode_flag(command, options.no_loop, "NOLOOP");
}

void encode(EncodedCommand& command, const HelloOptions& options) {
  if (options.auth) {
    command.arg("AUTH");
    command.arg(options.auth->first);
    command.arg(options.auth->second);
  }
  encode_named(command, "SETNAME", options.client_name);
}

void encode(EncodedCommand& command, const ShutdownOptions& options) {
  encode_flag(command, options.save == ShutdownSave::no_save, "NOSAVE");
  encode_flag(command, options.save == ShutdownSave::save, "SAVE");
  encode_flag(command, options.now, "NOW");
  encode_flag(command, options.force, "FORCE");
  encode_flag(command, options.abort, "ABORT");
}

void encode(EncodedCommand& command, const FailoverOptions& options) {
  if (options.to) {
    command.arg("TO");
    command.arg(options.to->first);
    command.arg(options.to->second);
    encode_flag(command, options.force, "FORCE");
  }
  encode_flag(command, options.abort, "ABORT");
  encode_named(command, "TIMEOUT", options.timeout);
}

void encode(EncodedCommand& command, const ModuleOptions& options) {
  for (const auto& [name, value] : options.config) {
    command.arg("CONFIG");
    command.arg(name);
    command.arg(value);
  }
  if (options.args.empty()) return;
  command.arg("ARGS");
  command.args(options.args);
}

void encode(EncodedCommand& command, CommandLog log) {
  static constexpr const char* names[] = {"slow", "large-request", "large-reply"};
  command.arg(names[static_cast<int>(log)]);
}

void encode(EncodedCommand& command, const HotkeysOptions& options) {
  command.arg("METRICS");
  command.arg(static_cast<int>(options.cpu) + static_cast<int>(options.net));
  encode_flag(command, options.cpu, "CPU");
  encode_flag(command, options.net, "NET");
  encode_named(command, "COUNT", options.count);
  encode_named(command, "DURATION", options.duration);
  encode_named(command, "SAMPLE", options.sample);
  if (options.slots.empty()) return;
  command.arg("SLOTS");
  command.arg(options.slots.size());
  command.args(options.slots);
}

void encode(EncodedCommand& command, const SlotStatsOptions& options) {
  encode_named(command, "LIMIT", options.limit);
  if (options.descending) command.arg(*options.descending ? "DESC" : "ASC");
}

void encode(EncodedCommand& command, const ClusterscanOptions& options) {
  encode_named(command, "MATCH", options.match);
  encode_named(command, "COUNT", options.count);
  encode_named(command, "TYPE", options.type);
  encode_named(command, "SLOT", options.slot);
}

}  // namespace rediscluster::detail
