/// Finds the keys among the words of a command, by the servers' key specifications, and by own code where those do not
/// say enough (SORT, MIGRATE, GEORADIUS, XREAD). Pure; no state. Does not know what the keys' slots are, and does not
/// check anything but what it needs to find them.
#pragma once

#include <array>
#include <cstddef>
#include <rediscluster/command.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace rediscluster {

/// Positions of keys among the words of a command (0 is the name), ascending in each specification's part.
/// Up to 16 live inside the object.
class KeyPositions {
 public:
  void add(int position) {
    if (size_ < inline_capacity) {
      inline_[size_] = position;
    } else {
      if (size_ == inline_capacity) heap_.assign(inline_.begin(), inline_.end());
      heap_.push_back(position);
    }
    ++size_;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const int* begin() const { return size_ <= inline_capacity ? inline_.data() : heap_.data(); }
  const int* end() const { return begin() + size_; }
  int operator[](std::size_t index) const { return begin()[index]; }

  bool only_route = false;  ///< They route like keys but are none (sharded channels).
  bool incomplete = false;  ///< The facts say that there may be more keys than these: ask a server (COMMAND GETKEYS).

 private:
  static constexpr std::size_t inline_capacity = 16;
  std::size_t size_ = 0;
  std::array<int, inline_capacity> inline_{};
  std::vector<int> heap_;
};

/// @param words  The whole command, name first.
/// Errors: Errc::missing_key when the command must have a key and has none; Errc::wrong_arity when a number of keys is
/// no number, negative, or higher than what follows it. Without a key by its nature: an empty list.
Result<KeyPositions> find_keys(const CommandFacts& facts, std::span<const std::string_view> words);

/// Checks the number of words, finds the keys, and encodes. The slot is set: of the keys, or of the slot number in the
/// command (RequestPolicy::by_slot). The time a blocking command may wait on the server is set as well.
/// @param words  The whole command, name first, in any case; the name is sent as the facts spell it.
/// Errors: Errc::wrong_arity with what the command takes; those of find_keys.
Result<EncodedCommand> encode_words(const CommandFacts& facts, std::span<const std::string_view> words,
                                    detail::Loan loan = detail::Loan::no);

}  // namespace rediscluster
