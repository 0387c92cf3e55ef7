/// Something with threads, locks or connections that is made anew in a child of fork(). What stands in the child as a copy of
/// the parent's is neither used nor destroyed there: its locks may be held by threads that the child does not have.
/// Thread-safe as far as the value is; asking for it costs two reads and a comparison.
#pragma once

#include "base/fork.hpp"

#include <atomic>
#include <utility>

namespace rediscluster::base {

/// What is left to itself for the rest of the process. Reachable, so that nobody takes it for lost memory.
class LeftAlone {
 public:
  LeftAlone() = default;
  LeftAlone(const LeftAlone&) = delete;
  LeftAlone& operator=(const LeftAlone&) = delete;

  static void leave(LeftAlone& object) {
    object.next_ = first().load(std::memory_order_relaxed);
    while (!first().compare_exchange_weak(object.next_, &object, std::memory_order_release, std::memory_order_relaxed)) {
    }
  }

 private:
  static std::atomic<LeftAlone*>& first() {
    static constinit std::atomic<LeftAlone*> list{nullptr};
    return list;
  }
  LeftAlone* next_ = nullptr;
};

template <class T>
class PerProcess {
 public:
  /// @param make  gives the T of this process.
  template <class Make>
  explicit PerProcess(Make&& make) : current_(new Kept(std::forward<Make>(make))) {}
  ~PerProcess() {
    Kept* kept = current_.load(std::memory_order_acquire);
    if (kept->is_ours()) {
      delete kept;
    } else {
      LeftAlone::leave(*kept);
    }
  }
  PerProcess(const PerProcess&) = delete;
  PerProcess& operator=(const PerProcess&) = delete;

  /// @param make  make(T& inherited) gives the T of a child; the parent's may be looked at, where that takes no lock.
  ///              May be called by several threads at once, and what it made be destroyed unused.
  template <class Make>
  T& get(Make&& make) {
    Kept* kept = current_.load(std::memory_order_acquire);
    if (kept->is_ours()) [[likely]]
      return kept->value;
    return replace(kept, std::forward<Make>(make));
  }
  /// What is there, of whichever process.
  T& as_it_is() const { return current_.load(std::memory_order_acquire)->value; }
  /// Whether it is the parent's.
  bool is_inherited() const { return !current_.load(std::memory_order_acquire)->is_ours(); }

 private:
  struct Kept : LeftAlone {
    template <class Make>
    explicit Kept(Make&& make) : value(make()) {}
    bool is_ours() const { return maker.is_ours(); }

    const ProcessMark maker;
    T value;
  };

  template <class Make>
  [[gnu::noinline]] T& replace(Kept* inherited, Make&& make) {
    auto* ours = new Kept([&]() -> decltype(auto) { return make(inherited->value); });
    Kept* current = inherited;
    if (current_.compare_exchange_strong(current, ours, std::memory_order_acq_rel, std::memory_order_acquire)) {
      LeftAlone::leave(*inherited);
      return ours->value;
    }
    delete ours;  // another thread was quicker
    return current->value;
  }

  std::atomic<Kept*> current_;
};

}  // namespace rediscluster::base
