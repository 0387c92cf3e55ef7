/// The seam between objects of a surface (locks, transactions, subscriptions) and what stands behind them: asked at once, or, where the
/// surface gives operations, later. So each object is written once. Surfaces use it; users rarely need it.
#pragma once

#include <rediscluster/arguments.hpp>
#include <rediscluster/reply_decoder.hpp>
#include <rediscluster/options/run.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster::detail {

/// Arguments of which nobody needs to keep a copy.
template <class T>
class Borrowed {
 public:
  explicit Borrowed(const T& value) : value_(&value) {}
  const T& get() const { return *value_; }

 private:
  const T* value_;
};

/// A copy of what its owner may not keep.
template <class T>
class Owned {
 public:
  explicit Owned(const T& value) : value_(value) {}
  const T& get() const { return value_; }

 private:
  T value_;
};
template <>
class Owned<Args> {
 public:
  explicit Owned(const Args& args) {
    words_.reserve(args.size());
    args.for_each([this](std::string_view word) { words_.emplace_back(word); });
  }
  Args get() const { return Args(words_); }

 private:
  std::vector<std::string> words_;
};

/// One object behind a surface, with how it is asked.
/// @tparam Outcome  Plain or Result: at once. For Operation see <rediscluster/async/asked.hpp>.
template <template <class> class Outcome, class State, class Delete>
class Asked {
 public:
  using Pointer = std::unique_ptr<State, Delete>;
  Asked(Pointer state) : state_(std::move(state)) {}

  static constexpr bool is_immediate = true;
  /// What needs no waiting.
  State& operator*() const { return *state_; }

  /// Arguments as `call` may capture them.
  template <class T>
  static Borrowed<T> keep(const T& value) {
    return Borrowed<T>(value);
  }
  /// What nobody waits for the end of, when calls are operations.
  template <class Call>
  void tell(Call&& call) const {
    call(*state_);
  }
  /// @param call  Result<Raw<T>>(State&, const RunOptions&)
  template <class T, class Call>
  Outcome<T> ask(Call&& call) const {
    return deliver<Outcome, T>(call(*state_, RunOptions()));
  }
  /// @param at_once  for operations.
  template <class T, class Call, class AtOnce>
  Outcome<T> ask(Call&& call, AtOnce&& /*at_once*/) const {
    return ask<T>(std::forward<Call>(call));
  }

 private:
  Pointer state_;
};

}  // namespace rediscluster::detail
