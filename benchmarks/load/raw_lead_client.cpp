/// `raw-lead`: all threads share one socket a primary. The first caller that waits leads: it sends what has gathered,
/// reads, hands out replies, and passes the lead on when its own reply has come. Otherwise as bare as `raw`.
#include <atomic>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "load/client.hpp"
#include "load/raw_topology.hpp"

namespace load {
namespace {

/// One caller's wait for one reply. Lives as long as its session, so that waking it late touches living memory.
struct Waiter {
  enum State : std::uint32_t { waiting, leading, done };
  std::atomic<std::uint32_t> state{waiting};
  char first_byte = 0;
};

class SharedSocket {
 public:
  explicit SharedSocket(const Primary& primary) : socket_(primary.host, primary.port) {}

  /// First byte of the reply.
  char call(std::string_view request, Waiter& waiter) {
    std::unique_lock lock(mutex_);
    gathered_ += request;
    line_.push_back(&waiter);  // in the order of the bytes
    waiter.state.store(Waiter::waiting, std::memory_order_relaxed);
    bool lead = !led_;
    led_ = true;
    if (!lead) {
      lock.unlock();
      waiter.state.wait(Waiter::waiting, std::memory_order_acquire);
      if (waiter.state.load(std::memory_order_acquire) == Waiter::done) return waiter.first_byte;
      lock.lock();
    }
    while (waiter.state.load(std::memory_order_relaxed) != Waiter::done) exchange(lock);
    pass_lead();
    return waiter.first_byte;
  }

 private:
  void exchange(std::unique_lock<std::mutex>& lock) {
    sending_.swap(gathered_);
    lock.unlock();
    socket_.send_all(sending_);
    sending_.clear();
    socket_.receive_more();
    lock.lock();
    while (!line_.empty()) {
      const std::string_view reply = socket_.next_buffered_reply();
      if (reply.empty()) return;
      finish(*line_.front(), reply.front());
      line_.pop_front();
    }
  }

  static void finish(Waiter& waiter, char first_byte) {
    waiter.first_byte = first_byte;
    waiter.state.store(Waiter::done, std::memory_order_release);
    waiter.state.notify_one();
  }

  void pass_lead() {
    led_ = !line_.empty();
    if (!led_) return;
    line_.front()->state.store(Waiter::leading, std::memory_order_release);
    line_.front()->state.notify_one();
  }

  std::mutex mutex_;  // guards gathered_, line_ and led_; socket_ and sending_ belong to the leader
  RawSocket socket_;
  std::string gathered_;
  std::string sending_;
  std::deque<Waiter*> line_;
  bool led_ = false;
};

class LeadClient : public Client {
 public:
  LeadClient(const Options& options, const KeySpace& keys) : keys_(keys) {
    RawSocket seed(options.host, options.port);
    topology_ = ask_topology(seed, options.host);
    for (const Primary& primary : topology_.primaries) sockets_.push_back(std::make_unique<SharedSocket>(primary));
  }

  std::unique_ptr<Session> open_session() override { return std::make_unique<LeadSession>(*this); }

 private:
  class LeadSession : public Session {
   public:
    explicit LeadSession(LeadClient& client) : client_(client) {}
    bool get(std::size_t key) override { return call(key, client_.keys_.get_request(key)) == '$'; }
    bool set(std::size_t key) override { return call(key, client_.keys_.set_request(key)) == '+'; }
    std::size_t get_batch(Batch) override { return has_no_batches(); }
    std::size_t set_batch(Batch) override { return has_no_batches(); }

   private:
    // One thread with batches does what raw does: nothing to learn from it.
    static std::size_t has_no_batches() { throw std::invalid_argument("raw-lead has no batches; compare with raw"); }
    char call(std::size_t key, std::string_view request) {
      return client_.sockets_[client_.topology_.owner_of(client_.keys_, key)]->call(request, waiter_);
    }
    LeadClient& client_;
    Waiter waiter_;
  };

  const KeySpace& keys_;
  Topology topology_;
  std::vector<std::unique_ptr<SharedSocket>> sockets_;
};

}  // namespace

std::unique_ptr<Client> make_raw_lead(const Options& options, const KeySpace& keys) {
  return std::make_unique<LeadClient>(options, keys);
}

}  // namespace load
