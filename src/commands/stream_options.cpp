/// Writes the options of the stream commands. Pure. Order of the words: tools/commands/facts.
#include <rediscluster/options/stream.hpp>

#include "commands/option_words.hpp"

namespace rediscluster::detail {

void encode(EncodedCommand& command, const StreamTrim& trim) {
  command.arg(trim.strategy());
  if (trim.is_approximate()) command.arg("~");
  command.arg(trim.threshold());
  encode_named(command, "LIMIT", trim.limit());
}

void encode(EncodedCommand& command, StreamReferences references) {
  static constexpr const char* names[] = {"", "KEEPREF", "DELREF", "ACKED"};
  if (references != StreamReferences::server_default) command.arg(names[static_cast<int>(references)]);
}

void encode(EncodedCommand& command, const XaddOptions& options) {
  if (options.only_if_exists) command.arg("NOMKSTREAM");
  encode(command, options.references);
  if (options.producer) {
    command.arg(options.producer->message_id ? "IDMP" : "IDMPAUTO");
    command.arg(options.producer->id);
    if (options.producer->message_id) command.arg(*options.producer->message_id);
  }
  if (options.trim) encode(command, *options.trim);
  command.arg(options.id);
}

namespace {

/// BLOCK; also tells the command how long the server may wait, so that deadlines allow for it.
void encode_block(EncodedCommand& command, const std::optional<std::chrono::milliseconds>& block) {
  if (!block) return;
  encode_named(command, "BLOCK", block);
  command.block_for(*block);
}

/// What XREAD and XREADGROUP have in common.
template <class Options>
void encode_reading(EncodedCommand& command, const Options& options) {
  encode_named(command, "COUNT", options.count);
  encode_named(command, "MAXCOUNT", options.max_count);
  encode_named(command, "MAXSIZE", options.max_size);
  encode_block(command, options.block);
}

}  // namespace

void encode(EncodedCommand& command, const XreadOptions& options) { encode_reading(command, options); }

void encode(EncodedCommand& command, const XreadgroupOptions& options) {
  encode_reading(command, options);
  encode_named(command, "CLAIM", options.claim);
  if (options.no_ack) command.arg("NOACK");
}

void encode(EncodedCommand& command, const XgroupCreateOptions& options) {
  if (options.mkstream) command.arg("MKSTREAM");
  encode_named(command, "ENTRIESREAD", options.entries_read);
}

void encode(EncodedCommand& command, const XpendingOptions& options) {
  encode_named(command, "IDLE", options.min_idle);
  command.arg(options.start);
  command.arg(options.end);
  command.arg(options.count);
  if (options.consumer) command.arg(*options.consumer);
}

void encode(EncodedCommand& command, const XclaimOptions& options) {
  if (options.idle && options.delivered_at) command.refuse("idle and delivered_at exclude each other: give one of them");
  encode_named(command, "IDLE", options.idle);
  encode_named(command, "TIME", options.delivered_at);
  encode_named(command, "RETRYCOUNT", options.deliveries);
  if (options.force) command.arg("FORCE");
  encode_named(command, "LASTID", options.last_id);
}

void encode(EncodedCommand& command, const XsetidOptions& options) {
  encode_named(command, "ENTRIESADDED", options.entries_added);
  encode_named(command, "MAXDELETEDID", options.max_deleted_id);
}

void encode(EncodedCommand& command, const XcfgsetOptions& options) {
  if (!options.duration && !options.max_size) command.refuse("give duration, max_size or both");
  encode_named(command, "IDMP-DURATION", options.duration);
  encode_named(command, "IDMP-MAXSIZE", options.max_size);
}

void encode(EncodedCommand& command, NackMode mode) {
  static constexpr const char* names[] = {"SILENT", "FAIL", "FATAL"};
  command.arg(names[static_cast<int>(mode)]);
}

void encode(EncodedCommand& command, const XnackOptions& options) {
  encode_named(command, "RETRYCOUNT", options.deliveries);
  if (options.force) command.arg("FORCE");
}

void encode_streams(EncodedCommand& command, const ArgPairs& streams) {
  command.arg("STREAMS");
  streams.for_each([&](std::string_view key, std::string_view) { command.key(key); });
  streams.for_each([&](std::string_view, std::string_view id) { command.arg(id); });
}

}  // namespace rediscluster::detail
