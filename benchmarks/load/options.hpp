/// The command line of the load program. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace load {

struct Options {
  std::string client = "rediscluster";  ///< See usage().
  std::string workload = "get1";        ///< See usage().
  int threads = 1;                      ///< mix only.
  bool main_thread = false;             ///< With one thread: the calls are made on that of main(), whose memory allocators treat otherwise.
  bool cold_keys = false;               ///< async: keys are not fetched into the cache before they are used.
  int depth = 1;                        ///< Keys in a batch, for pipeget, pipeset and mget; of async: how many are in flight.
  std::size_t value_bytes = 64;         ///< 1 MiB for bigget and bigset, unless given.
  std::size_t keys = 100'000;           ///< 16 for bigget and bigset, unless given.
  double seconds = 1.2;       ///< The run ends after this time or after max_ops, whichever comes first.
  std::uint64_t max_ops = 0;  ///< 0: no limit.
  std::string host = "127.0.0.1";
  int port = 7000;
};

/// Reads `--name value` pairs and flags. Throws std::invalid_argument with a sentence for the user.
Options parse_options(int argc, const char* const* argv);

/// The flags, one a line.
std::string usage();

}  // namespace load
