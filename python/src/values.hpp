/// From RESP to Python objects, in one pass. With the GIL.
#pragma once

#include "text_rules.hpp"

#include <string_view>

namespace rediscluster::python {

/// What redis-py's parsers make of the same reply: None, int, float, bool, bytes or str, list, dict; an exception object where an error stands inside.
/// @param resp  one whole reply that the core has passed.
/// Errors: throws error_already_set (text that cannot be decoded, no memory).
py::object value_of(std::string_view resp, const TextRules& rules, bool decodes);

}  // namespace rediscluster::python
