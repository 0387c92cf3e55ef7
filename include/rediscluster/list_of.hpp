/// A parameter that takes several values of one type, such as places for GEOADD.
/// A view for the time of one call: use it as a parameter, never store it.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <initializer_list>
#include <span>
#include <vector>

namespace rediscluster {

/// One or more values: `{a, b}`, a vector, a span, or a single one.
template <class T>
class ListOf {
 public:
  ListOf(std::initializer_list<T> list) : items_(list.begin(), list.size()) {}
  ListOf(const std::vector<T>& list) : items_(list) {}
  ListOf(std::span<const T> list) : items_(list) {}
  ListOf(const T& one) : items_(&one, 1) {}

  std::size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::span<const T> items_;
};

}  // namespace rediscluster
