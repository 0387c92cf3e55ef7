/// What the way of a command needs to know of it: its facts, its bytes, its slot. 24 bytes, so that thousands of queued
/// commands cost little. A view: the bytes belong to an EncodedCommand or to a queue that outlives it. Pure.
#pragma once

#include <rediscluster/command.hpp>
#include <string_view>

namespace rediscluster {

class CommandView {
 public:
  CommandView(const EncodedCommand& command)  // NOLINT: a command may stand wherever a view of it is asked for
      : CommandView(command.facts(), command.bytes(), command.slot(), command.block_for().has_value()) {}
  CommandView(const CommandFacts& facts, std::string_view bytes, int slot, bool blocks = false)
      : facts_(&facts), data_(bytes.data()), packed_(pack(bytes.size(), slot, blocks)) {}

  const CommandFacts& facts() const { return *facts_; }
  std::string_view bytes() const { return {data_, static_cast<std::size_t>(packed_ >> size_shift)}; }
  /// 0..16383, EncodedCommand::no_slot or EncodedCommand::several_slots.
  int slot() const { return static_cast<int>(packed_ & slot_mask) + EncodedCommand::several_slots; }
  /// Whether the server may wait before it answers.
  bool blocks() const { return (packed_ & blocks_bit) != 0; }

  /// Number of arguments, name included.
  int argument_count() const {
    int count = 0;
    for (std::size_t i = 1; data_[i] != '\r'; ++i) count = count * 10 + (data_[i] - '0');
    return count;
  }
  EncodedCommand::ArgumentCursor arguments() const { return EncodedCommand::ArgumentCursor(bytes()); }

 private:
  // [size: 47 bits][blocks: 1 bit][slot + 2: 16 bits]
  static constexpr std::uint64_t slot_mask = 0xffff;
  static constexpr std::uint64_t blocks_bit = 1u << 16;
  static constexpr int size_shift = 17;
  static std::uint64_t pack(std::size_t size, int slot, bool blocks) {
    return (std::uint64_t{size} << size_shift) | (blocks ? blocks_bit : 0) |
           static_cast<std::uint64_t>(slot - EncodedCommand::several_slots);
  }

  const CommandFacts* facts_;
  const char* data_;
  std::uint64_t packed_;
};
static_assert(sizeof(CommandView) == 24);

}  // namespace rediscluster
