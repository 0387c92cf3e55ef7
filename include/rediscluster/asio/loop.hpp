/// The loop of a client that lives on an executor of Asio's.
#pragma once

#include <rediscluster/asio/library.hpp>
#include <rediscluster/async/loop.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace rediscluster::detail {

/// One thread at a time is in here, whichever runs the executor. What Asio calls later keeps what it needs, so the loop may go at any time.
class AsioLoop final : public Loop {
 public:
  explicit AsioLoop(asio::any_io_executor executor) : core_(std::make_shared<Core>(std::move(executor))) {}
  ~AsioLoop() override { core_->end(); }

  void attach(Client& client) override {
    core_->client = &client;
    core_->post_turn();  // the first one: from then on it says when
  }
  bool watch(int descriptor, Watched& watched) override { return core_->watch(descriptor, watched); }
  void want_writable(int descriptor, Watched& /*watched*/, bool wanted) override { core_->want_writable(descriptor, wanted); }
  void forget(int descriptor, Watched& /*watched*/) override { core_->forget(descriptor); }
  void turn_by(std::chrono::steady_clock::time_point when) override { core_->turn_by(when); }
  void wake() noexcept override { core_->post_turn(); }
  void while_still(void (*function)(void*), void* argument) override {
    const std::shared_ptr<Core> core = core_;  // the loop may go meanwhile
    core->enter([&] {
      const bool was_turning = std::exchange(core->is_turning, true);
      function(argument);
      core->is_turning = was_turning;
    });
  }
  void detach() noexcept override { core_->end(); }
  bool after_turn(std::function<void()> function) override {
    core_->after_turn.push_back(std::move(function));
    return true;
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Watch {
    explicit Watch(const asio::any_io_executor& executor) : stream(executor) {}
    asio::posix::stream_descriptor stream;
    Watched* watched = nullptr;  // null: forgotten
    bool wants_writable = false;
    bool is_reading = false;
    bool is_writing = false;
  };
  using WatchPointer = std::shared_ptr<Watch>;

  struct Core : std::enable_shared_from_this<Core> {
    explicit Core(asio::any_io_executor its_executor) : executor(std::move(its_executor)), timer(executor) {}

    bool watch(int descriptor, Watched& watched) {
      auto made = std::make_shared<Watch>(executor);
      AsioError error;
      made->stream.assign(descriptor, error);
      if (error) return false;
      made->watched = &watched;
      watches[descriptor] = made;
      await_ready(made);
      return true;
    }
    void want_writable(int descriptor, bool wanted) {
      const auto found = watches.find(descriptor);
      if (found == watches.end()) return;
      found->second->wants_writable = wanted;
      if (wanted) await_ready(found->second);
    }
    void forget(int descriptor) {
      const auto found = watches.find(descriptor);
      if (found == watches.end()) return;
      found->second->watched = nullptr;
      found->second->stream.release();  // what waits ends; the descriptor is its owner's
      watches.erase(found);
    }
    // Asio tells once; a loop tells until it is used up.
    void await_ready(const WatchPointer& watch) {
      using Wait = asio::posix::stream_descriptor::wait_type;
      if (watch->watched == nullptr) return;
      if (!watch->is_reading) {
        watch->is_reading = true;
        watch->stream.async_wait(Wait::wait_read, [self = shared_from_this(), watch](const AsioError&) { self->ready(watch, true); });
      }
      if (watch->wants_writable && !watch->is_writing) {
        watch->is_writing = true;
        watch->stream.async_wait(Wait::wait_write, [self = shared_from_this(), watch](const AsioError&) { self->ready(watch, false); });
      }
    }
    /// One thread at a time. What is to be done behind a turn is done without the mutex: it may wait for who waits for that.
    template <class Function>
    void enter(Function&& function) {
      std::vector<std::function<void()>> behind;
      {
        std::lock_guard lock{mutex};
        function();
        if (!is_turning) behind = std::exchange(after_turn, {});
      }
      for (const std::function<void()>& each : behind) each();
    }
    // An error is no matter: who looks sees for himself.
    void ready(const WatchPointer& watch, bool readable) {
      enter([&] {
        (readable ? watch->is_reading : watch->is_writing) = false;
        if (client == nullptr || watch->watched == nullptr) return;
        if (readable || watch->wants_writable) watch->watched->ready(readable, !readable);
        fired.push_back(watch);
        turn();
      });
    }
    void turn_by(TimePoint when) {
      if (when == TimePoint::min()) return post_turn();
      if (when == TimePoint::max()) {
        armed = when;
        timer.cancel();  // the context may have nothing else to do
        return;
      }
      if (when >= armed) return;  // it comes earlier, and says then when it is to come again
      armed = when;
      timer.expires_at(when);
      timer.async_wait([self = shared_from_this(), when](const AsioError& error) {
        if (error) return;
        self->enter([&] {
          if (self->armed == when) self->armed = TimePoint::max();
          self->turn();
        });
      });
    }
    void post_turn() {
      asio::post(executor, [self = shared_from_this()] { self->enter([&] { self->turn(); }); });
    }
    // Within a turn somebody may run the context: that is no turn within a turn.
    void turn() {
      if (client == nullptr) return;
      if (is_turning) {
        has_to_turn = true;
        return;
      }
      is_turning = true;
      client->turn();
      is_turning = false;
      if (client == nullptr) return;
      for (const WatchPointer& each : fired) await_ready(each);
      fired.clear();
      if (std::exchange(has_to_turn, false)) post_turn();
    }
    void end() {
      std::lock_guard lock{mutex};
      client = nullptr;
      timer.cancel();
      while (!watches.empty()) forget(watches.begin()->first);
    }

    const asio::any_io_executor executor;
    std::recursive_mutex mutex;  // guards what follows, and is held while the client turns
    Client* client = nullptr;
    asio::steady_timer timer;
    TimePoint armed = TimePoint::max();
    std::map<int, WatchPointer> watches;
    std::vector<WatchPointer> fired;  // told of since they were last waited for
    std::vector<std::function<void()>> after_turn;
    bool is_turning = false;
    bool has_to_turn = false;
  };

  const std::shared_ptr<Core> core_;  // shared with what Asio calls later
};

}  // namespace rediscluster::detail
