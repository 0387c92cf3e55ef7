/// The loop of a scripted node: accept, read, match, answer.
#include "testing/scripted_engine.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "testing/address_text.hpp"
#include "testing/loopback_listener.hpp"

namespace rediscluster::testing {
namespace {

constexpr std::size_t id_digits = 40;

std::string id_from_port(int port) {
  const std::string digits = std::to_string(port);
  return std::string(id_digits - digits.size(), '0') + digits;
}

}  // namespace

ScriptedEngine::ScriptedEngine(ScriptedNodeOptions options) : state_(options) {
  for (int attempt = 1; listen_fd_ < 0; ++attempt) {
    address_ = {options.host, port_.port()};
    listen_fd_ = open_listener(address_);
    if (listen_fd_ >= 0) break;
    if (attempt == PortReservation::max_listen_attempts) throw ServerError("cannot listen on " + address_text(address_));
    port_ = PortReservation();
  }
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd_ < 0) throw ServerError("no eventfd for a scripted node");
  id_ = options.id.empty() ? id_from_port(address_.port) : options.id;
  state_.manners = {options.polite, options.hello, id_, {{0, 16383, ScriptedEndpoint(address_, id_)}}};
  thread_ = std::thread([this] { run(); });
}

ScriptedEngine::~ScriptedEngine() {
  stop();
  if (listen_fd_ >= 0) ::close(listen_fd_);
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void ScriptedEngine::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    state_.is_stopping = true;
  }
  wake();
  thread_.join();
}

void ScriptedEngine::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

void ScriptedEngine::change(const std::function<void(EngineState&)>& function) {
  std::unique_lock lock(mutex_);
  function(state_);
  const std::uint64_t mine = ++changes_asked_;
  wake();
  changed_.wait(lock, [&] { return changes_done_ >= mine || state_.is_stopping; });
}

bool ScriptedEngine::wait_for(const std::function<bool(const EngineState&)>& is_true,
                              std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return is_true(state_); });
}

void ScriptedEngine::add(ScriptedPlan plan) {
  const std::lock_guard lock(mutex_);
  state_.script.add(std::move(plan));
}

void ScriptedEngine::run() {
  std::unique_lock lock(mutex_);
  while (!state_.is_stopping) {
    std::vector<pollfd> polled = poll_set();
    const int timeout_ms = poll_timeout();
    lock.unlock();
    ::poll(polled.data(), polled.size(), timeout_ms);
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake_fd_, &ignored, sizeof ignored);
    lock.lock();
    const std::uint64_t asked = changes_asked_;
    handle_everything();
    changes_done_ = asked;
    changed_.notify_all();
  }
  state_.connections.clear();
  changed_.notify_all();
}

std::vector<pollfd> ScriptedEngine::poll_set() const {
  std::vector<pollfd> polled{{wake_fd_, POLLIN, 0}};
  if (state_.is_paused) return polled;
  if (listen_fd_ >= 0 && !state_.holds_new) polled.push_back({listen_fd_, POLLIN, 0});
  for (const ScriptedConnection& connection : state_.connections) {
    const int events = connection.wants_to_write() ? POLLIN | POLLOUT : POLLIN;
    polled.push_back({connection.fd(), static_cast<short>(events), 0});
  }
  return polled;
}

int ScriptedEngine::poll_timeout() const {
  if (changes_asked_ != changes_done_) return 0;
  if (state_.is_paused) return -1;
  const auto now = std::chrono::steady_clock::now();
  int timeout = -1;
  for (const ScriptedConnection& connection : state_.connections) {
    const auto wake_in = connection.wake_in(now);
    if (!wake_in) continue;
    const int milliseconds = static_cast<int>(wake_in->count());
    timeout = timeout < 0 ? milliseconds : std::min(timeout, milliseconds);
  }
  return timeout;
}

void ScriptedEngine::handle_everything() {
  sync_listener();
  if (state_.is_paused || state_.is_stopping) return;
  if (listen_fd_ >= 0 && !state_.holds_new) accept_new();
  for (ScriptedConnection& connection : state_.connections) {
    if (!connection.is_over()) read_from(connection);
    connection.advance(std::chrono::steady_clock::now(), state_.answers);
  }
  state_.connections.remove_if([](const ScriptedConnection& connection) { return connection.is_over(); });
}

void ScriptedEngine::sync_listener() {
  if (state_.refuses_new && listen_fd_ >= 0) {
    ::close(listen_fd_);
    listen_fd_ = -1;
  } else if (!state_.refuses_new && listen_fd_ < 0) {
    listen_fd_ = open_listener(address_);
    if (listen_fd_ < 0) state_.history.failures.push_back("cannot listen on " + address_text(address_) + " again");
  }
}

void ScriptedEngine::accept_new() {
  while (true) {
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno == EINTR) continue;
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    state_.connections.emplace_back(fd, ++state_.history.connections);
  }
}

void ScriptedEngine::read_from(ScriptedConnection& connection) {
  CutPlan& cut = state_.receive_cut;
  const std::size_t received = connection.receive(cut.is_armed ? cut.left : std::numeric_limits<std::size_t>::max());
  state_.history.bytes_received += received;
  while (!connection.is_over()) {
    const ReadCommand command = connection.next_command();
    if (command.status == ReadCommand::Status::broken) fail(connection, "sent bytes that are no command");
    if (command.status != ReadCommand::Status::complete) break;
    handle(connection, command.words);
    connection.advance(std::chrono::steady_clock::now(), state_.answers);  // it may end here, before the next command
  }
  if (!cut.is_armed) return;
  cut.left -= received;
  // With nothing left to read the cut comes with the next byte that waits, so also for a cut after 0 bytes.
  if (cut.left > 0 || (received == 0 && !connection.has_input_waiting())) return;
  cut.is_armed = false;
  connection.end_after_output(cut.how);
}

void ScriptedEngine::handle(ScriptedConnection& connection, const CommandWords& words) {
  state_.history.log.push_back({connection.number(), words, false});
  if (const std::vector<ScriptedStep>* steps = state_.script.take(words)) {
    connection.enqueue(*steps, words);
    return;
  }
  const std::optional<PoliteAnswer> answer = answer_politely(state_.manners, words, connection.number());
  if (!answer) {
    fail(connection, "sent " + describe_command(words) + ", but the play expects " + state_.script.next_expected());
    return;
  }
  state_.history.log.back().was_polite = true;
  if (answer->resp_version > 0) connection.set_resp_version(answer->resp_version);
  using Kind = ScriptedStep::Kind;
  connection.enqueue_uncounted(answer->reply ? ScriptedStep{.kind = Kind::reply, .reply = *answer->reply}
                                             : ScriptedStep{.kind = Kind::silence});
}

void ScriptedEngine::fail(ScriptedConnection& connection, const std::string& what) {
  state_.history.failures.push_back("node " + address_text(address_) + ": connection " +
                                    std::to_string(connection.number()) + " " + what);
  connection.end_now(Cut::fin);
}

}  // namespace rediscluster::testing
