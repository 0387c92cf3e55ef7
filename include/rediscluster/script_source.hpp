/// The source of a Lua script with its SHA1, and the commands that run it. A value: copy and share it freely.
/// Knows no client: RedisCluster::register_script binds one to a client, which is what most programs want.
#pragma once

#include <rediscluster/command.hpp>
#include <rediscluster/reply.hpp>

#include <string>

namespace rediscluster {

struct ScriptOptions {
  /// The script only reads, and the server holds it to that (EVALSHA_RO, Redis 7.0): it is sent again after a lost
  /// connection, and a client with read_from_replicas may send it to a replica.
  bool read_only = false;
};

class ScriptSource {
 public:
  explicit ScriptSource(std::string source, const ScriptOptions& options = {});

  const std::string& source() const { return source_; }
  /// 40 lower-case hexadecimal digits, as SCRIPT LOAD would give.
  const std::string& sha1() const { return sha1_; }
  bool is_read_only() const { return read_only_; }

  /// EVALSHA or EVALSHA_RO: refused with NOSCRIPT by a node that does not have the script.
  Command<Reply> by_hash(const Keys& keys = {}, const Args& args = {}, detail::Loan loan = detail::Loan::no) const;
  /// EVAL or EVAL_RO: runs anywhere, and gives the script to that node.
  Command<Reply> by_source(const Keys& keys = {}, const Args& args = {}) const;

 private:
  std::string source_;
  std::string sha1_;
  bool read_only_;
};

}  // namespace rediscluster
