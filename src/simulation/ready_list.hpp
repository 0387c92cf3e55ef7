/// Which of many descriptors are ready now, in an order that does not depend on their numbers. Never waits.
#pragma once

#include <cstdint>
#include <vector>

namespace rediscluster::simulation {

class ReadyList {
 public:
  struct Ready {
    std::uint64_t key;
    bool readable;  ///< Or ended.
    bool writable;  ///< Or ended.
    bool operator<(const Ready& other) const { return key < other.key; }
  };

  /// Errors: std::system_error.
  ReadyList();
  ~ReadyList();
  ReadyList(const ReadyList&) = delete;
  ReadyList& operator=(const ReadyList&) = delete;

  /// @param key  what it is told by; each descriptor's own.
  void add(int descriptor, std::uint64_t key) { control(descriptor, key, false, true); }
  void want_writable(int descriptor, std::uint64_t key, bool wanted) { control(descriptor, key, wanted, false); }
  /// Before it is closed.
  void remove(int descriptor);
  /// By key, in order. Valid until the next call.
  const std::vector<Ready>& look();

 private:
  void control(int descriptor, std::uint64_t key, bool writable, bool is_new);
  const int epoll_;
  std::vector<Ready> ready_;
};

}  // namespace rediscluster::simulation
