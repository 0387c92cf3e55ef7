/// From errors of the core to exceptions of Python. With the GIL.
#pragma once

#include "text_rules.hpp"

#include <rediscluster/errors.hpp>

#include <string>

namespace rediscluster::python {

/// The exception of rediscluster.exceptions for it: a child of redis-py's that fits, with code, execution, node and attempts.
py::object exception_of(const Error& error);
/// The exception for an error that stands inside a reply (EXEC).
py::object exception_of_reply(std::string_view text);
[[noreturn]] void raise(const Error& error);
[[noreturn]] void raise_object(const py::object& exception);
/// redis.DataError.
[[noreturn]] void raise_data_error(const std::string& text);

}  // namespace rediscluster::python
