/// One real server (redis-server, valkey-server) as a child process on a free loopback port, without persistence.
/// It dies with this object, and with this process however that ends. Linux.
/// One thread at a time may start, stop or kill it; address() and connect() may be called by any thread.
/// Throws ServerError with the end of the server's log.
#pragma once

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <rediscluster/errors.hpp>
#include <rediscluster/testing/raw_connection.hpp>
#include <rediscluster/testing/server_version.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::testing {

/// Makes a server listen for TLS too, on a port of its own. PEM files.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path authorities;
};

/// What the environment variable REDISCLUSTER_TEST_SERVER says, so that the same tests can run on every server one has;
/// otherwise "redis-server".
std::string default_server();

struct LocalServerOptions {
  std::string server = default_server();  ///< Program: an absolute path, or a name to be looked for in PATH.
  bool cluster_enabled = false;
  std::chrono::milliseconds node_timeout{2000};  ///< cluster-node-timeout.
  bool require_full_coverage = false;            ///< cluster-require-full-coverage.
  std::string password{};                        ///< requirepass and masterauth; empty: none.
  std::optional<TlsFiles> tls{};
  std::vector<std::string>
      extra_config{};  ///< Lines of redis.conf; they win over ours. "{port}" and "{tls_port}" are filled in.
  int port = 0;        ///< 0: a free one.
  std::filesystem::path folder{};  ///< Empty: a new temporary one, removed at the end.
  bool keep_running = false;       ///< true: neither this object nor this process ends it.
  bool wait_until_ready = true;    ///< false: the caller calls wait_until_ready() himself.
  std::chrono::milliseconds start_timeout{10'000};
};

class LocalServer {
 public:
  explicit LocalServer(LocalServerOptions options = {});
  ~LocalServer();
  LocalServer(LocalServer&&) noexcept;
  LocalServer& operator=(LocalServer&&) noexcept;

  NodeAddress address() const;      ///< 127.0.0.1 and the plain port.
  NodeAddress tls_address() const;  ///< 127.0.0.1 and the TLS port; port 0 without TLS.
  std::string url() const;          ///< "redis://127.0.0.1:7000", with the password when there is one.
  pid_t pid() const;                ///< -1 while it does not run.
  const std::filesystem::path& folder() const;
  const LocalServerOptions& options() const;

  /// Whether the process exists; a stopped (SIGSTOP) one does, one that has ended by itself does not.
  bool is_running() const;
  bool is_stopped() const;

  /// A new connection, authenticated when there is a password.
  RawConnection connect(std::chrono::milliseconds timeout = std::chrono::seconds(2)) const;
  /// One command on a new connection.
  RawReply call(std::initializer_list<std::string_view> words) const;

  /// What it says of itself.
  ServerVersion version() const;

  /// Waits until it answers PING. Throws when it ends or `start_timeout` passes.
  void wait_until_ready();
  /// SIGKILL: as a machine that loses its power.
  void kill();
  /// SIGTERM: as an orderly shutdown. Killed when it has not ended after `timeout`.
  void terminate(std::chrono::milliseconds timeout = std::chrono::seconds(5));
  /// SIGSTOP: accepts connections (the kernel does) but never answers.
  void stop();
  /// SIGCONT after stop().
  void resume();
  /// Starts it again after kill() or terminate(), or kills it first: same port, same folder, empty memory.
  void restart();

  /// The last lines of the server's log.
  std::string log_tail(int lines = 15) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rediscluster::testing
