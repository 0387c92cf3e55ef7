/// What the TLS connections of a client have in common: authorities, our certificate, versions and ciphers. Looks at its
/// files whenever a connection is made and reads them again when one has changed, so that a rotation of certificates
/// needs no restart. New files that cannot be used leave the old ones in force. Thread-safe.
#pragma once

#include "net/tls_stream.hpp"

#include <rediscluster/result.hpp>
#include <rediscluster/options/tls.hpp>

#include <filesystem>
#include <mutex>

namespace rediscluster::net {

class TlsContext {
 public:
  /// Errors: Errc::bad_option naming the option, the file and the reason.
  static Result<std::shared_ptr<TlsContext>> make(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  const TlsOptions& options() const { return options_; }

  /// A connection that has not yet shaken hands. Reads changed files first.
  /// @param names     see TlsIdentity.
  /// @param sessions  of the node; null: none are kept.
  std::unique_ptr<TlsStream> open(const std::vector<std::string>& names, std::shared_ptr<TlsSessions> sessions);

  /// Why changed files are not in use; empty: the files in use are those on the disk, as of the last connection.
  std::string trouble() const;
  /// That trouble when it is another than the last time; empty: there is no news of that kind.
  std::string take_new_trouble();
  /// How often files were read again.
  int reloads() const;

 private:
  /// What tells whether a file has changed. Not there: all zero.
  struct Stamp {
    std::uintmax_t size = 0;
    std::int64_t time = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::vector<Stamp>;

  explicit TlsContext(const TlsOptions& options) : options_(options) {}
  Stamps look_at_files() const;
  void reload_if_changed();

  const TlsOptions options_;
  mutable std::mutex mutex_;  // guards what follows; not held while files are read
  SSL_CTX* current_ = nullptr;
  int reloads_ = 0;
  Stamps stamps_;  // of the files that current_ was made from, or that were refused since
  std::string trouble_;
  std::string told_trouble_;  // the last that take_new_trouble() gave, or empty when it is over
};

}  // namespace rediscluster::net
