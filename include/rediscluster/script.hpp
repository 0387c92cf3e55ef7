/// A Lua script on a client: called like a function, it loads itself where it is missing.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/script_source.hpp>

#include <memory>
#include <string>
#include <utility>

namespace rediscluster {

namespace detail {

/// Runs EVALSHA, and EVAL once when the node answers NOSCRIPT, which proves that nothing ran; one deadline for both.
/// Defined for the reply types of the generated commands.
template <class T>
Result<T> run_script(Client& client, const ScriptSource& script, const EncodedCommand& by_hash, const RunOptions& options);

}  // namespace detail

/// Made by register_script(). Sends the SHA1 only (EVALSHA); a node that does not have the script - new, restarted, just
/// promoted - is sent the source once (EVAL). Cheap to copy; threads may share one.
///
/// Keys must share a slot. Without keys the script runs on any primary. Errors: as RedisCluster::run; the error of the
/// script itself says maybe_executed, because it may have written before it failed, and is never a reason to run it again.
template <template <class> class Outcome>
class BasicScript {
 public:
  BasicScript(detail::Client& client, std::shared_ptr<const ScriptSource> source) : client_(detail::share(client)), source_(std::move(source)) {}

  /// Runs it: `script({"key"}, {"argument", 2})`, and with a timeout or a stop token of its own `script({"key"}, {}, {.timeout = 1s})`.
  Outcome<Reply> operator()(const Keys& keys = {}, const Args& args = {}, const RunOptions& options = {}) const {
    return run<Reply>(keys, args, options);
  }
  /// The same with a typed reply: `script.run<std::int64_t>({"key"})`. Any type that Command::as takes.
  template <class T>
  Outcome<T> run(const Keys& keys = {}, const Args& args = {}, const RunOptions& options = {}) const {
    return detail::deliver<Outcome, T>(
        detail::run_script<detail::Raw<T>>(*client_, *source_, source_->by_hash(keys, args, detail::Loan::yes), options));
  }

  const std::string& source() const { return source_->source(); }
  /// 40 hexadecimal digits. Computed here: registering a script sends nothing.
  const std::string& sha1() const { return source_->sha1(); }

  /// The same script without exceptions.
  BasicScript<Result> nothrow() const { return BasicScript<Result>(*client_, source_); }
  /// The same script with exceptions.
  BasicScript<detail::Plain> throwing() const { return BasicScript<detail::Plain>(*client_, source_); }

 private:
  std::shared_ptr<detail::Client> client_;  // with its owner, who may go first
  std::shared_ptr<const ScriptSource> source_;  // shared with the copies
};

using Script = BasicScript<detail::Plain>;
using NothrowScript = BasicScript<Result>;

}  // namespace rediscluster
