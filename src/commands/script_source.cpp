#include <rediscluster/commands/scripting.hpp>
#include <rediscluster/script_source.hpp>

#include "base/sha1.hpp"

namespace rediscluster {

// The SHA1 is computed here and not asked from a server: a script can be registered before anything is connected, and
// SCRIPT LOAD would have to reach every node, also those that come later, to save the one EVAL that loads it anyway.
ScriptSource::ScriptSource(std::string source, const ScriptOptions& options)
    : source_(std::move(source)), sha1_(base::sha1_hex(source_)), read_only_(options.read_only) {}

Command<Reply> ScriptSource::by_hash(const Keys& keys, const Args& args, detail::Loan loan) const {
  return read_only_ ? cmd::evalsha_ro(sha1_, keys, args, loan) : cmd::evalsha(sha1_, keys, args, loan);
}

Command<Reply> ScriptSource::by_source(const Keys& keys, const Args& args) const {
  return read_only_ ? cmd::eval_ro(source_, keys, args) : cmd::eval(source_, keys, args);
}

}  // namespace rediscluster
