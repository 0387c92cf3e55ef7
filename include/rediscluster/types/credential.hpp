/// Who a client says it is. Plain values; they hold a secret that no message of this library shows.
#pragma once

#include <rediscluster/result.hpp>

#include <functional>
#include <string>

namespace rediscluster {

struct Credentials {
  std::string username{};  ///< ACL user; empty: the default user.
  std::string password{};  ///< Or token. Empty: the user has none (`nopass`); without a user: no authentication.

  /// Whether there is nothing to say.
  bool empty() const { return username.empty() && password.empty(); }

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// Asked for credentials whenever a connection is made, by refresh_credentials(), and once more when a server refuses what was
/// said, in case that it has changed meanwhile: for passwords and tokens that change.
/// @return  what to say now; or an error, `return fail(Errc::no_auth, "the vault is closed")`, which ends the attempt to
///          connect and is judged by its code (no_auth, wrong_password: given to the caller at once; others: retried).
/// Errors:  an exception counts as Errc::no_auth with its text, so keep secrets out of that.
/// Threads: called by any thread of the user's or the client's, several at a time, no lock held, within the time for connecting
///          (socket_connect_timeout): keep what takes long in a cache. It must not use this client.
using CredentialsProvider = std::function<Result<Credentials>()>;

}  // namespace rediscluster
