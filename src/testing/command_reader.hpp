/// Finds commands in the bytes a client sent: arrays of bulk strings. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

struct ReadCommand {
  enum class Status { complete, need_more, broken };
  Status status = Status::need_more;
  std::size_t size = 0;  ///< complete: bytes of the command.
  std::vector<std::string> words{};
};

/// Reads the command at the start of `bytes`.
ReadCommand read_command(std::string_view bytes);

/// "[GET foo]"; long words and unprintable bytes are shortened.
std::string describe_command(const std::vector<std::string>& words);

/// Whether `words` starts with `first_words`: names of commands and of CLUSTER and CLIENT subcommands in any case.
bool starts_with_words(const std::vector<std::string>& words, const std::vector<std::string>& first_words);

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace rediscluster::testing
