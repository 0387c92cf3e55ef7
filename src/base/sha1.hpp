/// SHA-1, for the names that servers give to scripts. Not for anything that has to be safe from an attacker. Stateless.
#pragma once

#include <string>
#include <string_view>

namespace rediscluster::base {

/// 40 lower-case hexadecimal digits. Source: RFC 3174.
std::string sha1_hex(std::string_view data);

}  // namespace rediscluster::base
