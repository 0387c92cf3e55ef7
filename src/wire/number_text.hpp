/// Numbers written as text, as replies carry them. Independent of the process' locale.
/// Pure; no allocation. Does not skip spaces and takes nothing behind the number.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rediscluster::wire {

/// True for an optional sign and at least one digit, however many.
bool is_integer(std::string_view text);
/// True for a RESP3 double: "1", "-1.5", "1e10", "inf", "-inf", "nan".
bool is_number(std::string_view text);

/// Nothing unless `text` is an optional sign and digits within 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// Nothing unless `is_number(text)`. Infinite when it is larger than any double: INCRBYFLOAT reckons with more, and its work is done.
std::optional<double> parse_number(std::string_view text);

}  // namespace rediscluster::wire
