/// Any reply of a server as a tree of values. Owns its bytes: nothing here dangles.
/// Cheap to copy (the tree is shared and never changes); safe to share between threads.
#pragma once

#include <rediscluster/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rediscluster {

namespace wire {
struct ReplyTree;
}

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

  /// Children of an array, set, push (elements) or map (keys and values: 2 per entry). 0 for scalars.
  std::size_t size() const;
  /// Errors: throws std::out_of_range.
  Reply operator[](std::size_t index) const;
  /// Value of a key in a map (or in a flat array of pairs, as RESP2 sends maps); nothing when absent.
  std::optional<Reply> find(std::string_view key) const;

  /// The reply as text for people, nested, quoted, e.g. `["a", 1, nil]`.
  std::string to_string() const;

 private:
  std::shared_ptr<const wire::ReplyTree> tree_;
  std::uint32_t index_ = 0;
};

}  // namespace rediscluster
