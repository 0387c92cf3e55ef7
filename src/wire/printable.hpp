/// Bytes of a peer made fit for messages and logs: one line, no control bytes, bounded length.
/// Pure. Hides no secrets: see error_reply.hpp for that.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rediscluster::wire {

/// Appends `bytes` with control bytes written as "\r", "\n", "\t" or "\x1b", and `quote` and backslash escaped when
/// `quote` is not NUL. Bytes above 0x7f stay as they are.
void append_printable(std::string& out, std::string_view bytes, char quote = '\0');

/// At most `longest` characters of `bytes` in printable form; "..." at the end when something was cut off.
std::string printable(std::string_view bytes, std::size_t longest);

}  // namespace rediscluster::wire
