/// Decoders of values made of values: optional, vector, set, map, pair, tuple. Include wire/decode.hpp instead.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "wire/decode_scalars.hpp"

namespace rediscluster::wire {

/// Reads the header of an aggregate of any kind: its number of children (a map entry counts two).
bool open_aggregate(ReplyCursor& cursor, std::uint64_t& count, Mismatch& why, const char* wanted);

/// The same for an aggregate that must have exactly `size` children.
bool open_exactly(ReplyCursor& cursor, std::uint64_t size, Mismatch& why);

/// What the next value is to an optional: nothing (and passed), an empty aggregate, or a value.
enum class Presence : std::uint8_t { nil, empty_aggregate, value };
Presence take_nil(ReplyCursor& cursor);

/// How entries of two stand in the reply that begins here: [a, b, a, b] and {a: b}, or [[a, b], [a, b]].
struct Entries {
  std::uint64_t count = 0;
  bool are_nested = false;
};
/// @param first_is_aggregate  the first half of an entry is itself an aggregate, so an aggregate inside an array can
///                            only be taken for an entry of two.
bool open_entries(ReplyCursor& cursor, bool first_is_aggregate, Entries& entries, Mismatch& why);

/// Room to reserve for `count` elements: no more than the bytes left can hold, whatever a header says.
inline std::size_t bounded_count(const ReplyCursor& cursor, std::uint64_t count) {
  constexpr std::size_t smallest_value_bytes = 3;
  return static_cast<std::size_t>(std::min<std::uint64_t>(count, cursor.rest().size() / smallest_value_bytes));
}

/// Nil of every kind is empty. So is an empty array where T cannot be made of one: RESP2 servers answer some misses so.
template <class T>
struct Decoder<std::optional<T>> {
  static constexpr bool from_aggregate = Decoder<T>::from_aggregate;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::optional<T>& out, Mismatch& why) {
    if constexpr (std::is_same_v<T, std::string>) {
      std::string_view text;
      if (cursor.take_bulk(text)) [[likely]] {
        out.emplace(text);
        return true;
      }
    }
    const Presence presence = take_nil(cursor);
    if (presence == Presence::nil) {
      out.reset();
      return true;
    }
    if constexpr (!Decoder<T>::takes_empty) {
      if (presence == Presence::empty_aggregate) {
        out.reset();
        return cursor.skip();
      }
    }
    return Decoder<T>::decode(cursor, out.emplace(), why);
  }
};

/// Makes the string in its place: an empty one that is then assigned to costs twice as much.
inline void emplace_text(std::vector<std::string>& out, std::string_view text) { out.emplace_back(text); }
inline void emplace_text(std::vector<std::optional<std::string>>& out, std::string_view text) { out.emplace_back(std::in_place, text); }

/// The elements of an array, set or push; keys and values in turn of a map.
template <class T>
struct Decoder<std::vector<T>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<T>& out, Mismatch& why) {
    std::uint64_t count = 0;
    if (!cursor.take_small_array(count) && !open_aggregate(cursor, count, why, "an array")) return false;
    out.clear();
    out.reserve(bounded_count(cursor, count));
    for (; count > 0; --count) {
      if constexpr (std::is_same_v<T, bool>) {
        bool element = false;
        if (!Decoder<bool>::decode(cursor, element, why)) return false;
        out.push_back(element);
      } else {
        if constexpr (is_plain_text<T>) {
          std::string_view text;
          if (cursor.take_bulk(text)) [[likely]] {
            emplace_text(out, text);
            continue;
          }
        }
        if (!Decoder<T>::decode(cursor, out.emplace_back(), why)) return false;
      }
    }
    return true;
  }
};

/// The elements of an array or set, repeats dropped.
template <class T>
struct Decoder<std::set<T>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::set<T>& out, Mismatch& why) {
    std::uint64_t count = 0;
    if (!open_aggregate(cursor, count, why, "a set or an array")) return false;
    out.clear();
    for (; count > 0; --count) {
      T element{};
      if (!Decoder<T>::decode(cursor, element, why)) return false;
      out.insert(std::move(element));
    }
    return true;
  }
};

/// Reads entries of two in any of their forms and hands each to `add(first, second)`.
template <class A, class B, class Add>
bool decode_entries(ReplyCursor& cursor, Mismatch& why, const Entries& entries, Add&& add) {
  for (std::uint64_t i = 0; i < entries.count; ++i) {
    if (entries.are_nested && !open_exactly(cursor, 2, why)) return false;
    A first{};
    B second{};
    if (!Decoder<A>::decode(cursor, first, why) || !Decoder<B>::decode(cursor, second, why)) return false;
    add(std::move(first), std::move(second));
  }
  return true;
}

/// A RESP3 map, a flat array or an array of pairs. Of repeated keys the last one counts.
template <class K, class V>
struct Decoder<std::map<K, V>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::map<K, V>& out, Mismatch& why) {
    Entries entries;
    if (!open_entries(cursor, Decoder<K>::from_aggregate, entries, why)) return false;
    out.clear();
    return decode_entries<K, V>(cursor, why, entries,
                                [&out](K&& key, V&& value) { out.insert_or_assign(std::move(key), std::move(value)); });
  }
};

/// A RESP3 map, a flat array or an array of pairs, in the order of the reply.
template <class A, class B>
struct Decoder<std::vector<std::pair<A, B>>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = true;
  static bool decode(ReplyCursor& cursor, std::vector<std::pair<A, B>>& out, Mismatch& why) {
    Entries entries;
    if (!open_entries(cursor, Decoder<A>::from_aggregate, entries, why)) return false;
    out.clear();
    out.reserve(bounded_count(cursor, entries.count));
    return decode_entries<A, B>(
        cursor, why, entries, [&out](A&& first, B&& second) { out.emplace_back(std::move(first), std::move(second)); });
  }
};

/// An array of exactly two.
template <class A, class B>
struct Decoder<std::pair<A, B>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = false;
  static bool decode(ReplyCursor& cursor, std::pair<A, B>& out, Mismatch& why) {
    return open_exactly(cursor, 2, why) && Decoder<A>::decode(cursor, out.first, why) &&
           Decoder<B>::decode(cursor, out.second, why);
  }
};

/// An array of exactly as many values as the tuple has.
template <class... T>
struct Decoder<std::tuple<T...>> {
  static constexpr bool from_aggregate = true;
  static constexpr bool takes_empty = sizeof...(T) == 0;
  static bool decode(ReplyCursor& cursor, std::tuple<T...>& out, Mismatch& why) {
    if (!open_exactly(cursor, sizeof...(T), why)) return false;
    return std::apply([&](T&... element) { return (Decoder<T>::decode(cursor, element, why) && ...); }, out);
  }
};

}  // namespace rediscluster::wire
