/// The keys of a run, the value they hold, and the requests for them, all made before the clock starts.
/// Constant after construction; shared by all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace load {

class KeySpace {
 public:
  /// Keys "key:000000000000" and so on, all of one length.
  /// @param with_requests  also builds a GET and a SET request for each key (the raw clients send them).
  KeySpace(std::size_t count, std::size_t value_bytes, bool with_requests);

  std::size_t size() const { return slots_.size(); }
  std::string_view key(std::size_t index) const { return part(keys_, key_bytes, index); }
  std::string_view value() const { return value_; }
  int slot(std::size_t index) const { return slots_[index]; }
  std::string_view get_request(std::size_t index) const { return part(gets_, get_bytes_, index); }
  std::string_view set_request(std::size_t index) const { return part(sets_, set_bytes_, index); }
  /// Reads a byte of what will be used of this key soon, so that it is in the cache: a program that asks for a key has just
  /// made it, while ours lie all over the memory. Without this a client that does more between two keys waits longer for each.
  /// @param to_write  it will be written, not read.
  unsigned touch(std::size_t index, bool to_write) const {
    const bool has_requests = !gets_.empty();  // then these are sent, and the key itself is not looked at
    const std::string_view next = !has_requests ? key(index) : to_write ? set_request(index) : get_request(index);
    return slots_[index] + static_cast<unsigned char>(next.front());
  }
  /// fetch() does nothing from now on: each key is read from wherever it lies, as peers were measured.
  void stay_cold() { stays_cold_ = true; }
  /// The same for a read some time later: nothing waits for it.
  void fetch(std::size_t index) const {
    if (stays_cold_) return;
    const std::string_view next = gets_.empty() ? key(index) : get_request(index);
    __builtin_prefetch(&slots_[index]);
    __builtin_prefetch(next.data());
    __builtin_prefetch(next.data() + next.size() - 1);
  }

 private:
  static constexpr std::size_t key_bytes = 16;

  static std::string_view part(const std::string& all, std::size_t size, std::size_t index) {
    return {all.data() + index * size, size};
  }

  std::size_t get_bytes_ = 0;  // length of one request
  std::size_t set_bytes_ = 0;
  std::string keys_;  // all of one length, one after another
  std::string gets_;
  std::string sets_;
  std::string value_;
  std::vector<std::uint16_t> slots_;
  bool stays_cold_ = false;
};

/// Bytes of a request: an array of bulk strings.
std::string encode_request(std::initializer_list<std::string_view> words);

}  // namespace load
