#include "routing/split.hpp"

#include "base/copy_bytes.hpp"
#include "commands/key_finder.hpp"
#include "commands/slot_of_key.hpp"
#include "commands/words_of.hpp"
#include "commands/write_length.hpp"
#include "slots/slot_table.hpp"

namespace rediscluster::routing {
namespace {

struct Row {
  std::size_t first = 0;  // argument index of the first key
  std::size_t step = 1;   // from a key to the next
  std::size_t end = 0;    // one past the last key and its values
};

bool find_row(const CommandView& command, const std::vector<std::string_view>& words, Row& row) {
  const CommandFacts& facts = command.facts();
  if (facts.keys.size() != 1 || facts.keys.front().find != KeySpec::Find::range) return false;
  const auto positions = find_keys(facts, words);
  if (!positions || positions->empty()) return false;
  row.step = static_cast<std::size_t>(facts.keys.front().step);
  std::size_t expected = row.first = static_cast<std::size_t>(*positions->begin());
  for (const auto position : *positions) {
    if (static_cast<std::size_t>(position) != expected) return false;
    expected += row.step;
  }
  row.end = expected;
  return row.end <= words.size();
}

/// Writes the parts into one block whose size was found beforehand.
class PartWriter {
 public:
  explicit PartWriter(char* at) : at_(at) {}

  static std::size_t size_of_bulk(std::string_view word) { return 1 + length_digits(word.size()) + 2 + word.size() + 2; }
  static std::size_t size_of_header(std::size_t words) { return 1 + length_digits(words) + 2; }

  void header(std::size_t words) { number('*', words); }
  void bulk(std::string_view word) {
    number('$', word.size());
    raw(word);
    raw("\r\n");
  }
  void raw(std::string_view bytes) {
    base::copy_bytes(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  char* at() const { return at_; }

 private:
  void number(char type, std::size_t value) {
    *at_++ = type;
    at_ = write_length(at_, value);
    *at_++ = '\r';
    *at_++ = '\n';
  }
  char* at_;
};

using Words = std::span<const std::string_view>;

/// What one part comes to.
struct Measure {
  std::uint32_t keys = 0;
  std::size_t size = 0;  // of the bulk strings of its keys and their values
  std::uint32_t first_key = 0;
  int slot = 0;
};

std::size_t size_of_bulks(Words words) {
  std::size_t size = 0;
  for (const std::string_view word : words) size += PartWriter::size_of_bulk(word);
  return size;
}

/// Does the work of split() for a command whose row of keys is known.
class Splitter {
 public:
  Splitter(const CommandFacts& facts, Words words, const Row& row)
      : facts_(facts), words_(words), row_(row), key_count_((row.end - row.first) / row.step), part_of_key_(key_count_) {}

  Split run() {
    measure();
    Split split;
    split.key_count = static_cast<std::uint32_t>(key_count_);
    order_keys(split);
    write(split);
    return split;
  }

 private:
  Words key_with_values(std::size_t key) const { return words_.subspan(row_.first + key * row_.step, row_.step); }

  void measure() {
    constexpr std::uint32_t none = ~0u;
    struct Number {
      std::uint32_t part = none;
    };
    slots::SlotTable<Number> number_of_slot(key_count_);
    for (std::size_t key = 0; key < key_count_; ++key) {
      const Words words = key_with_values(key);
      const int slot = slot_of_key(words.front());
      std::uint32_t& part = number_of_slot.of(slot).part;
      if (part == none) {
        part = static_cast<std::uint32_t>(parts_.size());
        parts_.push_back({0, 0, 0, slot});
      }
      part_of_key_[key] = part;
      ++parts_[part].keys;
      parts_[part].size += size_of_bulks(words);
    }
  }

  void order_keys(Split& split) {
    std::uint32_t next = 0;
    for (Measure& part : parts_) {
      part.first_key = next;
      next += part.keys;
    }
    std::vector<std::uint32_t> filled(parts_.size());
    split.keys.resize(key_count_);
    for (std::size_t key = 0; key < key_count_; ++key) {
      const std::uint32_t part = part_of_key_[key];
      split.keys[parts_[part].first_key + filled[part]++] = static_cast<std::uint32_t>(key);
    }
  }

  void write(Split& split) const {
    // The name's words come from the facts; what else stands before the keys, and behind them, from the whole command.
    const auto name_words = static_cast<std::size_t>(facts_.words);
    const Words before = words_.subspan(name_words, row_.first - name_words);
    const Words behind = words_.subspan(row_.end);
    const std::size_t words_around = name_words + before.size() + behind.size();
    const std::size_t size_around = facts_.encoded.size() + size_of_bulks(before) + size_of_bulks(behind);
    std::size_t size = 0;
    for (const Measure& part : parts_) {
      size += PartWriter::size_of_header(words_around + part.keys * row_.step) + size_around + part.size;
    }
    split.bytes = base::Block::make(size);
    split.parts.reserve(parts_.size());
    PartWriter writer(split.bytes->data());
    for (const Measure& part : parts_) {
      const char* const begin = writer.at();
      const std::span<const std::uint32_t> keys = std::span(split.keys).subspan(part.first_key, part.keys);
      writer.header(words_around + part.keys * row_.step);
      writer.raw(facts_.encoded);
      for (const std::string_view word : before) writer.bulk(word);
      for (const std::uint32_t key : keys) {
        for (const std::string_view word : key_with_values(key)) writer.bulk(word);
      }
      for (const std::string_view word : behind) writer.bulk(word);
      const std::string_view bytes(begin, static_cast<std::size_t>(writer.at() - begin));
      split.parts.push_back({CommandView(facts_, bytes, part.slot), keys});
    }
  }

  const CommandFacts& facts_;
  const Words words_;
  const Row row_;
  const std::size_t key_count_;
  std::vector<std::uint32_t> part_of_key_;
  std::vector<Measure> parts_;
};

}  // namespace

Result<Split> split(const CommandView& command) {
  const std::vector<std::string_view> words = words_of(command);
  Row row;
  if (!find_row(command, words, row)) {
    return fail(Errc::cross_slot, std::string(command.facts().name) + " cannot be split over slots");
  }
  return Splitter(command.facts(), words, row).run();
}

}  // namespace rediscluster::routing
