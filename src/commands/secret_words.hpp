/// Which words of a command may be a password, and what a server that quotes them says without them. Pure.
#pragma once

#include <rediscluster/errors.hpp>

#include <string_view>
#include <vector>

#include "commands/command_view.hpp"

namespace rediscluster {

/// For each word whether it is to be shown to nobody: arguments of AUTH, AUTH within HELLO and MIGRATE, rules of ACL
/// SETUSER, values of CONFIG SET, arguments of modules, and whatever SENTINEL is told.
std::vector<bool> secret_words(const std::vector<std::string_view>& words);

/// wire::error_from_reply for the error that answers this command: secret words of it stand as "***", also when the
/// server has cut them short.
Error refusal_of(const CommandView& command, std::string_view error_line, const NodeAddress& node = {});

}  // namespace rediscluster
