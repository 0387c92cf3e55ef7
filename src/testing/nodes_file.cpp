/// The file in which a server keeps what it knows of its cluster.
#include "testing/nodes_file.hpp"

#include <fstream>
#include <map>
#include <rediscluster/testing/server_error.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {
namespace {

/// `id address,name,shard-id=HEX,... flags primary ...`; Redis 7.0 writes no shard.
struct Line {
  std::string text;
  std::string id, primary;  ///< `primary` is "-" where it is one.
  std::size_t shard_at = 0, shard_size = 0;

  explicit Line(std::string given) : text(std::move(given)) {
    std::string address, flags;
    std::istringstream(text) >> id >> address >> flags >> primary;
    constexpr std::string_view field = ",shard-id=";
    const std::size_t at = text.find(field);
    if (at == std::string::npos) return;
    shard_at = at + field.size();
    shard_size = text.find_first_of(", ", shard_at) - shard_at;
  }
  std::string shard() const { return text.substr(shard_at, shard_size); }
};

}  // namespace

void join_shards(const std::filesystem::path& file) {
  std::ifstream before(file);
  if (!before) return;  // it has never been in a cluster
  std::vector<Line> lines;
  std::map<std::string, std::string> shards;
  for (std::string line; std::getline(before, line);) {
    lines.emplace_back(std::move(line));
    if (lines.back().shard_at > 0) shards[lines.back().id] = lines.back().shard();
  }
  const std::filesystem::path beside = file.string() + ".joined";
  std::ofstream after(beside);
  for (Line& line : lines) {
    const auto shard = shards.find(line.primary);
    if (line.shard_at > 0 && shard != shards.end()) line.text.replace(line.shard_at, line.shard_size, shard->second);
    after << line.text << "\n";
  }
  after.close();
  if (!after) throw ServerError("cannot write " + beside.string());
  std::filesystem::rename(beside, file);
}

}  // namespace rediscluster::testing
