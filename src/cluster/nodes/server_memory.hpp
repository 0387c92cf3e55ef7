/// What the handshakes with one server have taught, so that it is not told again what it refuses: refusals stand in its
/// errorstats and its ACL log, and people are woken by those. What it may have learnt since is said again after a while.
/// Thread-safe.
#pragma once

#include "base/time.hpp"
#include "link/handshake.hpp"

#include <atomic>
#include <charconv>
#include <mutex>
#include <string>

namespace rediscluster::cluster {

class ServerMemory {
 public:
  using Part = link::Handshake::Part;

  /// How long a server that gives no version is spared what it has refused: it may be another one by then.
  static constexpr std::chrono::minutes spared_for{1};
  /// How long words are not suspected after an end that they had no part in: a peer that ends all connections gets few more.
  static constexpr std::chrono::seconds acquitted_for{1};

  /// As far as we know.
  bool knows_hello() const { return knows_hello_.load(std::memory_order_relaxed); }
  /// Whether a user with a name was ever let in: the connections there are may be his.
  bool knows_users() const { return knows_users_.load(std::memory_order_relaxed); }

  /// Whether it drops a command whose wait somebody ended; others may run it yet, see wire::was_unblocked_by_somebody().
  /// Changed in Redis 7.2, seen in 8.0 and Valkey 8.1.
  bool drops_unblocked() const { return drops_unblocked_.load(std::memory_order_relaxed); }

  /// Takes out of the handshake what the server would refuse. False: nothing.
  bool adapt(link::HandshakeOptions& options, base::TimePoint now) const {
    std::lock_guard lock{mutex_};
    if (refused_user_ == options.username && now < refused_until_) options.library_version.clear();
    if (spared_user_ != options.username || now >= spared_until_) return false;
    if (spares_hello_) options.protocol = 2;
    if (spares_names_) {
      options.client_name.clear();
      options.library_version.clear();
    }
    if (spares_read_only_) options.read_only = false;
    options.must_ask = true;
    return true;
  }

  /// A handshake of this user is done.
  /// @param was_adapted  what adapt() said.
  void note(const link::Handshake& handshake, int wanted_protocol, const std::string& user, bool was_adapted, base::TimePoint now) {
    if (!link::is_default_user(user)) knows_users_.store(true, std::memory_order_relaxed);
    knows_hello_.store(handshake.protocol() >= wanted_protocol, std::memory_order_relaxed);
    drops_unblocked_.store(major_version(handshake.server_version()) >= 8, std::memory_order_relaxed);
    std::lock_guard lock{mutex_};
    if (handshake.was_refused_hello()) spare(Part::hello, user, now);
    if (!was_adapted) has_taken_all_ = true;
    note_library(handshake, user, now);
  }

  /// A connection ended in the midst of a handshake of this user, and these words are to blame.
  /// True: they were said, and the next handshake leaves them out. False: a server that has taken all our words, or ends
  /// connections without them, does not end them for our words.
  bool note_end(Part part, const std::string& user, base::TimePoint now) {
    std::lock_guard lock{mutex_};
    if (part == Part::login) {
      spared_until_ = {};
      acquitted_until_ = now + acquitted_for;
    }
    if (has_taken_all_ || now < acquitted_until_) return false;
    spare(part, user, now);
    if (part == Part::hello) spares_names_ = true;  // nothing came back: they may be it as well
    return true;
  }

 private:
  // 0: it said none.
  static int major_version(const std::string& version) {
    int major = 0;
    std::from_chars(version.data(), version.data() + version.size(), major);
    return major;
  }

  void spare(Part part, const std::string& user, base::TimePoint now) {
    if (spared_user_ != user || now >= spared_until_) spares_hello_ = spares_names_ = spares_read_only_ = false;
    spares_hello_ = spares_hello_ || part == Part::hello;
    spares_names_ = spares_names_ || part == Part::names;
    spares_read_only_ = spares_read_only_ || part == Part::read_only;
    spared_user_ = user;
    spared_until_ = now + spared_for;
  }

  void note_library(const link::Handshake& handshake, const std::string& user, base::TimePoint now) {
    using Library = link::Handshake::Library;
    if (handshake.library() == Library::refused) {
      refusing_version_ = handshake.server_version();
      refused_user_ = user;
      refused_until_ = refusing_version_.empty() ? now + spared_for : base::TimePoint::max();
    } else if (handshake.library() == Library::taken || handshake.server_version() != refusing_version_) {
      // Another version may know more. A handshake that leaves out the name hears of it, and the next one says it.
      refused_until_ = {};
    }
  }

  std::atomic<bool> knows_hello_{true};
  std::atomic<bool> knows_users_{false};
  std::atomic<bool> drops_unblocked_{false};
  mutable std::mutex mutex_;  // guards what follows
  bool has_taken_all_ = false;     // in one handshake
  bool spares_hello_ = false;
  bool spares_names_ = false;
  bool spares_read_only_ = false;
  std::string spared_user_;        // another one may be allowed to
  base::TimePoint spared_until_{};
  base::TimePoint acquitted_until_{};
  std::string refusing_version_;   // of the server when it refused the library's name; empty: it told none
  std::string refused_user_;
  base::TimePoint refused_until_{};
};

}  // namespace rediscluster::cluster
