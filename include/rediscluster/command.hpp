/// A command as a value: encoded bytes, slot, facts and the type of its reply.
/// Build one with `cmd::get("k")` or, of any words, `cmd::words("GET", "k")`; run it on any surface with `run(command)`.
/// Values: may be stored, copied and sent again. Not to be changed by two threads at once; sharing a const one is fine.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <rediscluster/arguments.hpp>
#include <rediscluster/command_facts.hpp>
#include <rediscluster/reply_decoder.hpp>
#include <rediscluster/result.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace rediscluster {

template <class T>
class Pending;  // pending.hpp

namespace detail {

/// The outcome of surfaces that queue what they are given, and so are changed by it.
template <template <class> class Outcome>
concept Queueing = std::same_as<Outcome<bool>, Pending<bool>>;

/// Whether the arguments of a command outlive it. Then long ones are not copied: they are sent from where they are. The members of
/// surfaces run their commands so; commands that are values do not.
enum class Loan : bool { no, yes };

}  // namespace detail

/// The RESP bytes of one command with its facts and the slot of its keys.
/// Small commands (about 200 bytes) live inside the object; larger ones in one heap block.
class EncodedCommand {
 public:
  static constexpr int no_slot = -1;        ///< No key so far.
  static constexpr int several_slots = -2;  ///< Keys of more than one slot.

  /// Starts a command with its name (and sub-command).
  explicit EncodedCommand(const CommandFacts& facts, detail::Loan loan = detail::Loan::no);
  /// Any command, its name first. What cannot be routed is found when it is run: is_resolved() is false then.
  static EncodedCommand from_words(std::span<const Arg> words, detail::Loan loan = detail::Loan::no);
  /// False: the words mean no command that this library knows, or not with these arguments.
  bool is_resolved() const;
  /// A copy owns all its bytes.
  EncodedCommand(const EncodedCommand& other);
  EncodedCommand(EncodedCommand&& other) noexcept;
  EncodedCommand& operator=(EncodedCommand other) noexcept;
  ~EncodedCommand() {
    if (data_ != inline_) [[unlikely]]
      release();
  }

  /// Appends an argument that is a key: it takes part in routing.
  void key(std::string_view key);
  /// Appends an argument that routes like a key but is none (a sharded channel).
  void routing_argument(std::string_view text) { key(text); }
  /// Appends any other argument.
  void arg(std::string_view text);
  void arg(const Arg& argument) { arg(argument.view()); }
  void arg(const char* text) { arg(std::string_view(text)); }
  void arg(const std::string& text) { arg(std::string_view(text)); }
  template <class T>
  requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>) void arg(T number) { arg(Arg(number).view()); }
  void keys(const Keys& keys);
  void args(const Args& args);
  /// Appends key, value, key, value, ... (MSET).
  void key_pairs(const ArgPairs& pairs);
  /// Appends first, second, first, second, ... none of them a key (HSET).
  void arg_pairs(const ArgPairs& pairs);
  /// Appends second, first, second, first, ... (ZADD: a score stands before its member).
  void arg_pairs_swapped(const ArgPairs& pairs);

  /// The server waits at most this long before it answers (BLPOP); zero: for ever. Extends the deadline.
  void block_for(std::chrono::milliseconds server_timeout) { block_for_ = server_timeout; }
  std::optional<std::chrono::milliseconds> block_for() const { return block_for_; }

  /// Options that exclude each other: the command is not sent, and this is why. A literal: it must live for ever.
  void refuse(const char* reason) { refusal_ = reason; }
  /// Null: nothing speaks against sending it.
  const char* refusal() const { return refusal_; }

  const CommandFacts& facts() const { return *facts_; }
  /// Takes another row for the same words, with other policies. It must live as long as the command.
  void use_facts(const CommandFacts& facts) { facts_ = &facts; }
  /// The whole command as RESP: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n". Valid until the command changes or dies.
  /// Long arguments on loan are copied first.
  std::string_view bytes() const {
    if (lent_ != nullptr) [[unlikely]]
      join_lent();
    return {data_ + begin_, size_ - begin_};
  }
  /// Whether some arguments stand elsewhere, see detail::Loan.
  bool has_lent() const { return lent_ != nullptr; }
  /// How many bytes() there are; nothing is copied.
  std::size_t size() const { return lent_ == nullptr ? size_ - begin_ : size_with_lent(); }
  /// The same bytes as bytes(), from where they stand: calls `use(std::string_view)` for one piece after the other.
  template <class Use>
  void for_each_piece(Use&& use) const {
    std::size_t at = begin_;
    if (lent_ != nullptr) {
      for (const Lent& each : *lent_) {
        use(std::string_view(data_ + at, each.at - at));
        use(each.text);
        at = each.at;
      }
    }
    use(std::string_view(data_ + at, size_ - at));
  }
  /// Number of arguments, name included.
  int argument_count() const { return static_cast<int>(count_); }
  /// 0..16383, no_slot or several_slots.
  int slot() const { return slot_; }
  /// Sets the slot of a command whose keys were found by a key finder, or that a caller pins. A number that is none of slot()'s is
  /// refused when the command is run: Errc::bad_option.
  void set_slot(int slot) {
    const bool is_one = slot >= several_slots && slot <= 16383;
    slot_ = static_cast<std::int16_t>(is_one ? slot : no_slot);
    if (!is_one) refuse("a slot is a number from 0 to 16383");
  }
  /// Finds the keys among the arguments by the facts, for arguments that were appended without saying which are keys.
  /// Where they cannot be found (a number of keys that lies), the command has no slot and is refused before it is sent.
  void route();
  /// Joins one more key's slot to the ones so far.
  void add_slot(int slot);

  /// Walks the arguments, name included: "GET", "k". Built over our own bytes, so it needs no checks.
  class ArgumentCursor {
   public:
    explicit ArgumentCursor(std::string_view bytes);
    /// Next argument; false at the end.
    bool next(std::string_view& argument);

   private:
    const char* at_;
    const char* end_;
  };
  ArgumentCursor arguments() const { return ArgumentCursor(bytes()); }

 private:
  void raise_count();
  void carry_count();
  char* grow(std::size_t more);
  void enlarge(std::size_t more);
  void replace_block(char* block) const;
  void release() const;
  void append_bulk(std::string_view text);
  void append_lent(std::string_view text);
  template <class Append>
  void append_all(bool are_stable, Append&& append);
  void join_lent() const;
  std::size_t size_with_lent() const;

  struct Lent {
    std::size_t at;  // in data_: what stands behind it
    std::string_view text;
  };
  static constexpr std::size_t shortest_lent = 16 * 1024;
  static constexpr std::size_t inline_capacity = 208;
  static constexpr std::size_t header_room = 14;  // "*" + up to 10 digits + "\r\n", written from the right

  const CommandFacts* facts_;
  mutable char* data_;  // inline_ or a heap block; join_lent() makes a larger one
  mutable std::size_t size_;
  mutable std::size_t capacity_;
  std::uint32_t begin_;
  std::uint32_t count_;
  std::optional<std::chrono::milliseconds> block_for_;
  const char* refusal_ = nullptr;
  mutable std::vector<Lent>* lent_ = nullptr;  // null: all stands in data_; otherwise data_ is a heap block
  std::int16_t slot_ = no_slot;
  bool lends_ = false;
  char inline_[inline_capacity];
};

/// A command that knows the type of its reply.
template <class T>
class Command : public EncodedCommand {
  static_assert(detail::ReplyType<T>, "nothing makes this type of a reply: specialise rediscluster::ReplyDecoder for it, or take one of "
                                      "those in <rediscluster/commands/reply_types.hpp>; Reply is any reply");

 public:
  using reply_type = T;
  using EncodedCommand::EncodedCommand;
  explicit Command(EncodedCommand encoded) : EncodedCommand(std::move(encoded)) {}

  /// The same command with another reply type, e.g. `cmd::get("k").as<Reply>()`.
  template <class U>
  Command<U> as() const {
    return Command<U>(EncodedCommand(*this));
  }
};

namespace cmd {

/// Any command as a value: `cmd::words("OBJECT", "ENCODING", "k")`, with a type `cmd::words("GET", "k").as<std::string>()`. Its keys are
/// found by its facts. A command that this library does not know is looked up on the server, once for each client that runs it.
/// Errors, when it is run: Errc::wrong_arity, missing_key, cross_slot, not_allowed: nothing was sent.
inline Command<Reply> words(std::span<const Arg> words) { return Command<Reply>(EncodedCommand::from_words(words)); }
template <detail::ArgLike... Words>
  requires(sizeof...(Words) > 0)
Command<Reply> words(const Words&... words) {
  const Arg args[] = {Arg(words)...};
  return cmd::words(std::span<const Arg>(args));
}

}  // namespace cmd
}  // namespace rediscluster
