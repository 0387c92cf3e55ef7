/// What the plays on TLS share: an authority, clients of a TlsFront, and their sockets.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "net/socket.hpp"
#include "net/tls_context.hpp"
#include "support/certificates.hpp"
#include "support/tls_front.hpp"
#include "support/deadline.hpp"

namespace rediscluster::net {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;
using Status = Socket::Status;
using test_support::Authority;
using test_support::Identity;
using test_support::TlsFront;
using test_support::TlsFrontOptions;

using test_support::in;
inline const Deadline past = Deadline::at(base::TimePoint::min());

/// The authority that clients of these plays trust. Made once: keys take time.
inline const Authority& trusted() {
  static const Authority authority("trusted authority");
  return authority;
}
inline const Identity& local_identity() {
  static const Identity identity = trusted().issue({.hosts = {"localhost"}, .addresses = {"127.0.0.1"}});
  return identity;
}
inline TlsOptions trusting() {
  TlsOptions options;
  options.enabled = true;
  options.ca_pem = trusted().pem();
  return options;
}

inline std::shared_ptr<TlsContext> context_of(const TlsOptions& options) {
  Result<std::shared_ptr<TlsContext>> context = TlsContext::make(options);
  if (!context) ADD_FAILURE() << context.error().message;
  return context ? *context : nullptr;
}

/// A connection to an address that has shaken hands, or why not.
inline Result<Socket> connect(TlsContext& context, const NodeAddress& address, const std::vector<std::string>& names = {"127.0.0.1"},
                              std::shared_ptr<TlsSessions> sessions = nullptr, Deadline deadline = in(5s), const SocketOptions& options = {}) {
  Result<Socket> socket = Socket::connect(address, options, deadline);
  if (!socket) return socket;
  if (Result<void> secured = socket->secure(context.open(names, std::move(sessions)), address, deadline); !secured) {
    return fail(std::move(secured.error()));
  }
  return socket;
}

/// The error of a connection that must not come about.
inline Error refusal(TlsContext& context, const NodeAddress& address, const std::vector<std::string>& names = {"127.0.0.1"},
                     Deadline deadline = in(5s), const SocketOptions& options = {}) {
  Result<Socket> socket = connect(context, address, names, nullptr, deadline, options);
  EXPECT_FALSE(socket.has_value()) << "the handshake should have failed";
  return socket ? Error{} : socket.error();
}

/// Exactly so many bytes; fewer when the connection ends before, or five seconds pass.
inline std::string receive_all(Socket& socket, std::size_t size) {
  std::string text;
  char buffer[4096];
  const Deadline deadline = in(5s);
  while (text.size() < size) {
    const Socket::Transfer got = socket.receive(buffer, std::min(sizeof buffer, size - text.size()), deadline);
    if (got.status != Status::ok) break;
    text.append(buffer, got.size);
  }
  return text;
}

inline void send_all(Socket& socket, std::string_view bytes) {
  const Deadline deadline = in(5s);
  while (!bytes.empty()) {
    const Socket::Transfer sent = socket.send(bytes);
    bytes.remove_prefix(sent.size);
    if (sent.status == Status::would_block) socket.wait_writable(false, deadline);
    ASSERT_TRUE(sent.status == Status::ok || sent.status == Status::would_block) << Socket::describe(sent);
    ASSERT_FALSE(deadline.passed(Clock::now())) << "the peer takes nothing";
  }
}

inline std::string echo(Socket& socket, const std::string& text) {
  send_all(socket, text);
  return receive_all(socket, text.size());
}

}  // namespace rediscluster::net
