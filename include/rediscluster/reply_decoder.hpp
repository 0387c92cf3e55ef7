/// Reply types of one's own: specialise ReplyDecoder and use `cmd::hgetall("user:1").as<User>()` on any surface.
#pragma once

#include <rediscluster/commands/reply_types.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/result.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace rediscluster {

/// How a reply becomes a T:
///   template <> struct rediscluster::ReplyDecoder<User> {
///     static rediscluster::Result<User> decode(const rediscluster::Reply& reply) { ... }
///   };
/// `reply` is never an error reply: those end the call before. Called by the thread that runs the command.
/// May return an Error of its own (fail(Errc::unexpected_reply, "...")), or throw. Surfaces that throw let it pass; the others give what
/// a RedisError carries, and Errc::unexpected_reply for anything else. Both say Execution::executed: the command has run.
template <class T>
struct ReplyDecoder;

namespace detail {

template <class T>
concept CustomReply = requires(const Reply& reply) {
  { ReplyDecoder<T>::decode(reply) } -> std::convertible_to<Result<T>>;
};

/// What a reply can become.
template <class T>
concept ReplyType = is_built_in_reply<T> || CustomReply<T>;

/// What the library itself makes of the reply to a command of this type.
template <class T>
using Raw = std::conditional_t<CustomReply<T>, Reply, T>;

/// What the exception being handled is as an error, when a decoder threw it.
Error error_of_decoder();

template <CustomReply T>
Result<T> decode_custom(const Reply& reply) {
  Result<T> value = ReplyDecoder<T>::decode(reply);
  if (!value) value.error().execution = Execution::executed;  // the command has run, whatever its reply is good for
  return value;
}

template <class T>
T value_or_throw(Result<T>&& result) {
  if (!result) throw_error(std::move(result.error()));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A result as a surface gives it: a Result, or its value, or its error thrown; decoded where that is the user's to do.
template <template <class> class Outcome, class T>
Outcome<T> deliver(Result<Raw<T>>&& result) {
  constexpr bool is_nothrow = std::is_same_v<Outcome<T>, Result<T>>;
  if constexpr (!CustomReply<T>) {
    if constexpr (is_nothrow) {
      return std::move(result);
    } else {
      return value_or_throw(std::move(result));
    }
  } else if constexpr (is_nothrow) {
    if (!result) return fail(std::move(result.error()));
    try {
      return decode_custom<T>(*result);
    } catch (...) {
      return fail(error_of_decoder());
    }
  } else {
    return value_or_throw(decode_custom<T>(value_or_throw(std::move(result))));
  }
}

/// The same of what `make` gives, which is not even moved where there is nothing to do to it.
template <template <class> class Outcome, class T, class Make>
Outcome<T> deliver_from(Make&& make) {
  if constexpr (std::is_same_v<Outcome<T>, Result<Raw<T>>>) {
    return make();
  } else {
    return deliver<Outcome, T>(make());
  }
}

/// Defined for the reply types of the generated commands.
template <class T>
Result<T> decode_reply(const Reply& reply);

}  // namespace detail

template <class T>
T Reply::as() const {
  static_assert(detail::ReplyType<T>, "nothing makes this type of a reply: specialise rediscluster::ReplyDecoder for it, or take one of "
                                      "those in <rediscluster/commands/reply_types.hpp>");
  if constexpr (detail::CustomReply<T>) {
    return detail::value_or_throw(detail::decode_custom<T>(*this));
  } else {
    return detail::value_or_throw(detail::decode_reply<T>(*this));
  }
}

}  // namespace rediscluster
