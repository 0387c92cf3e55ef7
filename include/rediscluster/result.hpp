/// `Result<T>`: a value or an `Error`. What the surfaces that do not throw return.
#pragma once

#include <rediscluster/errors.hpp>

#include <tl/expected.hpp>

namespace rediscluster {

template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

/// Shorthand for `return fail(Errc::..., "...")`.
inline Failure fail(Errc code, std::string message, NodeAddress node = {},
                    Execution execution = Execution::not_executed) {
  return Failure{Error{code, std::move(message), std::move(node), 0, execution}};
}
inline Failure fail(Error error) { return Failure{std::move(error)}; }

}  // namespace rediscluster
