/// Errors made where nothing may be thrown: when there is no memory for their words, the code alone. Pure.
#pragma once

#include <rediscluster/errors.hpp>

#include <exception>
#include <memory>

namespace rediscluster::link {

/// @param make  gives the Error; may throw what has to do with memory.
template <class Make>
Error error_at_any_cost(Errc code, Execution execution, Make&& make) noexcept {
  try {
    return make();
  } catch (const std::exception&) {
    return {code, {}, {}, 0, execution};
  }
}

/// A copy for who keeps it; null: there is no memory for one.
inline std::unique_ptr<Error> copy_at_any_cost(const Error& error) noexcept {
  try {
    return std::make_unique<Error>(error);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace rediscluster::link
