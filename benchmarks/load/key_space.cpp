#include "load/key_space.hpp"

#include <cstdio>
#include <rediscluster/key_slot.hpp>

namespace load {

std::string encode_request(std::initializer_list<std::string_view> words) {
  std::string bytes = "*";
  bytes.append(std::to_string(words.size())).append("\r\n");
  for (std::string_view word : words) {
    bytes.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  }
  return bytes;
}

KeySpace::KeySpace(std::size_t count, std::size_t value_bytes, bool with_requests) : value_(value_bytes, 'x') {
  slots_.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    char name[32];
    std::snprintf(name, sizeof name, "key:%012zu", index);
    keys_ += name;
    slots_.push_back(static_cast<std::uint16_t>(rediscluster::keyslot(name)));
    if (with_requests) {
      gets_ += encode_request({"GET", name});
      sets_ += encode_request({"SET", name, value_});
    }
  }
  get_bytes_ = gets_.size() / count;
  set_bytes_ = sets_.size() / count;
}

}  // namespace load
