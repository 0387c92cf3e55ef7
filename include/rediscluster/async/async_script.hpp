/// A Lua script on an asynchronous client.
#pragma once

#include <rediscluster/async/async_client.hpp>
#include <rediscluster/async/operation.hpp>
#include <rediscluster/script.hpp>

namespace rediscluster {

/// Made by AsyncRedisCluster::register_script(). As BasicScript: the hash is sent, and the source where it is missing; one deadline for
/// both, Operation::within(). Cheap to copy; threads may share one.
///     auto taken = co_await take.run<std::int64_t>({"key"}, {10});
class AsyncScript {
 public:
  AsyncScript(detail::AsyncClient& client, std::shared_ptr<const ScriptSource> source) : client_(detail::share(client)), source_(std::move(source)) {}

  Operation<Reply> operator()(const Keys& keys = {}, const Args& args = {}) const { return run<Reply>(keys, args); }
  /// With a typed reply: any type that Command::as takes.
  template <class T>
  Operation<T> run(const Keys& keys = {}, const Args& args = {}) const {
    return Operation<T>(*client_, detail::blocking<detail::Raw<T>>([client = client_, source = source_, by_hash = EncodedCommand(source_->by_hash(keys, args))](
                                                                       const RunOptions& options) {
      return detail::run_script<detail::Raw<T>>(detail::client_of(*client), *source, by_hash, options);
    }));
  }

  const std::string& source() const { return source_->source(); }
  /// 40 hexadecimal digits.
  const std::string& sha1() const { return source_->sha1(); }

 private:
  std::shared_ptr<detail::AsyncClient> client_;
  std::shared_ptr<const ScriptSource> source_;  // shared with the copies and what is under way
};

}  // namespace rediscluster
