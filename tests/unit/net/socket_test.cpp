/// Sockets against peers on the loopback that accept, refuse, hang, fall silent and go away.
#include "net/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "net/resolver.hpp"
#include "support/listener.hpp"
#include "support/deadline.hpp"

namespace rediscluster::net {
namespace {

using namespace std::chrono_literals;
using base::Clock;
using base::Deadline;
using Status = Socket::Status;
using test_support::Fd;
using test_support::Listener;

using test_support::in;

/// A socket and the other end of it.
struct ConnectedPair {
  ConnectedPair() : socket(std::move(*Socket::connect(listener.address(), {}, in(5s)))), peer(listener.accept()) {}
  void peer_says(const std::string& text) const {
    ASSERT_EQ(::send(peer.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  Listener listener;
  Socket socket;
  Fd peer;
};

TEST(Socket, carries_bytes_both_ways) {
  ConnectedPair pair;
  const Socket::Transfer sent = pair.socket.send("hello");
  ASSERT_EQ(sent.status, Status::ok);
  EXPECT_EQ(sent.size, 5u);
  char buffer[16];
  EXPECT_EQ(::recv(pair.peer.get(), buffer, sizeof buffer, 0), 5);
  pair.peer_says("world!");
  const Socket::Transfer got = pair.socket.receive(buffer, sizeof buffer, in(5s));
  ASSERT_EQ(got.status, Status::ok);
  EXPECT_EQ(std::string(buffer, got.size), "world!");
}

int option_of(const Socket& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(socket.descriptor(), level, name, &value, &size), 0);
  return value;
}

TEST(Socket, has_its_settings_from_the_first_receipt_on) {
  Listener listener;
  Result<Socket> made = Socket::connect(listener.address(), {.keepalive = true, .user_timeout = 7s}, in(5s));
  ASSERT_TRUE(made) << made.error().message;
  Socket socket = std::move(*made);  // they wait, wherever it moves
  EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_NODELAY), 0);
  char byte;
  EXPECT_EQ(socket.receive(&byte, 1, Deadline::at(base::TimePoint::min())).status, Status::timed_out);
  EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(::fcntl(socket.descriptor(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(option_of(socket, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_KEEPIDLE), 5);
  EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
}

TEST(Socket, has_no_keepalive_where_none_is_wanted) {
  Listener listener;
  Result<Socket> socket = Socket::connect(listener.address(), {.keepalive = false}, in(5s));
  ASSERT_TRUE(socket) << socket.error().message;
  char byte;
  EXPECT_EQ(socket->receive(&byte, 1, Deadline::at(base::TimePoint::min())).status, Status::timed_out);
  EXPECT_EQ(option_of(*socket, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option_of(*socket, IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST(Socket, says_at_once_that_a_connection_was_refused) {
  Listener listener;
  const NodeAddress gone = listener.address();
  listener.close();
  const Result<Socket> socket = Socket::connect(gone, {}, in(5s));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::connect_failed);
  EXPECT_NE(socket.error().message.find(to_string(gone)), std::string::npos) << socket.error().message;
  EXPECT_EQ(socket.error().node, gone);
}

TEST(Socket, gives_up_connecting_at_the_deadline) {
  const Listener full(0);
  std::vector<std::unique_ptr<Fd>> fillers;  // until the kernel drops further connection requests
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(std::make_unique<Fd>(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(full.address().port));
    ::connect(fillers.back()->get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  const base::TimePoint before = Clock::now();
  const Result<Socket> socket = Socket::connect(full.address(), {}, in(100ms));
  const base::Duration took = Clock::now() - before;
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::timed_out);
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 1s);
}

TEST(Socket, does_not_begin_to_connect_after_the_deadline) {
  const Listener listener;
  const Result<Socket> socket = Socket::connect(listener.address(), {}, Deadline::at(Clock::now() - 1s));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::timed_out);
}

TEST(Socket, connects_without_a_deadline) {
  const Listener listener;
  EXPECT_TRUE(Socket::connect(listener.address(), {}, Deadline::never()));
}

// The machine may be busy: the best of a few tries must be exact, every try must not be early.
TEST(Socket, ends_receiving_at_the_deadline_neither_before_nor_long_after) {
  ConnectedPair pair;
  for (const auto span : {1ms, 5ms, 15ms, 25ms, 60ms}) {
    base::Duration best = 10s;
    for (int i = 0; i < 5; ++i) {
      char byte = 0;
      const base::TimePoint before = Clock::now();
      ASSERT_EQ(pair.socket.receive(&byte, 1, Deadline::after(before, span)).status, Status::timed_out);
      const base::Duration took = Clock::now() - before;
      ASSERT_GE(took, span);
      best = std::min(best, took);
    }
    EXPECT_LE(best, span + 20ms);
  }
}

TEST(Socket, takes_what_is_there_even_after_the_deadline) {
  ConnectedPair pair;
  pair.peer_says("x");
  char byte = 0;
  EXPECT_EQ(pair.socket.receive(&byte, 1, Deadline::at(Clock::now() - 1s)).status, Status::ok);
}

TEST(Socket, receives_what_comes_long_after_it_began_to_wait) {
  ConnectedPair pair;
  std::thread peer([&] {
    ::poll(nullptr, 0, 60);  // longer than the first blocking wait
    pair.peer_says("late");
  });
  char buffer[16];
  const Socket::Transfer got = pair.socket.receive(buffer, sizeof buffer, Deadline::never());
  peer.join();
  ASSERT_EQ(got.status, Status::ok);
  EXPECT_EQ(std::string(buffer, got.size), "late");
}

TEST(Socket, tells_that_the_peer_has_closed) {
  ConnectedPair pair;
  pair.peer.close();
  char byte = 0;
  const Socket::Transfer got = pair.socket.receive(&byte, 1, in(5s));
  EXPECT_EQ(got.status, Status::closed);
  EXPECT_EQ(Socket::describe(got), "closed by the peer");
}

TEST(Socket, tells_that_the_peer_has_reset) {
  ConnectedPair pair;
  const linger abort_on_close{1, 0};
  ::setsockopt(pair.peer.get(), SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof abort_on_close);
  pair.peer.close();
  char byte = 0;
  const Socket::Transfer got = pair.socket.receive(&byte, 1, in(5s));
  EXPECT_EQ(got.status, Status::closed);
  EXPECT_NE(Socket::describe(got).find("reset"), std::string::npos);
  EXPECT_EQ(pair.socket.send("x").status, Status::closed) << "and no SIGPIPE";
}

TEST(Socket, would_block_when_the_peer_does_not_read_and_goes_on_when_it_does) {
  ConnectedPair pair;
  const std::string chunk(1 << 20, 'x');
  Socket::Transfer sent;
  std::size_t total = 0;
  for (int i = 0; i < 1000 && sent.status == Status::ok; ++i) {
    sent = pair.socket.send(chunk);
    total += sent.size;
  }
  ASSERT_EQ(sent.status, Status::would_block);
  EXPECT_EQ(pair.socket.wait_writable(false, in(20ms)), Status::timed_out);
  std::thread reader([&] {
    std::vector<char> sink(1 << 20);
    for (std::size_t left = total; left > 0;) {
      const ssize_t got = ::recv(pair.peer.get(), sink.data(), sink.size(), 0);
      if (got <= 0) return;
      left -= static_cast<std::size_t>(got);
    }
  });
  EXPECT_EQ(pair.socket.wait_writable(false, in(10s)), Status::ok);
  reader.join();
}

TEST(Socket, ends_waiting_for_room_when_it_may_read_instead) {
  ConnectedPair pair;
  const std::string chunk(1 << 20, 'x');
  for (int i = 0; i < 1000 && pair.socket.send(chunk).status == Status::ok; ++i) {
  }
  pair.peer_says("read me");
  EXPECT_EQ(pair.socket.wait_writable(true, in(10s)), Status::ok);
}

TEST(Socket, wakes_a_receiver_when_it_is_shut_down) {
  ConnectedPair pair;
  Status status = Status::ok;
  std::thread receiver([&] {
    char byte = 0;
    status = pair.socket.receive(&byte, 1, Deadline::never()).status;
  });
  pair.socket.shutdown();
  receiver.join();
  EXPECT_EQ(status, Status::closed);
}

TEST(Socket, may_be_shut_down_and_closed_twice_and_when_never_opened) {
  Socket socket;
  socket.shutdown();
  socket.close();
  ConnectedPair pair;
  pair.socket.shutdown();
  pair.socket.shutdown();
  pair.socket.close();
  pair.socket.close();
  EXPECT_FALSE(pair.socket.is_open());
}

TEST(Socket, gives_its_descriptor_away_when_moved) {
  ConnectedPair pair;
  Socket other = std::move(pair.socket);
  EXPECT_TRUE(other.is_open());
  EXPECT_FALSE(pair.socket.is_open());  // NOLINT: that is the question
}

bool answers(const NodeAddress& address) { return resolve(address, in(10s)).has_value(); }

TEST(Resolver, takes_literal_addresses_without_a_lookup) {
  const auto v4 = resolve({"127.0.0.1", 7000}, Deadline::at(Clock::now() - 1s));
  ASSERT_TRUE(v4);
  ASSERT_EQ(v4->size(), 1u);
  EXPECT_EQ(reinterpret_cast<const sockaddr_in&>((*v4)[0].address).sin_port, htons(7000));
  const auto v6 = resolve({"fd00::1:4", 7000}, Deadline::at(Clock::now() - 1s));
  ASSERT_TRUE(v6);
  EXPECT_EQ((*v6)[0].address.ss_family, AF_INET6);
}

TEST(Resolver, finds_localhost) { EXPECT_TRUE(answers({"localhost", 7000})); }

TEST(Resolver, names_a_host_that_has_no_address) {
  const auto found = resolve({"name.invalid", 7000}, in(20s));
  ASSERT_FALSE(found);
  EXPECT_TRUE(found.error().code == Errc::dns_failed || found.error().code == Errc::timed_out)
      << to_string(found.error());
  EXPECT_NE(found.error().message.find("name.invalid"), std::string::npos);
}

TEST(Resolver, gives_up_a_lookup_at_the_deadline) {
  const base::TimePoint before = Clock::now();
  const auto found = resolve({"another-name.invalid", 7000}, Deadline::at(before));
  ASSERT_FALSE(found);
  EXPECT_LT(Clock::now() - before, 2s);
}

TEST(Resolver, refuses_an_empty_host) {
  const auto found = resolve({"", 7000}, in(1s));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::dns_failed);
}

TEST(Socket, connects_to_an_ipv6_address_and_to_a_name) {
  const Listener listener;
  EXPECT_TRUE(Socket::connect({"localhost", listener.address().port}, {}, in(5s))) << "::1 refuses, 127.0.0.1 accepts";
  const Fd six(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  if (::bind(six.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) GTEST_SKIP() << "no IPv6 here";
  ::listen(six.get(), 4);
  socklen_t size = sizeof address;
  ::getsockname(six.get(), reinterpret_cast<sockaddr*>(&address), &size);
  EXPECT_TRUE(Socket::connect({"::1", ntohs(address.sin6_port)}, {}, in(5s)));
}

}  // namespace
}  // namespace rediscluster::net
