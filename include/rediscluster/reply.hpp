/// Any reply of a server as a tree of values. Owns its bytes: nothing here dangles.
/// Cheap to copy (the tree is shared and never changes); safe to share between threads.
#pragma once

#include <rediscluster/element_iterator.hpp>
#include <rediscluster/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rediscluster {

class Reply;

namespace wire {
class Frame;
struct ReplyTree;
Frame frame_of(const Reply& reply);  // src/wire/reply_tree.hpp
}  // namespace wire

/// One value of a reply. RESP2 and RESP3 look the same but for the types only RESP3 has.
class Reply {
 public:
  enum class Type : std::uint8_t {
    nil,
    status,      ///< "+OK"
    integer,
    text,        ///< bulk string; any bytes
    verbatim,    ///< text with a format of three letters (RESP3); `as_string` gives the text without it
    number,      ///< double (RESP3)
    boolean,     ///< RESP3
    big_number,  ///< integer beyond 64 bits, as text (RESP3)
    error,       ///< an error reply, alone or inside an array (EXEC)
    array,
    set,         ///< RESP3
    map,         ///< RESP3; children are key, value, key, value, ...
    push,        ///< RESP3 out-of-band message
  };

  Reply() = default;  ///< nil
  explicit Reply(std::shared_ptr<const wire::ReplyTree> tree, std::uint32_t index = 0) : tree_(std::move(tree)), index_(index) {}

  Type type() const;
  bool is_nil() const { return type() == Type::nil; }
  bool is_error() const { return type() == Type::error; }
  bool is_aggregate() const;

  /// Text of a status, text, verbatim, big number or error; the digits of an integer or number.
  /// Errors: throws InvalidResponse for nil and aggregates, naming the type found.
  std::string as_string() const;
  /// The same without a copy; valid as long as any Reply of this tree lives.
  std::string_view view() const;
  /// Integer, boolean, or text that is an integer. Errors: throws InvalidResponse otherwise.
  std::int64_t as_integer() const;
  /// Number, integer, or text that is a number. Errors: throws InvalidResponse otherwise.
  double as_double() const;
  /// Boolean, or the integers 0 and 1. Errors: throws InvalidResponse otherwise.
  bool as_bool() const;

  /// The reply as a C++ value, as a typed command gives it: `as<std::vector<std::string>>()`, `as<std::map<std::string, std::string>>()`,
  /// any type that Command::as takes. Errors: throws InvalidResponse naming what was found instead; the server's error for an error reply.
  template <class T>
  T as() const;

  /// Children of an array, set, push (elements) or map (keys and values: 2 per entry). 0 for scalars.
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  /// Errors: throws std::out_of_range.
  Reply operator[](std::size_t index) const;
  Reply at(std::size_t index) const { return (*this)[index]; }
  /// Its children, one after the other: `for (const Reply& each : reply)`. Of a map key, value, key, value, ...; of a scalar none.
  using Iterator = detail::ElementIterator<Reply, Reply>;
  Iterator begin() const;
  Iterator end() const;
  /// Value of a key in a map (or in a flat array of pairs, as RESP2 sends maps); nothing when absent.
  std::optional<Reply> find(std::string_view key) const;
  /// The same for a key that must be there. Errors: throws InvalidResponse naming the key that is missing.
  Reply at(std::string_view key) const;

  /// The reply as text for people, nested, quoted, e.g. `["a", 1, nil]`.
  std::string to_string() const;

 private:
  friend wire::Frame wire::frame_of(const Reply& reply);
  std::shared_ptr<const wire::ReplyTree> tree_;
  std::uint32_t index_ = 0;
};

inline Reply::Iterator Reply::begin() const { return {*this, 0}; }
inline Reply::Iterator Reply::end() const { return {*this, size()}; }

}  // namespace rediscluster
