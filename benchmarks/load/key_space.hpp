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
};

/// Bytes of a request: an array of bulk strings.
std::string encode_request(std::initializer_list<std::string_view> words);

}  // namespace load
