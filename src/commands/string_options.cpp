/// Writes the options of the younger string commands. Pure. Order of the words: tools/commands/facts.
#include <rediscluster/options/string.hpp>

#include "commands/option_words.hpp"

namespace rediscluster::detail {

void encode(EncodedCommand& command, const DeleteIf& condition) {
  if (condition.word() == nullptr) return;
  command.arg(condition.word());
  command.arg(condition.text());
}

namespace {

template <class Number>
void encode_increx(EncodedCommand& command, const BasicIncrexOptions<Number>& options) {
  check_expiry(command, options, options.persist);
  if (options.only_if_no_expiry && !options.expire_in && !options.expire_at) {
    command.refuse("only_if_no_expiry goes with expire_in or expire_at");
  }
  if (options.saturate) command.arg("SATURATE");
  encode_named(command, "LBOUND", options.lower_bound);
  encode_named(command, "UBOUND", options.upper_bound);
  encode_expiry(command, options.expire_in, options.expire_at);
  if (options.persist) command.arg("PERSIST");
  if (options.only_if_no_expiry) command.arg("ENX");
}

}  // namespace

void encode(EncodedCommand& command, const IncrexOptions& options) { encode_increx(command, options); }

void encode(EncodedCommand& command, const IncrexFloatOptions& options) { encode_increx(command, options); }

void encode(EncodedCommand& command, const MsetexOptions& options) {
  check_expiry(command, options, options.keep_ttl);
  if (options.only_if != Exists::any) command.arg(options.only_if == Exists::yes ? "XX" : "NX");
  encode_expiry(command, options.expire_in, options.expire_at);
  if (options.keep_ttl) command.arg("KEEPTTL");
}

}  // namespace rediscluster::detail
