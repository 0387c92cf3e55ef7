/// `raw` for the workload pubsub: a blocking socket, messages only counted.
#include <stdexcept>

#include "load/key_space.hpp"
#include "load/pubsub.hpp"
#include "load/raw_socket.hpp"

namespace load {
namespace {

class RawSubscriber final : public Subscriber {
 public:
  RawSubscriber(const Options& options, const std::string& channel) : socket_(options.host, options.port) {
    socket_.send_all(encode_request({"SUBSCRIBE", channel}));
    socket_.receive_reply();
  }
  std::uint64_t read_until(Clock::time_point end) override {
    std::uint64_t messages = 0;
    while (Clock::now() < end) {
      for (int i = 0; i < 64; ++i, ++messages) {
        if (!socket_.receive_reply().starts_with("*3\r\n$7\r\nmessage")) throw std::runtime_error("raw: something else than a message");
      }
    }
    return messages;
  }

 private:
  RawSocket socket_;
};

}  // namespace

std::unique_ptr<Subscriber> make_raw_subscriber(const Options& options, const std::string& channel) {
  return std::make_unique<RawSubscriber>(options, channel);
}

}  // namespace load
