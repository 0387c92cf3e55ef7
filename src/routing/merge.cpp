#include "routing/merge.hpp"

#include "base/copy_bytes.hpp"
#include "wire/number_text.hpp"
#include "wire/printable.hpp"
#include "wire/reply_cursor.hpp"
#include "wire/write_reply.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rediscluster::routing {
namespace {

using Frames = std::span<const wire::Frame>;

Failure wrong_shape(std::string_view expected, std::string_view found) {
  return fail(Errc::unexpected_reply,
              "replies of several nodes cannot be merged: expected " + std::string(expected) + ", got \"" +
                  wire::printable(found, 40) + "\"",
              {}, Execution::executed);
}

// An integer, or a boolean as RESP3 sends it.
std::optional<std::int64_t> number_of(const wire::ReplyValue& value) {
  if (value.type == '#') return value.text == "t" ? 1 : 0;
  return wire::parse_integer(value.text);
}

// Opens the array (or set) of a frame; nothing when it is something else.
std::optional<std::uint64_t> open_array(wire::ReplyCursor& cursor) {
  std::uint64_t count = 0;
  if (cursor.take_small_array(count)) return count;
  wire::ReplyValue header;
  if (!cursor.next(header) || (header.type != '*' && header.type != '~')) return std::nullopt;
  return header.count;
}

// The bytes of the next whole value.
std::string_view take_value(wire::ReplyCursor& cursor) {
  const std::string_view before = cursor.rest();
  std::string_view text;
  if (!cursor.take_bulk(text)) cursor.skip();
  return before.substr(0, before.size() - cursor.rest().size());
}

// Puts `b` to `total`. False when the sum is beyond 64 bits: no honest count is.
bool combine(ResponsePolicy policy, std::int64_t& total, std::int64_t b) {
  switch (policy) {
    case ResponsePolicy::agg_min: total = std::min(total, b); return true;
    case ResponsePolicy::agg_max: total = std::max(total, b); return true;
    case ResponsePolicy::agg_logical_and: total = total != 0 && b != 0 ? 1 : 0; return true;
    case ResponsePolicy::agg_logical_or: total = total != 0 || b != 0 ? 1 : 0; return true;
    default: return !__builtin_add_overflow(total, b, &total);
  }
}

bool is_array(wire::ReplyCursor& cursor) {
  const char type = cursor.peek_type();
  return type == '*' || type == '~';
}

// Numbers of one reply: one for an integer, several for an array of integers.
Result<std::vector<std::int64_t>> numbers_of(const wire::Frame& reply) {
  wire::ReplyCursor cursor(reply.bytes());
  std::uint64_t left = 1;
  if (is_array(cursor)) {
    const std::optional<std::uint64_t> elements = open_array(cursor);
    if (!elements) return wrong_shape("integers", reply.bytes());  // a nil array
    left = *elements;
  }
  std::vector<std::int64_t> numbers;
  for (; left > 0; --left) {
    wire::ReplyValue value;
    if (!cursor.next(value)) return wrong_shape("integers", reply.bytes());
    const std::optional<std::int64_t> number = number_of(value);
    if (!number) return wrong_shape("integers", reply.bytes());
    numbers.push_back(*number);
  }
  return numbers;
}

Result<wire::Frame> merge_numbers(ResponsePolicy policy, Frames replies) {
  Result<std::vector<std::int64_t>> total = numbers_of(replies.front());
  if (!total) return fail(std::move(total.error()));
  wire::ReplyCursor shape(replies.front().bytes());
  const bool of_arrays = is_array(shape);
  for (const wire::Frame& reply : replies.subspan(1)) {
    wire::ReplyCursor other(reply.bytes());
    if (is_array(other) != of_arrays) return wrong_shape("the same from every node", reply.bytes());
    const Result<std::vector<std::int64_t>> numbers = numbers_of(reply);
    if (!numbers) return fail(numbers.error());
    if (numbers->size() != total->size()) return wrong_shape("as many numbers from every node", reply.bytes());
    for (std::size_t i = 0; i < total->size(); ++i) {
      if (!combine(policy, (*total)[i], (*numbers)[i])) return wrong_shape("numbers that can be added", reply.bytes());
    }
  }
  if (!of_arrays) return wire::integer_frame(total->front());
  std::string text = wire::header('*', static_cast<std::int64_t>(total->size()));
  for (const std::int64_t number : *total) text += wire::header(':', number);
  return wire::own(text);
}

Result<wire::Frame> concatenate(Frames replies, bool without_repeats) {
  std::string body;
  std::int64_t count = 0;
  std::set<std::string_view> seen;
  for (const wire::Frame& reply : replies) {
    wire::ReplyCursor cursor(reply.bytes());
    const std::optional<std::uint64_t> elements = open_array(cursor);
    if (!elements) return wrong_shape("an array", reply.bytes());
    for (std::uint64_t i = 0; i < *elements; ++i) {
      const std::string_view value = take_value(cursor);
      if (without_repeats && !seen.insert(value).second) continue;
      body += value;
      ++count;
    }
  }
  return wire::own(wire::header('*', count) + body);
}

// Flat name, number, name, number, ... (PUBSUB NUMSUB), or a RESP3 map of the same.
Result<wire::Frame> sum_by_name(Frames replies) {
  std::vector<std::string_view> order;
  std::map<std::string_view, std::int64_t> sums;
  for (const wire::Frame& reply : replies) {
    wire::ReplyCursor cursor(reply.bytes());
    wire::ReplyValue header;
    if (!cursor.next(header) || !header.is_aggregate() || header.count % 2 != 0) {
      return wrong_shape("names and numbers", reply.bytes());
    }
    for (std::uint64_t i = 0; i < header.count; i += 2) {
      wire::ReplyValue name;
      wire::ReplyValue value;
      if (!cursor.next(name) || name.is_aggregate() || !cursor.next(value)) return wrong_shape("names and numbers", reply.bytes());
      const std::optional<std::int64_t> number = number_of(value);
      if (!number) return wrong_shape("a number behind each name", reply.bytes());
      if (sums.find(name.text) == sums.end()) order.push_back(name.text);
      if (!combine(ResponsePolicy::agg_sum, sums[name.text], *number)) return wrong_shape("numbers that can be added", reply.bytes());
    }
  }
  std::string text = wire::header('*', static_cast<std::int64_t>(order.size() * 2));
  for (const std::string_view name : order) text += wire::bulk(name) + wire::header(':', sums[name]);
  return wire::own(text);
}

Result<wire::Frame> by_key_order(Frames replies, std::span<const std::span<const std::uint32_t>> keys, std::uint32_t key_count) {
  std::vector<std::string_view> values(key_count);
  std::size_t size = 0;
  for (std::size_t part = 0; part < replies.size(); ++part) {
    wire::ReplyCursor cursor(replies[part].bytes());
    const std::optional<std::uint64_t> elements = open_array(cursor);
    if (!elements || *elements != keys[part].size()) {
      return wrong_shape("an array of " + std::to_string(keys[part].size()) + " values", replies[part].bytes());
    }
    for (const std::uint32_t key : keys[part]) {
      values[key] = take_value(cursor);
      size += values[key].size();
    }
  }
  const std::string header = wire::header('*', key_count);
  base::BlockRef block = base::Block::make(header.size() + size);
  char* at = block->data();
  const auto append = [&at](std::string_view bytes) {
    base::copy_bytes(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  append(header);
  for (const std::string_view value : values) append(value);
  const std::string_view bytes(block->data(), header.size() + size);
  return wire::Frame(bytes, std::move(block));
}

bool is_nil(const wire::Frame& reply) {
  wire::ReplyCursor cursor(reply.bytes());
  wire::ReplyValue value;
  return cursor.next(value) && value.is_nil();
}

}  // namespace

Result<wire::Frame> merge(ResponsePolicy policy, Frames replies, std::span<const std::span<const std::uint32_t>> keys,
                          std::uint32_t key_count) {
  switch (policy) {
    case ResponsePolicy::agg_sum:
    case ResponsePolicy::agg_min:
    case ResponsePolicy::agg_max:
    case ResponsePolicy::agg_logical_and:
    case ResponsePolicy::agg_logical_or: return merge_numbers(policy, replies);
    case ResponsePolicy::concatenate: return concatenate(replies, false);
    case ResponsePolicy::union_of_sets: return concatenate(replies, true);
    case ResponsePolicy::sum_by_name: return sum_by_name(replies);
    case ResponsePolicy::by_key_order: return by_key_order(replies, keys, key_count);
    case ResponsePolicy::first:
    case ResponsePolicy::all_succeeded:
    case ResponsePolicy::one_succeeded:
    case ResponsePolicy::special:
    case ResponsePolicy::per_node: break;
  }
  const auto answered = std::find_if_not(replies.begin(), replies.end(), is_nil);
  return answered == replies.end() ? replies.front() : *answered;
}

}  // namespace rediscluster::routing
