/// Encodes commands as RESP arrays of bulk strings, and walks them again.
/// Hot: one call per command. No streams, no formatting library, no allocation below `inline_capacity`.
/// Layout of the buffer: [header_room][bulk strings]. "*N\r\n" stands right-aligned in the room, so raising the count
/// changes a digit in place and never moves the arguments.
#include <cstring>
#include <new>
#include <rediscluster/command.hpp>
#include <utility>

#include "base/copy_bytes.hpp"
#include "commands/slot_of_key.hpp"
#include "commands/write_length.hpp"

namespace rediscluster {

namespace {

/// Longest "$<length>\r\n" plus the closing "\r\n": '$', 20 digits and four signs.
constexpr std::size_t bulk_overhead = 25;

}  // namespace

inline void EncodedCommand::raise_count() {
  ++count_;
  char* const digit = data_ + header_room - 3;
  if (*digit != '9') [[likely]] {
    ++*digit;
  } else {
    carry_count();
  }
}

void EncodedCommand::carry_count() {
  char* digit = data_ + header_room - 3;
  while (*digit == '9') *digit-- = '0';
  if (*digit != '*') {
    ++*digit;
    return;
  }
  *digit = '1';  // 9 became 10: the star moves one to the left
  *--digit = '*';
  --begin_;
}

void EncodedCommand::enlarge(std::size_t more) {
  std::size_t capacity = capacity_ * 2;
  if (capacity < size_ + more) capacity = size_ + more;
  char* data = static_cast<char*>(::operator new(capacity));
  std::memcpy(data + begin_, data_ + begin_, size_ - begin_);
  replace_block(data);
  capacity_ = capacity;
}

void EncodedCommand::replace_block(char* block) const {
  if (data_ != inline_) ::operator delete(data_);
  data_ = block;
}

// What is not inline, see lent_.
void EncodedCommand::release() const {
  delete lent_;
  ::operator delete(data_);
}

inline char* EncodedCommand::grow(std::size_t more) {
  if (capacity_ - size_ < more) [[unlikely]]
    enlarge(more);
  return data_ + size_;
}

inline void EncodedCommand::append_bulk(std::string_view text) {
  if (capacity_ - size_ < text.size() + bulk_overhead) [[unlikely]] {
    if (lends_ && text.size() >= shortest_lent) return append_lent(text);
    enlarge(text.size() + bulk_overhead);
  }
  char* at = data_ + size_;
  *at++ = '$';
  at = write_length(at, text.size());
  *at++ = '\r';
  *at++ = '\n';
  base::copy_bytes(at, text.data(), text.size());
  at += text.size();
  *at++ = '\r';
  *at++ = '\n';
  size_ = static_cast<std::size_t>(at - data_);
  raise_count();
}

void EncodedCommand::append_lent(std::string_view text) {
  if (data_ == inline_) enlarge(bulk_overhead);
  if (lent_ == nullptr) lent_ = new std::vector<Lent>();
  char* at = grow(bulk_overhead);
  *at++ = '$';
  at = write_length(at, text.size());
  *at++ = '\r';
  *at++ = '\n';
  lent_->push_back({static_cast<std::size_t>(at - data_), text});
  *at++ = '\r';
  *at++ = '\n';
  size_ = static_cast<std::size_t>(at - data_);
  raise_count();
}

std::size_t EncodedCommand::size_with_lent() const {
  std::size_t size = 0;
  for_each_piece([&](std::string_view piece) { size += piece.size(); });
  return size;
}

void EncodedCommand::join_lent() const {
  const std::size_t size = begin_ + size_with_lent();
  char* const data = static_cast<char*>(::operator new(size));
  char* at = data + begin_;
  for_each_piece([&](std::string_view piece) {
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  });
  replace_block(data);
  size_ = capacity_ = size;
  delete std::exchange(lent_, nullptr);
}

// What is visited may be gone when the visit is over.
template <class Append>
void EncodedCommand::append_all(bool are_stable, Append&& append) {
  const bool lends = std::exchange(lends_, lends_ && are_stable);
  append();
  lends_ = lends;
}

EncodedCommand::EncodedCommand(const CommandFacts& facts, detail::Loan loan)
    : facts_(&facts),
      data_(inline_),
      size_(header_room),
      capacity_(inline_capacity),
      begin_(static_cast<std::uint32_t>(header_room - 4)),
      count_(static_cast<std::uint32_t>(facts.words)),
      lends_(loan == detail::Loan::yes) {
  // A name has one or two words, so the count starts with one digit.
  const char head[4] = {'*', static_cast<char>('0' + facts.words), '\r', '\n'};
  std::memcpy(inline_ + header_room - sizeof head, head, sizeof head);
  const std::size_t size = facts.encoded.size();
  char* const at = grow(size);
  base::copy_bytes(at, facts.encoded.data(), size);  // empty for a command nobody knows
  size_ += size;
}

EncodedCommand::EncodedCommand(const EncodedCommand& other)
    : facts_(other.facts_),
      data_(inline_),
      size_(other.begin_ + other.bytes().size()),
      capacity_(inline_capacity),
      begin_(other.begin_),
      count_(other.count_),
      block_for_(other.block_for_),
      refusal_(other.refusal_),
      slot_(other.slot_) {
  if (size_ > inline_capacity) {
    data_ = static_cast<char*>(::operator new(size_));
    capacity_ = size_;
  }
  std::memcpy(data_ + begin_, other.data_ + begin_, size_ - begin_);
}

EncodedCommand::EncodedCommand(EncodedCommand&& other) noexcept
    : facts_(other.facts_),
      data_(inline_),
      size_(other.size_),
      capacity_(inline_capacity),
      begin_(other.begin_),
      count_(other.count_),
      block_for_(other.block_for_),
      refusal_(other.refusal_),
      lent_(std::exchange(other.lent_, nullptr)),
      slot_(other.slot_) {
  if (other.data_ == other.inline_) {
    std::memcpy(inline_ + begin_, other.inline_ + begin_, size_ - begin_);
    return;
  }
  data_ = std::exchange(other.data_, other.inline_);
  capacity_ = std::exchange(other.capacity_, inline_capacity);
  other.size_ = other.begin_ = header_room;  // left empty: good for assignment and destruction only
}

EncodedCommand& EncodedCommand::operator=(EncodedCommand other) noexcept {
  this->~EncodedCommand();
  return *::new (this) EncodedCommand(std::move(other));
}

void EncodedCommand::key(std::string_view key) {
  if (slot_ != several_slots) add_slot(slot_of_key(key));
  append_bulk(key);
}

void EncodedCommand::arg(std::string_view text) { append_bulk(text); }

void EncodedCommand::keys(const Keys& keys) {
  append_all(keys.are_stable(), [&] { keys.for_each([this](std::string_view text) { key(text); }); });
}

void EncodedCommand::args(const Args& args) {
  append_all(args.are_stable(), [&] { args.for_each([this](std::string_view text) { append_bulk(text); }); });
}

void EncodedCommand::key_pairs(const ArgPairs& pairs) {
  append_all(pairs.are_stable(), [&] {
    pairs.for_each([this](std::string_view first, std::string_view second) {
      key(first);
      append_bulk(second);
    });
  });
}

void EncodedCommand::arg_pairs(const ArgPairs& pairs) {
  append_all(pairs.are_stable(), [&] {
    pairs.for_each([this](std::string_view first, std::string_view second) {
      append_bulk(first);
      append_bulk(second);
    });
  });
}

void EncodedCommand::arg_pairs_swapped(const ArgPairs& pairs) {
  append_all(pairs.are_stable(), [&] {
    pairs.for_each([this](std::string_view first, std::string_view second) {
      append_bulk(second);
      append_bulk(first);
    });
  });
}

void EncodedCommand::add_slot(int slot) {
  if (slot_ == no_slot) {
    slot_ = static_cast<std::int16_t>(slot);
  } else if (slot_ != slot) {
    slot_ = several_slots;
  }
}

EncodedCommand::ArgumentCursor::ArgumentCursor(std::string_view bytes)
    : at_(bytes.data()), end_(bytes.data() + bytes.size()) {
  while (at_ != end_ && *at_ != '\n') ++at_;
  if (at_ != end_) ++at_;
}

bool EncodedCommand::ArgumentCursor::next(std::string_view& argument) {
  if (at_ == end_) return false;
  std::size_t length = 0;
  for (++at_; *at_ != '\r'; ++at_) length = length * 10 + static_cast<std::size_t>(*at_ - '0');
  at_ += 2;
  argument = {at_, length};
  at_ += length + 2;
  return true;
}

}  // namespace rediscluster
