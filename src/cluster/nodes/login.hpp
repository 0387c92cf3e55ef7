/// New credentials on their way to connections that their owners look after themselves: those of pub/sub. Thread-safe.
#pragma once

#include "base/wipe.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace rediscluster::cluster {

/// An encoded AUTH; wiped when the last who has to say it has said it.
struct Login {
  explicit Login(std::string bytes) : auth(std::move(bytes)) {}
  ~Login() { base::wipe(auth); }
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;
  std::string auth;
};

class LoginListeners {
 public:
  /// Must be quick. A call that has begun may end after remove(), so it owns what it touches.
  using Listener = std::function<void(const std::shared_ptr<const Login>& login)>;

  /// @return  for remove().
  int add(Listener listener) {
    std::lock_guard lock{mutex_};
    listeners_[++last_] = std::move(listener);
    return last_;
  }
  void remove(int number) {
    std::lock_guard lock{mutex_};
    listeners_.erase(number);
  }
  void tell(const std::shared_ptr<const Login>& login) const {
    std::vector<Listener> listeners;
    {
      std::lock_guard lock{mutex_};
      for (const auto& [number, listener] : listeners_) listeners.push_back(listener);
    }
    for (const Listener& listener : listeners) listener(login);
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::map<int, Listener> listeners_;
  int last_ = 0;
};

}  // namespace rediscluster::cluster
