/// Where the end of an operation goes: to a receiver that may be deserted at any moment, by any thread, and that may want to be told on
/// an executor of its own. Who completes claims it first; who deserts it waits at most while the result is being written.
///
///   waiting ─claim()→ writing ─→ told                       (no executor: the receiver may be gone when complete() returns)
///   waiting ─claim()→ writing ─→ written ─take()→ told      (executor)
///   waiting, written ─desert()→ deserted
#pragma once

#include "wire/frame.hpp"

#include <rediscluster/command_facts.hpp>
#include <rediscluster/executor.hpp>
#include <rediscluster/result.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

namespace rediscluster::cluster {

class Node;

/// What a receiver is told, and how that becomes a value: made by api for each type of reply.
struct Decoder {
  /// @param at_once  tell the receiver here and now; else only write the result.
  void (*reply)(void* receiver, bool at_once, const wire::Frame& reply, const CommandFacts& facts, const Node* node, int attempts) noexcept;
  void (*error)(void* receiver, bool at_once, Error&& error) noexcept;
  void (*tell)(void* receiver) noexcept;
};

class Landing {
 public:
  /// Room for a receiver that belongs to the operation itself: a callback.
  static constexpr std::size_t room = 64;
  void* space() { return space_; }

  /// By whom the result is made.
  void decode_by(const Decoder& decoder) { decoder_ = &decoder; }
  /// Who is told.
  void tell(void* receiver) { receiver_ = receiver; }
  /// Where.
  void tell_on(Executor executor) { executor_ = std::make_unique<Executor>(std::move(executor)); }
  bool has_executor() const { return executor_ != nullptr; }

  /// False: it was deserted.
  bool claim() noexcept {
    if (receiver_ == space_) [[likely]] {  // it is a part of the operation, and cannot go before it
      state_.store(State::writing, std::memory_order_relaxed);
      return true;
    }
    State expected = State::waiting;
    return state_.compare_exchange_strong(expected, State::writing, std::memory_order_acq_rel, std::memory_order_acquire);
  }
  /// The receiver will soon be told: what stands there is fetched.
  void fetch_receiver() const noexcept {
    if (receiver_ == space_) return;
    constexpr std::size_t line = 64;
    constexpr std::size_t lines = 8;  // a coroutine's frame, or the most of it
    const char* const at = static_cast<const char*>(receiver_);
    for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(at + i * line, 1);
  }
  const Decoder& decoder() const { return *decoder_; }
  void* receiver() const { return receiver_; }
  const Executor& executor() const { return *executor_; }
  /// Behind claim(), where there is an executor: the result is there.
  void written() noexcept { state_.store(State::written, std::memory_order_release); }
  /// On the executor. False: it was deserted.
  bool take() noexcept {
    State expected = State::written;
    return state_.compare_exchange_strong(expected, State::writing, std::memory_order_acq_rel, std::memory_order_acquire);
  }
  /// The receiver goes. Any thread, if only the receiver has not been told. True: the operation is still on its way.
  bool desert() noexcept {
    for (;;) {
      State state = state_.load(std::memory_order_acquire);
      if (state == State::writing) {
        std::this_thread::yield();
        continue;
      }
      if (state_.compare_exchange_weak(state, State::deserted, std::memory_order_acq_rel, std::memory_order_acquire)) return state == State::waiting;
    }
  }

  Landing() = default;
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

 private:
  enum class State : std::uint8_t { waiting, writing, written, deserted };
  const Decoder* decoder_ = nullptr;
  void* receiver_ = nullptr;
  std::unique_ptr<Executor> executor_;  // null: on the reactor's thread
  std::atomic<State> state_{State::waiting};
  alignas(std::max_align_t) std::byte space_[room];
};

}  // namespace rediscluster::cluster
