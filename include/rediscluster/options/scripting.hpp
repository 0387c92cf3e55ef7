/// Options of the scripting commands. Made for designated initialisers; every default sends nothing. Plain values.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rediscluster {

class EncodedCommand;

struct FunctionLoadOptions {
  bool replace = false;  ///< Overwrite a library of the same name; otherwise that is an error.
};

struct FunctionListOptions {
  std::optional<std::string> library{};  ///< Only libraries whose names match this pattern.
  bool with_code = false;                ///< Tell their sources too.
};

/// What FUNCTION RESTORE does with the libraries that are there.
enum class RestorePolicy : std::uint8_t {
  append,   ///< Keeps them; a library that is there already is an error.
  replace,  ///< Keeps them; one of the same name is overwritten.
  flush,    ///< Removes all of them first.
};

/// SCRIPT DEBUG of one connection.
enum class ScriptDebugMode : std::uint8_t {
  no,
  yes,   ///< In a forked process: what the script writes is dropped.
  sync,  ///< In the server itself, which serves nobody meanwhile.
};

namespace detail {

void encode(EncodedCommand& command, const FunctionLoadOptions& options);
void encode(EncodedCommand& command, const FunctionListOptions& options);
void encode(EncodedCommand& command, RestorePolicy policy);
void encode(EncodedCommand& command, ScriptDebugMode mode);

}  // namespace detail
}  // namespace rediscluster
