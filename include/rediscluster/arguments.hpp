/// Parameter types of commands: one argument, a list of them, a list of pairs.
/// They are views for the time of one call: use them as parameters, never store them.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace rediscluster {

/// One argument: text, bytes or a number (numbers are written in decimal, as the servers expect them).
class Arg {
 public:
  Arg(std::string_view text) : data_(text.data()), size_(text.size()) {}
  Arg(const std::string& text) : Arg(std::string_view(text)) {}
  Arg(const char* text) : Arg(std::string_view(text)) {}
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  Arg(T number) {
    take(std::to_chars(digits_, digits_ + sizeof digits_, number));
  }
  template <std::floating_point T>
  Arg(T number) {
    take(std::to_chars(digits_, digits_ + sizeof digits_, static_cast<double>(number)));
  }

  std::string_view view() const { return {data_ != nullptr ? data_ : digits_, size_}; }

 private:
  void take(std::to_chars_result end) { size_ = static_cast<std::size_t>(end.ptr - digits_); }

  const char* data_ = nullptr;  // null: the text stands in digits_ (so copies need no fixing up)
  std::size_t size_ = 0;
  char digits_[32];             // longest: a double in shortest round-trip form, 24 characters
};

namespace detail {
template <class T>
concept TextLike = std::convertible_to<const T&, std::string_view>;
template <class T>
concept ArgLike = TextLike<T> || (std::is_arithmetic_v<T> && !std::same_as<T, bool> && !std::same_as<T, char>) ||
                  std::same_as<T, Arg>;
template <class R>
concept ArgRange = std::ranges::input_range<const R> && !TextLike<R> && ArgLike<std::ranges::range_value_t<const R>>;
template <class P>
concept ArgPair = requires(const P& pair) {
  requires TextLike<std::remove_cvref_t<decltype(pair.first)>>;
  requires ArgLike<std::remove_cvref_t<decltype(pair.second)>>;
};
/// Whether what its iterators give is still there when they have moved on.
template <class R>
inline constexpr bool is_stable_range =
    std::ranges::forward_range<R> && (std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> ||
                                      std::same_as<std::ranges::range_value_t<R>, std::string_view> ||
                                      std::same_as<std::ranges::range_value_t<R>, const char*>);
template <class R>
concept PairRange = std::ranges::input_range<const R> && ArgPair<std::ranges::range_value_t<const R>>;
}  // namespace detail

/// One or more arguments: `"a"`, `{"a", "b"}`, or any range of strings or numbers.
class Args {
 public:
  Args(std::initializer_list<Arg> list)
      : object_(list.begin()), size_(list.size()), visit_([](const void* object, std::size_t size, Sink sink, void* out) {
          for (const Arg* arg = static_cast<const Arg*>(object); size-- > 0; ++arg) sink(out, arg->view());
        }) {}
  template <class T>
    requires detail::ArgLike<T>
  Args(const T& one)
      : object_(&one), size_(1), visit_([](const void* object, std::size_t, Sink sink, void* out) {
          sink(out, Arg(*static_cast<const T*>(object)).view());
        }) {}
  Args(const char* one)
      : object_(one), size_(1), visit_([](const void* object, std::size_t, Sink sink, void* out) {
          sink(out, std::string_view(static_cast<const char*>(object)));
        }) {}
  template <detail::ArgRange R>
  Args(const R& range)
      : object_(&range),
        size_(static_cast<std::size_t>(std::ranges::distance(range))),
        visit_([](const void* object, std::size_t, Sink sink, void* out) {
          for (const auto& item : *static_cast<const R*>(object)) sink(out, Arg(item).view());
        }),
        are_stable_(detail::is_stable_range<const R>) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Whether long texts stay where for_each() shows them, as long as what this was made of.
  bool are_stable() const { return are_stable_; }

  /// Calls `use(std::string_view)` for each argument in order; each view lives for that one call.
  template <class Use>
  void for_each(Use&& use) const {
    visit_(object_, size_, [](void* out, std::string_view text) { (*static_cast<std::remove_reference_t<Use>*>(out))(text); },
           &use);
  }

 private:
  using Sink = void (*)(void* out, std::string_view text);
  const void* object_;
  std::size_t size_;
  void (*visit_)(const void* object, std::size_t size, Sink sink, void* out);
  bool are_stable_ = true;
};

/// Keys are arguments; the name says which is which in a signature.
using Keys = Args;

/// Pairs such as key and value, field and value: `{{"a", 1}, {"b", "x"}}`, a map, or any range of pairs.
class ArgPairs {
 public:
  using Pair = std::pair<std::string_view, Arg>;
  ArgPairs(std::initializer_list<Pair> list)
      : object_(list.begin()), size_(list.size()), visit_([](const void* object, std::size_t size, Sink sink, void* out) {
          for (const Pair* pair = static_cast<const Pair*>(object); size-- > 0; ++pair) sink(out, pair->first, pair->second.view());
        }) {}
  template <detail::PairRange R>
  ArgPairs(const R& range)
      : object_(&range),
        size_(static_cast<std::size_t>(std::ranges::distance(range))),
        visit_([](const void* object, std::size_t, Sink sink, void* out) {
          for (const auto& pair : *static_cast<const R*>(object)) sink(out, pair.first, Arg(pair.second).view());
        }),
        are_stable_(std::ranges::forward_range<const R> && std::is_lvalue_reference_v<std::ranges::range_reference_t<const R>>) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Whether long texts stay where for_each() shows them, as long as what this was made of.
  bool are_stable() const { return are_stable_; }

  /// Calls `use(std::string_view first, std::string_view second)` for each pair in order.
  template <class Use>
  void for_each(Use&& use) const {
    visit_(object_, size_,
           [](void* out, std::string_view first, std::string_view second) {
             (*static_cast<std::remove_reference_t<Use>*>(out))(first, second);
           },
           &use);
  }

 private:
  using Sink = void (*)(void* out, std::string_view first, std::string_view second);
  const void* object_;
  std::size_t size_;
  void (*visit_)(const void* object, std::size_t size, Sink sink, void* out);
  bool are_stable_ = true;
};

}  // namespace rediscluster
