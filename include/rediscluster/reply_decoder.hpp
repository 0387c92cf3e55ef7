/// Reply types of one's own: specialise ReplyDecoder and use `cmd::hgetall("user:1").as<User>()` on any surface.
#pragma once

#include <rediscluster/commands/reply_types.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/result.hpp>

#include <concepts>
#include <utility>

namespace rediscluster {

/// How a reply becomes a T:
///   template <> struct rediscluster::ReplyDecoder<User> {
///     static rediscluster::Result<User> decode(const rediscluster::Reply& reply) { ... }
///   };
/// `reply` is never an error reply: those end the call before. Called by the thread that runs the command.
/// May return an Error of its own (fail(Errc::unexpected_reply, "...")), or throw; both reach the caller.
template <class T>
struct ReplyDecoder;

namespace detail {

template <class T>
concept CustomReply = requires(const Reply& reply) {
  { ReplyDecoder<T>::decode(reply) } -> std::same_as<Result<T>>;
};

/// What a reply can become.
template <class T>
concept ReplyType = is_built_in_reply<T> || CustomReply<T>;

template <CustomReply T>
Result<T> decode_custom(Result<Reply> reply) {
  if (!reply) return fail(std::move(reply.error()));
  Result<T> value = ReplyDecoder<T>::decode(*reply);
  if (!value) value.error().execution = Execution::executed;  // the command has run, whatever its reply is good for
  return value;
}

}  // namespace detail
}  // namespace rediscluster
