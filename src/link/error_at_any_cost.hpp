/// Errors made where nothing may be thrown: when there is no memory for their words, the code alone. Pure.
#pragma once

#include <rediscluster/result.hpp>

#include <exception>
#include <memory>
#include <string>

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

/// What `function` gives, a Result; or what it throws, as Errc::connect_failed that has not run. For threads and lanes that nothing may be
/// thrown through.
/// @param failed  in front of the reason: "connecting failed".
template <class Function>
auto result_at_any_cost(const char* failed, const NodeAddress& node, Function&& function) noexcept -> decltype(function()) {
  const auto error = [&](const char* why) {
    return fail(error_at_any_cost(Errc::connect_failed, Execution::not_executed, [&] {
      return Error{Errc::connect_failed, std::string(failed) + ": " + why, node, 0, Execution::not_executed};
    }));
  };
  try {
    return function();
  } catch (const std::exception& thrown) {
    return error(thrown.what());
  } catch (...) {
    return error("something was thrown that is no std::exception");
  }
}

inline Error copy_at_any_cost(const Error& error) noexcept {
  return error_at_any_cost(error.code, error.execution, [&] { return error; });
}

/// A copy for all who keep it; null: there is no memory for one.
inline std::shared_ptr<const Error> share_at_any_cost(const Error& error) noexcept {
  try {
    return std::make_shared<const Error>(error);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace rediscluster::link
