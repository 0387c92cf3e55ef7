/// Facts of any command by its words: from the compiled-in table, or asked from the server once (COMMAND INFO) and kept.
/// Thread-safe; rows live as long as the catalogue.
#pragma once

#include "cluster/cluster.hpp"
#include "commands/facts_from_server.hpp"

#include <rediscluster/command_facts.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace rediscluster::cluster {

class CommandCatalog {
 public:
  explicit CommandCatalog(Cluster& cluster);
  ~CommandCatalog();

  /// @param words  the command, name first; not empty.
  /// @return       the row; for a command the server does not know either: a row that goes to any node, so that the
  ///               server's own error reaches the caller.
  /// @param options  of the question, where one is asked.
  /// Errors: what kept the server from answering.
  Result<const CommandFacts*> find(std::span<const std::string_view> words, const CallOptions& options);
  /// The row, if nobody has to be asked for it; else null.
  const CommandFacts* find_known(std::span<const std::string_view> words);

 private:
  Result<const CommandFacts*> learn(std::string_view first, std::string_view second, const CallOptions& options);

  Cluster& cluster_;
  std::mutex mutex_;  // guards learnt_
  std::map<std::string, std::unique_ptr<const LearntCommand>, std::less<>> learnt_;  // by name in upper case
};

}  // namespace rediscluster::cluster
