/// `Result<T>`: a value or an `Error`. What the surfaces that do not throw return.
/// A plain value: copy and share it freely between threads.
#pragma once

#include <rediscluster/errors.hpp>

#include <tl/expected.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace rediscluster {

using Failure = tl::unexpected<Error>;

namespace detail {

/// What a Result<T> is made of: anything that makes a T, but no other result.
template <class U, class T>
concept MakesResult = !std::is_void_v<T> && !requires { typename std::remove_cvref_t<U>::error_type; } &&
                      !std::same_as<std::remove_cvref_t<U>, Failure> && !std::same_as<std::remove_cvref_t<U>, tl::in_place_t> &&
                      std::constructible_from<T, U>;

}  // namespace detail

/// A tl::expected<T, Error> that the compiler warns of when it is not looked at.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
  using Base = tl::expected<T, Error>;

 public:
  Result() = default;
  Result(Failure failure) : Base(std::move(failure)) {}
  Result(Base result) : Base(std::move(result)) {}
  template <class U = T>
    requires detail::MakesResult<U, T>
  explicit(!std::convertible_to<U, T>) Result(U&& value) : Base(tl::in_place, std::forward<U>(value)) {}
  template <class... Parts>
  explicit Result(tl::in_place_t, Parts&&... parts) : Base(tl::in_place, std::forward<Parts>(parts)...) {}

  /// What `use` makes of the value; the error stays.
  template <class Use>
  auto map(Use&& use) const& {
    return as_result(static_cast<const Base&>(*this).map(std::forward<Use>(use)));
  }
  template <class Use>
  auto map(Use&& use) && {
    return as_result(static_cast<Base&&>(*this).map(std::forward<Use>(use)));
  }
  template <class Use>
  auto transform(Use&& use) const& {
    return map(std::forward<Use>(use));
  }
  template <class Use>
  auto transform(Use&& use) && {
    return std::move(*this).map(std::forward<Use>(use));
  }
  /// The Result that `use` gives for the value; the error stays.
  template <class Use>
  auto and_then(Use&& use) const& {
    return chain(*this, std::forward<Use>(use));
  }
  template <class Use>
  auto and_then(Use&& use) && {
    return chain(std::move(*this), std::forward<Use>(use));
  }
  /// The Result that `use` gives for the error; the value stays.
  template <class Use>
  Result or_else(Use&& use) const& {
    return this->has_value() ? *this : recover(this->error(), std::forward<Use>(use));
  }
  template <class Use>
  Result or_else(Use&& use) && {
    return this->has_value() ? std::move(*this) : recover(std::move(this->error()), std::forward<Use>(use));
  }

 private:
  template <class U>
  static Result<U> as_result(tl::expected<U, Error> result) {
    return result;
  }
  template <class Self, class Use>
  static auto chain(Self&& self, Use&& use) {
    if constexpr (std::is_void_v<T>) {
      using Next = std::remove_cvref_t<std::invoke_result_t<Use>>;
      return self.has_value() ? std::invoke(std::forward<Use>(use)) : Next(Failure(std::forward<Self>(self).error()));
    } else {
      using Next = std::remove_cvref_t<std::invoke_result_t<Use, decltype(*std::forward<Self>(self))>>;
      return self.has_value() ? std::invoke(std::forward<Use>(use), *std::forward<Self>(self)) : Next(Failure(std::forward<Self>(self).error()));
    }
  }
  // A function that only looks at the error leaves it as it is.
  template <class Problem, class Use>
  static Result recover(Problem&& problem, Use&& use) {
    if constexpr (std::is_void_v<std::invoke_result_t<Use, Problem>>) {
      std::invoke(std::forward<Use>(use), problem);
      return Failure(std::forward<Problem>(problem));
    } else {
      return std::invoke(std::forward<Use>(use), std::forward<Problem>(problem));
    }
  }
};

/// Shorthand for `return fail(Errc::..., "...")`.
inline Failure fail(Errc code, std::string message, NodeAddress node = {},
                    Execution execution = Execution::not_executed) {
  return Failure{Error{code, std::move(message), std::move(node), 0, execution}};
}
inline Failure fail(Error error) { return Failure{std::move(error)}; }

}  // namespace rediscluster
