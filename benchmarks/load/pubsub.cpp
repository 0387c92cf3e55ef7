#include "load/pubsub.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "load/key_space.hpp"
#include "load/raw_socket.hpp"

namespace load {
namespace {

constexpr const char* channel = "load:news";

MakeSubscriber find_subscriber(const std::string& name) {
  if (name == "raw") return make_raw_subscriber;
  if (name == "rediscluster") return make_rediscluster_subscriber;
  if (name == "rediscluster-coroutine") return make_rediscluster_async_subscriber;
  throw std::invalid_argument("the workload pubsub is for raw, rediscluster and rediscluster-coroutine, not '" + name + "'");
}

/// A process of its own, so that its time is not the subscriber's. Ends when its end of the pipe says so, which it does when this dies.
class Publisher {
 public:
  explicit Publisher(const Options& options) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe: " + std::string(std::strerror(errno)));
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork: " + std::string(std::strerror(errno)));
    if (child_ == 0) {
      ::close(ends[1]);
      publish_until_closed(options, ends[0]);
      ::_exit(0);
    }
    ::close(ends[0]);
    pipe_ = ends[1];
  }
  ~Publisher() {
    ::close(pipe_);
    ::waitpid(child_, nullptr, 0);
  }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

 private:
  static void publish_until_closed(const Options& options, int pipe) noexcept try {
    constexpr int at_once = 100;
    const std::string one = encode_request({"PUBLISH", channel, std::string(options.value_bytes, 'x')});
    std::string batch;
    for (int i = 0; i < at_once; ++i) batch += one;
    RawSocket socket(options.host, options.port);
    pollfd closed{pipe, POLLIN, 0};
    while (::poll(&closed, 1, 0) == 0) {
      socket.send_all(batch);
      for (int i = 0; i < at_once; ++i) socket.receive_reply();
    }
  } catch (const std::exception&) {
    // Who waits for messages finds that there are none.
  }

  pid_t child_ = -1;
  int pipe_ = -1;
};

}  // namespace

Outcome run_pubsub(const Options& options) {
  constexpr double warm_up_seconds = 0.2;
  const auto after = [](double seconds) { return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)); };
  const MakeSubscriber make = find_subscriber(options.client);
  const Publisher publisher(options);  // before there are threads
  const std::unique_ptr<Subscriber> subscriber = make(options, channel);
  subscriber->read_until(after(warm_up_seconds));
  Outcome outcome;
  const Meter meter;
  outcome.operations = subscriber->read_until(after(options.seconds));
  meter.write_difference_to(outcome);
  if (outcome.operations == 0) throw std::runtime_error("no message came");
  return outcome;
}

}  // namespace load
