/// A command as text for messages and logs: `SET k value`, arguments cut, secrets never shown. Pure.
#pragma once

#include <string>

#include "commands/command_view.hpp"

namespace rediscluster {

/// The name and the first arguments, each cut to some forty characters and printable, in one line of bounded length.
/// What may be a password stands as "***": see secret_words().
std::string shown(const CommandView& command);

}  // namespace rediscluster
