/// Iterators of what makes its elements when they are looked at: `Reply` and `Replies`. Each keeps the bytes of its range alive.
/// Values: copy freely; one thread uses one.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <compare>
#include <cstddef>
#include <iterator>
#include <utility>

namespace rediscluster::detail {

/// @tparam Range  cheap to copy; its operator[] gives an Element.
template <class Range, class Element>
class ElementIterator {
 public:
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;  // its reference is a value
  using value_type = Element;
  using difference_type = std::ptrdiff_t;
  using reference = Element;
  using pointer = void;

  ElementIterator() = default;
  ElementIterator(Range range, std::size_t position) : range_(std::move(range)), position_(static_cast<difference_type>(position)) {}
  Element operator*() const { return (*this)[0]; }
  Element operator[](difference_type offset) const { return range_[static_cast<std::size_t>(position_ + offset)]; }
  ElementIterator& operator++() { return *this += 1; }
  ElementIterator operator++(int) { return std::exchange(*this, *this + 1); }
  ElementIterator& operator--() { return *this -= 1; }
  ElementIterator operator--(int) { return std::exchange(*this, *this - 1); }
  ElementIterator& operator+=(difference_type distance) {
    position_ += distance;
    return *this;
  }
  ElementIterator& operator-=(difference_type distance) { return *this += -distance; }
  friend ElementIterator operator+(ElementIterator from, difference_type distance) { return from += distance; }
  friend ElementIterator operator+(difference_type distance, ElementIterator from) { return from += distance; }
  friend ElementIterator operator-(ElementIterator from, difference_type distance) { return from -= distance; }
  friend difference_type operator-(const ElementIterator& a, const ElementIterator& b) { return a.position_ - b.position_; }
  friend bool operator==(const ElementIterator& a, const ElementIterator& b) { return a.position_ == b.position_; }
  friend auto operator<=>(const ElementIterator& a, const ElementIterator& b) { return a.position_ <=> b.position_; }

 private:
  Range range_{};
  difference_type position_ = 0;
};

}  // namespace rediscluster::detail
