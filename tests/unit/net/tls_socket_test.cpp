/// Sockets that speak TLS: what send(), receive() and wait_writable() promise holds for plain bytes.
#include "support/listener.hpp"
#include "tls_play.hpp"

#include <numeric>
#include <thread>

#include <rediscluster/testing/wait_until.hpp>

namespace rediscluster::net {
namespace {

using rediscluster::testing::wait_until;
using test_support::Fd;
using test_support::Listener;

/// A client that trusts a front, which sends everything back.
struct EchoPair {
  explicit EchoPair(TlsFrontOptions front_options = {}, const TlsOptions& options = trusting())
      : front(with_identity(std::move(front_options))), context(context_of(options)) {
    Result<Socket> made = connect(*context, front.address());
    if (made) socket = std::move(*made);
    else ADD_FAILURE() << made.error().message;
  }
  static TlsFrontOptions with_identity(TlsFrontOptions options) {
    options.identity = local_identity();
    return options;
  }
  TlsFront front;
  std::shared_ptr<TlsContext> context;
  Socket socket;
};

// 7 does not divide the size of a record: what is mixed up shows.
std::string long_text(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 7 + i / 1000 % 13);
  return text;
}

TEST(TlsSocket, carries_bytes_both_ways_with_both_versions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EchoPair pair({.min_version = version, .max_version = version});
    EXPECT_EQ(echo(pair.socket, "hello"), "hello");
    EXPECT_EQ(echo(pair.socket, long_text(100'000)), long_text(100'000));
    EXPECT_EQ(pair.front.plain_bytes(), 100'005u);
  }
}

TEST(TlsSocket, a_byte_counts_as_sent_when_its_whole_record_is_on_its_way) {
  // given a peer that sends back what nobody reads, until it takes no more
  EchoPair pair;
  const std::string text = long_text(48 * 1024 * 1024);
  std::size_t sent = 0;
  for (;;) {
    const Socket::Transfer transfer = pair.socket.send(std::string_view(text).substr(sent));
    sent += transfer.size;
    if (transfer.status == Status::would_block) {
      EXPECT_EQ(transfer.size, 0u);
      if (pair.socket.wait_writable(false, in(300ms)) == Status::timed_out) break;
      continue;
    }
    ASSERT_EQ(transfer.status, Status::ok) << Socket::describe(transfer);
    ASSERT_LT(sent, text.size()) << "the kernel took everything";
    EXPECT_EQ(sent % TlsStream::record_size, 0u);
  }
  // then what counts as sent comes whole, and the rest can follow when there is room again
  std::string received;
  char buffer[65536];
  const Deadline deadline = in(40s);
  while (received.size() < text.size() && !deadline.passed(Clock::now())) {
    const Socket::Transfer got = pair.socket.receive(buffer, sizeof buffer, in(10ms));
    if (got.status == Status::ok) received.append(buffer, got.size);
    if (sent == text.size()) continue;
    const Socket::Transfer more = pair.socket.send(std::string_view(text).substr(sent));
    sent += more.size;
    ASSERT_TRUE(more.status == Status::ok || more.status == Status::would_block) << Socket::describe(more);
  }
  EXPECT_EQ(sent, text.size());
  EXPECT_TRUE(received == text) << received.size() << " bytes came";
}

TEST(TlsSocket, one_thread_sends_beside_one_that_receives) {
  EchoPair pair;
  const std::string text = long_text(3'000'000);
  std::thread sender([&] { send_all(pair.socket, text); });
  const std::string received = receive_all(pair.socket, text.size());
  sender.join();
  EXPECT_TRUE(received == text) << received.size() << " bytes came";
}

TEST(TlsSocket, a_past_deadline_still_gives_what_has_been_decrypted) {
  EchoPair pair;
  send_all(pair.socket, "12345678");
  ASSERT_EQ(receive_all(pair.socket, 4), "1234");
  // The other half of the record is inside TLS; the kernel has nothing any more.
  EXPECT_EQ(pair.socket.wait_writable(true, in(5s)), Status::ok);
  char buffer[16];
  const Socket::Transfer rest = pair.socket.receive(buffer, sizeof buffer, past);
  ASSERT_EQ(rest.status, Status::ok);
  EXPECT_EQ(std::string(buffer, rest.size), "5678");
  EXPECT_EQ(pair.socket.receive(buffer, sizeof buffer, past).status, Status::timed_out);
}

TEST(TlsSocket, a_receive_without_bytes_ends_at_its_deadline) {
  EchoPair pair;
  char buffer[16];
  const auto begin = Clock::now();
  EXPECT_EQ(pair.socket.receive(buffer, sizeof buffer, in(50ms)).status, Status::timed_out);
  EXPECT_GE(Clock::now() - begin, 50ms);
  EXPECT_LT(Clock::now() - begin, 2s);
}

TEST(TlsSocket, an_end_without_close_notify_is_an_end_and_so_is_one_with) {
  for (const bool with_notify : {false, true}) {
    EchoPair pair;
    send_all(pair.socket, "last");
    ASSERT_TRUE(wait_until([&] { return pair.front.plain_bytes() == 4; }, 5s));
    pair.front.cut(with_notify);
    EXPECT_EQ(receive_all(pair.socket, 4), "last") << "what came before the end belongs to us";
    char buffer[16];
    EXPECT_EQ(pair.socket.receive(buffer, sizeof buffer, in(5s)).status, Status::closed);
  }
}

TEST(TlsSocket, goes_on_through_changes_of_keys) {
  EchoPair pair;
  for (int i = 0; i < 5; ++i) {
    pair.front.update_keys();
    const std::string text = "round " + std::to_string(i);
    EXPECT_EQ(echo(pair.socket, text), text);
  }
}

TEST(TlsSocket, a_server_that_wants_to_renegotiate_does_not_hang_it) {
  EchoPair pair({.max_version = TLS1_2_VERSION});
  ASSERT_EQ(echo(pair.socket, "before"), "before");
  pair.front.renegotiate();
  char buffer[64];
  // Refused: then the server goes on without, or ends the connection. Neither takes longer than the deadline.
  const auto begin = Clock::now();
  pair.socket.send("after");
  const Socket::Transfer got = pair.socket.receive(buffer, sizeof buffer, in(5s));
  EXPECT_TRUE(got.status == Status::ok || got.status == Status::closed || got.status == Status::failed) << static_cast<int>(got.status);
  EXPECT_LT(Clock::now() - begin, 5s);
  EXPECT_EQ(pair.front.handshakes(), 1);
}

TEST(TlsSocket, shutdown_wakes_the_thread_that_receives) {
  EchoPair pair;
  std::thread ending([&] { pair.socket.shutdown(); });
  char buffer[16];
  EXPECT_EQ(pair.socket.receive(buffer, sizeof buffer, in(10s)).status, Status::closed);
  ending.join();
}

TEST(TlsSocket, a_silent_peer_costs_the_deadline_and_no_more) {
  const Listener listener;  // the kernel accepts for it
  const NodeAddress silent = listener.address();
  const auto context = context_of(trusting());

  auto begin = Clock::now();
  const Error late = refusal(*context, silent, {"127.0.0.1"}, in(60ms));
  EXPECT_EQ(late.code, Errc::timed_out);
  EXPECT_NE(late.message.find("does this port speak TLS?"), std::string::npos) << late.message;
  EXPECT_LT(Clock::now() - begin, 2s);

  // and a client that is closed meanwhile does not wait even that long
  std::atomic<bool> interrupted{false};
  SocketOptions options;
  options.interrupts.closing = &interrupted;
  std::thread closing([&] {
    std::this_thread::sleep_for(30ms);
    interrupted = true;
  });
  begin = Clock::now();
  refusal(*context, silent, {"127.0.0.1"}, in(30s), options);
  EXPECT_LT(Clock::now() - begin, 10s);
  closing.join();
}

TEST(TlsSocket, a_peer_that_speaks_plain_text_is_told_apart) {
  const Listener listener;
  std::thread server([&] {
    const Fd fd(listener.accept());
    const std::string greeting = "-DENIED who are you?\r\n";
    ::send(fd.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL);
    char buffer[512];
    while (::recv(fd.get(), buffer, sizeof buffer, 0) > 0) {
    }
  });
  const auto context = context_of(trusting());
  const Error error = refusal(*context, listener.address());
  EXPECT_EQ(error.code, Errc::tls_failed);
  EXPECT_NE(error.message.find("does not speak TLS on this port"), std::string::npos) << error.message;
  server.join();
}

TEST(TlsSocket, comes_back_without_a_full_handshake) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsFront front({.identity = local_identity(), .min_version = version, .max_version = version});
    const auto context = context_of(trusting());
    const auto sessions = std::make_shared<TlsSessions>();
    for (int i = 0; i < 4; ++i) {
      Result<Socket> socket = connect(*context, front.address(), {"127.0.0.1"}, sessions);
      ASSERT_TRUE(socket.has_value()) << socket.error().message;
      ASSERT_EQ(echo(*socket, "x"), "x");  // tickets of TLS 1.3 come with the first bytes
    }
    EXPECT_EQ(front.handshakes(), 4);
    EXPECT_EQ(front.resumed(), 3);
  }
}

TEST(TlsSocket, a_session_serves_only_who_expects_the_same_name) {
  TlsFront front({.identity = local_identity()});
  const auto context = context_of(trusting());
  const auto sessions = std::make_shared<TlsSessions>();
  Result<Socket> first = connect(*context, front.address(), {"127.0.0.1"}, sessions);
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(echo(*first, "x"), "x");
  Result<Socket> other = connect(*context, front.address(), {"a.example"}, sessions);
  ASSERT_FALSE(other.has_value()) << "resumed for a name that was never verified";
  EXPECT_EQ(front.resumed(), 0);
}

TEST(TlsSocket, resumption_can_be_turned_off) {
  TlsFront front({.identity = local_identity()});
  TlsOptions options = trusting();
  options.session_resumption = false;
  const auto context = context_of(options);
  const auto sessions = std::make_shared<TlsSessions>();
  for (int i = 0; i < 2; ++i) {
    Result<Socket> socket = connect(*context, front.address(), {"127.0.0.1"}, sessions);
    ASSERT_TRUE(socket.has_value());
    ASSERT_EQ(echo(*socket, "x"), "x");
  }
  EXPECT_EQ(front.resumed(), 0);
}

}  // namespace
}  // namespace rediscluster::net
