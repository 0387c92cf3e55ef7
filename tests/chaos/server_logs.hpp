/// The append-only files of all servers, kept also when a server throws them away, as one does that follows another primary: what stands
/// there did run, whatever anybody was told. A thread of its own looks for new files; everything else is for one thread.
#pragma once

#include "chaos/tokens.hpp"

#include <rediscluster/testing/local_cluster.hpp>

#include <atomic>
#include <filesystem>
#include <map>
#include <thread>
#include <vector>

namespace chaos {

/// How often each token of a round stands in the log of one node.
struct Counts {
  std::uint32_t first = 0;
  std::vector<std::uint8_t> times;
  std::uint8_t of(std::uint32_t token) const { return times[token - first]; }
  bool has(std::uint32_t token) const { return token >= first && token - first < times.size(); }
};

class ServerLogs {
 public:
  /// Lines of redis.conf that it needs.
  static std::vector<std::string> config();

  /// @param place  an empty folder on the same file system as those of the servers.
  ServerLogs(const rediscluster::testing::LocalCluster& cluster, std::filesystem::path place);
  ~ServerLogs();
  ServerLogs(const ServerLogs&) = delete;
  ServerLogs& operator=(const ServerLogs&) = delete;

  /// What has been logged since the last time, by node. The servers must be at rest.
  std::vector<Counts> read(const Tokens& tokens);
  /// What was read is given back to the system.
  void forget_read();

 private:
  struct File {
    std::filesystem::path kept;
    std::size_t read = 0;
  };
  void look();
  void count(File& file, Counts& counts) const;

  std::vector<std::filesystem::path> folders_;  // of the servers
  const std::filesystem::path place_;
  std::vector<std::map<std::uint64_t, File>> files_;  // of each node, by inode
  std::mutex mutex_;                                  // guards files_
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace chaos
