/// Rows for commands that the compiled-in table does not know: modules, and servers newer than this library.
/// Built from the reply to COMMAND INFO. Servers 6.2 give no key specifications and no tips, later ones do.
/// Pure. The reply is not trusted: what makes no sense is left out or refused.
#pragma once

#include <memory>
#include <rediscluster/command_facts.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster {

/// One learnt row with the texts its views look at. Stays where it is, because commands point to `facts()`.
class LearntCommand {
 public:
  LearntCommand(const LearntCommand&) = delete;
  LearntCommand& operator=(const LearntCommand&) = delete;
  const CommandFacts& facts() const { return facts_; }

 private:
  friend class FactsReader;
  LearntCommand() = default;

  std::string name_;
  std::string encoded_;
  std::vector<std::unique_ptr<const std::string>> keywords_;
  std::vector<KeySpec> keys_;
  CommandFacts facts_;
};

/// @param info         The reply to `COMMAND INFO first_word`.
/// @param second_word  The argument after the name: a sub-command if the command has such.
/// @return  The row of the two-word command if the server knows it, else that of the first word.
///          Routing without tips: by key, or any primary. Retry class: read_only by the server's flag, else never.
/// Errors: Errc::response_error when the server does not know the command; Errc::unexpected_reply for another shape.
Result<std::unique_ptr<const LearntCommand>> facts_from_server(const Reply& info, std::string_view second_word = {});

}  // namespace rediscluster
