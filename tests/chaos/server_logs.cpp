#include "chaos/server_logs.hpp"

#include "testing/command_reader.hpp"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>
#include <sys/stat.h>

namespace chaos {
namespace {

namespace fs = std::filesystem;
using rediscluster::testing::ReadCommand;
using rediscluster::testing::read_command;

constexpr std::chrono::milliseconds look_interval{10};

std::uint64_t inode_of(const fs::path& file) {
  struct stat about {};
  return ::stat(file.c_str(), &about) == 0 ? about.st_ino : 0;
}

// A key that moves is restored from a dump, in which the tokens of its value stand.
bool is_of_a_move(const ReadCommand& command) { return rediscluster::testing::equals_ignoring_case(command.words.front(), "RESTORE") || rediscluster::testing::equals_ignoring_case(command.words.front(), "RESTORE-ASKING"); }

}  // namespace

std::vector<std::string> ServerLogs::config() {
  return {"appendonly yes", "appendfsync no", "auto-aof-rewrite-percentage 0", "aof-use-rdb-preamble yes"};
}

ServerLogs::ServerLogs(const rediscluster::testing::LocalCluster& cluster, fs::path place) : place_(std::move(place)), files_(static_cast<std::size_t>(cluster.size())) {
  for (int i = 0; i < cluster.size(); ++i) folders_.push_back(cluster.node(i).server().folder() / "appendonlydir");
  look();
  thread_ = std::thread([this] {
    while (!is_over_) {
      look();
      std::this_thread::sleep_for(look_interval);
    }
  });
}

ServerLogs::~ServerLogs() {
  is_over_ = true;
  thread_.join();
}

void ServerLogs::look() {
  std::lock_guard lock{mutex_};
  for (std::size_t node = 0; node < folders_.size(); ++node) {
    std::error_code gone;  // a file may go while one looks at it
    for (const auto& entry : fs::directory_iterator(folders_[node], gone)) {
      if (entry.path().string().find(".incr.aof") == std::string::npos) continue;
      const std::uint64_t inode = inode_of(entry.path());
      if (inode == 0 || files_[node].contains(inode)) continue;
      const fs::path kept = place_ / (std::to_string(node) + "-" + std::to_string(inode));
      fs::create_hard_link(entry.path(), kept, gone);
      if (!gone) files_[node][inode] = {kept};
    }
  }
}

std::vector<Counts> ServerLogs::read(const Tokens& tokens) {
  look();
  std::lock_guard lock{mutex_};
  std::vector<Counts> all;
  for (auto& files : files_) {
    all.push_back({tokens.first(), std::vector<std::uint8_t>(tokens.end_of_round() - tokens.first())});
    for (auto& [inode, file] : files) count(file, all.back());
  }
  return all;
}

void ServerLogs::count(File& file, Counts& counts) const {
  std::ifstream stream(file.kept, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(file.read));
  std::ostringstream text;
  text << stream.rdbuf();
  const std::string bytes = std::move(text).str();
  std::string_view rest = bytes;
  while (!rest.empty()) {
    // Notes of the server's own stand between commands.
    if (rest.front() == '#') {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      continue;
    }
    const ReadCommand command = read_command(rest);
    if (command.status != ReadCommand::Status::complete) break;  // cut off in the middle
    rest.remove_prefix(command.size);
    if (command.words.empty() || is_of_a_move(command)) continue;
    for (const std::string& word : command.words) {
      const auto token = Tokens::read(word);
      if (token && counts.has(*token) && counts.of(*token) < 255) ++counts.times[*token - counts.first];
    }
  }
  file.read += bytes.size() - rest.size();
}

void ServerLogs::forget_read() {
  std::lock_guard lock{mutex_};
  for (std::size_t node = 0; node < files_.size(); ++node) {
    std::erase_if(files_[node], [&](const auto& entry) {
      struct stat about {};
      const bool is_ours_alone = ::stat(entry.second.kept.c_str(), &about) == 0 && about.st_nlink == 1;
      std::error_code ignored;
      return is_ours_alone && fs::remove(entry.second.kept, ignored);
    });
  }
}

}  // namespace chaos
