/// Configuration, start and signals of one local server.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <rediscluster/testing/local_server.hpp>
#include <thread>

#include "testing/address_text.hpp"
#include "testing/child_process.hpp"
#include "testing/info_field.hpp"
#include "testing/nodes_file.hpp"
#include "testing/port_reservation.hpp"
#include "testing/temp_folder.hpp"

namespace rediscluster::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* host = "127.0.0.1";
constexpr const char* nodes_file = "nodes.conf";

/// Fills the places where a line of extra_config needs ports that are chosen late.
std::string with_ports(std::string line, int port, int tls_port) {
  const auto fill = [&line](std::string_view place, int value) {
    for (std::size_t at = line.find(place); at != std::string::npos; at = line.find(place)) {
      line.replace(at, place.size(), std::to_string(value));
    }
  };
  fill("{port}", port);
  fill("{tls_port}", tls_port);
  return line;
}

PortReservation reserve(int port) { return port > 0 ? PortReservation(port) : PortReservation(); }

}  // namespace

struct LocalServer::State {
  LocalServerOptions options;
  std::optional<TempFolder> own_folder;
  std::filesystem::path folder;
  PortReservation port;
  std::optional<PortReservation> tls_port;
  ChildProcess process;
  std::atomic<pid_t> pid = -1;  // for pid() and is_running() of other threads
  std::atomic<bool> is_stopped = false;

  explicit State(LocalServerOptions given) : options(std::move(given)), port(reserve(options.port)) {
    if (options.tls) tls_port.emplace();
    if (options.folder.empty()) {
      own_folder.emplace("rediscluster-server-");
      folder = own_folder->path();
    } else {
      folder = options.folder;
      std::filesystem::create_directories(folder);
    }
  }

  ~State() {
    if (!options.keep_running) return;
    process.release();
    if (own_folder) own_folder->keep();
  }

  std::filesystem::path log_file() const { return folder / "server.log"; }
  std::string config_text() const;
  void launch();
  void see_the_end() {
    pid = process.is_running() ? process.pid() : -1;
    if (pid < 0) is_stopped = false;
  }
  /// -1 also when it has ended by itself, by SHUTDOWN or a crash.
  pid_t living_pid() const {
    const pid_t child = pid;
    return child > 0 && !has_ended(child) ? child : -1;
  }
  bool move_to_another_port();
  [[noreturn]] void give_up(const std::string& what, const std::string& log);
};

std::string LocalServer::State::config_text() const {
  std::string text = "bind 127.0.0.1\ndaemonize no\nsave \"\"\nappendonly no\n";
  const auto add = [&text](const std::string& name, const std::string& value) { text += name + " " + value + "\n"; };
  add("port", std::to_string(port.port()));
  add("dir", '"' + folder.string() + '"');
  add("repl-diskless-sync", "yes");  // replicas follow within milliseconds of being told to
  add("repl-diskless-sync-delay", "0");
  add("repl-ping-replica-period", "1");  // a replica at offset 0 is left out of CLUSTER SLOTS
  if (!options.password.empty()) {
    add("requirepass", '"' + options.password + '"');
    add("masterauth", '"' + options.password + '"');
  }
  if (options.tls) {
    add("tls-port", std::to_string(tls_port->port()));
    add("tls-cert-file", options.tls->certificate.string());
    add("tls-key-file", options.tls->key.string());
    add("tls-ca-cert-file", options.tls->authorities.string());
    add("tls-auth-clients", "no");
  }
  if (options.cluster_enabled) {
    add("cluster-enabled", "yes");
    add("cluster-config-file", nodes_file);
    add("cluster-node-timeout", std::to_string(options.node_timeout.count()));
    add("cluster-require-full-coverage", options.require_full_coverage ? "yes" : "no");
  }
  if (options.cluster_enabled && options.tls) {
    add("tls-cluster", "yes");  // Redis 7.0 tells TLS ports to TLS clients only when the bus speaks TLS too
    add("tls-replication", "yes");
  }
  for (const std::string& line : options.extra_config)
    text += with_ports(line, port.port(), tls_port ? tls_port->port() : 0) + "\n";
  return text;
}

void LocalServer::State::launch() {
  const std::filesystem::path config = folder / "redis.conf";
  std::ofstream(config) << config_text();
  process = ChildProcess({{options.server, config.string()}, folder, log_file(), options.keep_running});
  pid = process.pid();
  is_stopped = false;
}

/// Only where the port was ours to choose: a stranger may have taken it since we looked.
bool LocalServer::State::move_to_another_port() {
  if (options.port > 0) return false;
  port = PortReservation();
  if (tls_port) tls_port.emplace();
  return true;
}

/// A server that did not become ready is of no use, also not to those who wanted it kept running.
void LocalServer::State::give_up(const std::string& what, const std::string& log) {
  process.kill();
  see_the_end();
  throw ServerError(options.server + " on " + address_text({host, port.port()}) + " " + what + ". Its log:\n" + log);
}

std::string default_server() {
  const char* const chosen = std::getenv("REDISCLUSTER_TEST_SERVER");
  return chosen == nullptr || *chosen == '\0' ? "redis-server" : chosen;
}

LocalServer::LocalServer(LocalServerOptions options) : state_(std::make_unique<State>(std::move(options))) {
  state_->launch();
  if (state_->options.wait_until_ready) wait_until_ready();
}

LocalServer::~LocalServer() = default;
LocalServer::LocalServer(LocalServer&&) noexcept = default;
LocalServer& LocalServer::operator=(LocalServer&&) noexcept = default;

NodeAddress LocalServer::address() const { return {host, state_->port.port()}; }

NodeAddress LocalServer::tls_address() const { return {host, state_->tls_port ? state_->tls_port->port() : 0}; }

std::string LocalServer::url() const {
  const std::string& password = state_->options.password;
  return "redis://" + (password.empty() ? "" : ":" + password + "@") + address_text(address());
}

pid_t LocalServer::pid() const { return state_->living_pid(); }
const std::filesystem::path& LocalServer::folder() const { return state_->folder; }
const LocalServerOptions& LocalServer::options() const { return state_->options; }
bool LocalServer::is_running() const { return state_->living_pid() > 0; }
bool LocalServer::is_stopped() const { return state_->is_stopped && is_running(); }

RawConnection LocalServer::connect(milliseconds timeout) const {
  RawConnection connection(address(), timeout);
  if (state_->options.password.empty()) return connection;
  const RawReply reply = connection.call({"AUTH", state_->options.password});
  if (reply.is_error()) throw ServerError(address_text(address()) + ": AUTH refused: " + reply.text);
  return connection;
}

RawReply LocalServer::call(std::initializer_list<std::string_view> words) const { return connect().call(words); }

ServerVersion LocalServer::version() const {
  const std::string info = call({"INFO", "server"}).text;
  // A Valkey calls itself a Redis too, for its old clients.
  const std::string valkey = info_field(info, "valkey_version");
  return {valkey.empty() ? "redis" : "valkey", version_numbers(valkey.empty() ? info_field(info, "redis_version") : valkey)};
}

void LocalServer::wait_until_ready() {
  const auto deadline = Clock::now() + state_->options.start_timeout;
  std::string last = "no answer";
  int port_attempts = 1;
  while (Clock::now() < deadline) {
    state_->see_the_end();
    if (!is_running()) {
      const bool port_taken = log_tail().find("in use") != std::string::npos;
      if (!port_taken || port_attempts++ >= PortReservation::max_listen_attempts || !state_->move_to_another_port()) {
        state_->give_up("ended at once", log_tail());
      }
      std::filesystem::remove(state_->log_file());
      state_->launch();
    }
    try {
      const RawReply reply = RawConnection(address(), milliseconds(500)).call({"PING"});
      if (!reply.is_error() || reply.text.starts_with("NOAUTH")) return;
      last = reply.text;
    } catch (const ServerError& trouble) {
      last = trouble.what();
    }
    std::this_thread::sleep_for(milliseconds(3));
  }
  state_->give_up("did not become ready: " + last, log_tail());
}

void LocalServer::kill() {
  state_->process.kill();
  state_->see_the_end();
}

void LocalServer::terminate(milliseconds timeout) {
  if (is_stopped()) resume();
  state_->process.send_signal(SIGTERM);
  if (!state_->process.wait_for_end(timeout)) state_->process.kill();
  state_->see_the_end();
}

void LocalServer::stop() {
  state_->process.send_signal(SIGSTOP);
  state_->is_stopped = is_running();
}

void LocalServer::resume() {
  state_->process.send_signal(SIGCONT);
  state_->is_stopped = false;
}

void LocalServer::restart() {
  kill();
  if (state_->options.cluster_enabled) join_shards(state_->folder / nodes_file);
  state_->launch();
  wait_until_ready();
}

/// A server that crashed says why at the beginning of its report, which is long.
std::string LocalServer::log_tail(int lines) const {
  std::ifstream file(state_->log_file());
  std::deque<std::string> last;
  bool crashed = false;
  for (std::string line; std::getline(file, line);) {
    if (line.find(" is starting ") != std::string::npos) {  // once more: what was before is told no more
      crashed = false;
      last.clear();
    }
    if (crashed && std::ssize(last) >= 2 * lines) continue;
    last.push_back(line);
    if (!crashed && std::ssize(last) > lines) last.pop_front();
    crashed = crashed || line.find("BUG REPORT START") != std::string::npos;
  }
  std::string text;
  for (const std::string& line : last) text += "  " + line + "\n";
  return text.empty() ? "  (empty)\n" : text;
}

}  // namespace rediscluster::testing
