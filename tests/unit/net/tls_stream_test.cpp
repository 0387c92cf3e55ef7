/// The stream by itself, without a socket: bytes in every portion give the same connection.
#include "tls_play.hpp"

#include "net/openssl.hpp"

namespace rediscluster::net {
namespace {

/// The other side over memory: what goes in and what comes out are strings.
class MemoryServer {
 public:
  explicit MemoryServer(std::shared_ptr<SSL_CTX> context = make_context()) : context_(std::move(context)) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }
  /// Servers that have this in common know each other's sessions.
  static std::shared_ptr<SSL_CTX> make_context() {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    const auto read = [](const std::string& text) { return BioPointer(BIO_new_mem_buf(text.data(), -1)); };
    const CertificatePointer certificate(PEM_read_bio_X509(read(local_identity().certificate).get(), nullptr, nullptr, nullptr));
    const KeyPointer key(PEM_read_bio_PrivateKey(read(local_identity().key).get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    return context;
  }
  void feed(std::string_view bytes) {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    if (!SSL_is_init_finished(ssl_.get())) SSL_do_handshake(ssl_.get());
  }
  bool is_ready() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  void say(std::string_view text) { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }
  std::string hear() {
    char buffer[70'000];
    const int got = SSL_read(ssl_.get(), buffer, sizeof buffer);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
  }
  std::string take_output() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &data);
    std::string text(data, size > 0 ? static_cast<std::size_t>(size) : 0);
    (void)BIO_reset(SSL_get_wbio(ssl_.get()));
    return text;
  }

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, FreeBy<SSL_free>> ssl_;
};

/// A client that has shaken hands with a server that sent its bytes in portions of this size.
struct Connection {
  explicit Connection(std::size_t portion) : context(context_of(trusting())), stream(context->open({"127.0.0.1"}, nullptr)) {
    shake_hands(portion);
  }
  /// One of several connections of a client to a server.
  Connection(std::shared_ptr<TlsContext> client, const std::string& name, std::shared_ptr<TlsSessions> sessions, std::shared_ptr<SSL_CTX> at)
      : context(std::move(client)), stream(context->open({name}, std::move(sessions))), server(std::move(at)) {
    shake_hands(1 << 20);
  }
  void shake_hands(std::size_t portion) {
    std::string to_client;
    for (int turn = 0; turn < 20'000; ++turn) {
      const Result<TlsStream::Progress> progress = stream->shake_hands();
      if (!progress) {
        ADD_FAILURE() << progress.error().message;
        return;
      }
      server.feed(stream->unsent());
      stream->sent(stream->unsent().size());
      if (*progress == TlsStream::Progress::done && server.is_ready()) return;
      to_client += server.take_output();
      const std::string some = to_client.substr(0, portion);
      to_client.erase(0, some.size());
      stream->feed(some.data(), some.size());
    }
    ADD_FAILURE() << "the handshake came to no end";
  }
  /// Takes in what the server has sent after the handshake: the sessions of TLS 1.3.
  void read_tickets() {
    const std::string bytes = server.take_output();
    EXPECT_FALSE(bytes.empty()) << "the server gave no session";
    stream->feed(bytes.data(), bytes.size());
    char buffer[64];
    EXPECT_EQ(stream->decrypt(buffer, sizeof buffer).status, TlsStream::Decrypted::Status::wants_bytes);
  }
  std::shared_ptr<TlsContext> context;
  std::unique_ptr<TlsStream> stream;
  MemoryServer server;
};

TEST(TlsStream, a_session_that_an_older_connection_brings_late_does_not_serve_another_name) {
  const auto client = context_of(trusting());
  const auto sessions = std::make_shared<TlsSessions>();
  const auto server = MemoryServer::make_context();
  Connection older(client, "127.0.0.1", sessions, server);
  Connection younger(client, "localhost", sessions, server);
  older.read_tickets();  // now that the store serves another name
  Connection third(client, "localhost", sessions, server);
  EXPECT_FALSE(third.stream->was_resumed()) << "its peer proved itself for 127.0.0.1";
  younger.read_tickets();
  Connection fourth(client, "localhost", sessions, server);
  EXPECT_TRUE(fourth.stream->was_resumed()) << "the play shows nothing";
}

TEST(TlsStream, shakes_hands_with_bytes_in_any_portion) {
  for (const std::size_t portion : {1u, 2u, 3u, 5u, 64u, 1000u, 100'000u}) {
    Connection connection(portion);
    EXPECT_TRUE(connection.server.is_ready()) << portion;
  }
}

TEST(TlsStream, decrypts_at_every_split_of_what_came) {
  // One connection serves all splits: each round trip is two records of the same size.
  Connection connection(100'000);
  const std::string tickets = connection.server.take_output();
  connection.stream->feed(tickets.data(), tickets.size());
  std::string text;
  const auto take_all = [&] {
    char buffer[64];
    for (;;) {
      const TlsStream::Decrypted got = connection.stream->decrypt(buffer, sizeof buffer);
      if (got.status != TlsStream::Decrypted::Status::bytes) return got.status;
      text.append(buffer, got.size);
    }
  };
  std::size_t size = 1;
  for (std::size_t split = 0; split <= size; ++split) {
    connection.server.say("hello");
    connection.server.say(" world");
    const std::string bytes = connection.server.take_output();
    size = bytes.size();
    text.clear();
    connection.stream->feed(bytes.data(), split);
    EXPECT_EQ(take_all(), TlsStream::Decrypted::Status::wants_bytes);
    EXPECT_FALSE(connection.stream->may_have_bytes()) << "half a record is nothing to read yet";
    connection.stream->feed(bytes.data() + split, bytes.size() - split);
    take_all();
    EXPECT_EQ(text, "hello world") << split;
  }
  EXPECT_GT(size, 40u) << "two records with their headers";
}

TEST(TlsStream, sends_one_record_at_a_time_and_counts_it_when_all_of_it_is_out) {
  Connection connection(100'000);
  const std::string text(40'000, 'x');
  std::size_t counted = 0;
  while (counted < text.size()) {
    ASSERT_EQ(connection.stream->encrypt(std::string_view(text).substr(counted)), nullptr);
    while (!connection.stream->unsent().empty()) {
      connection.server.feed(connection.stream->unsent().substr(0, 1000));
      connection.stream->sent(std::min<std::size_t>(1000, connection.stream->unsent().size()));
    }
    const std::size_t now = connection.stream->take_sent_plain();
    EXPECT_LE(now, TlsStream::record_size);
    EXPECT_EQ(connection.server.hear().size(), now) << "the peer can read exactly what counts as sent";
    counted += now;
  }
  EXPECT_EQ(connection.stream->take_sent_plain(), 0u);
}

TEST(TlsStream, a_changed_byte_is_a_failure_with_a_reason) {
  Connection connection(100'000);
  const std::string tickets = connection.server.take_output();
  connection.stream->feed(tickets.data(), tickets.size());
  connection.server.say("hello");
  std::string bytes = connection.server.take_output();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  connection.stream->feed(bytes.data(), bytes.size());
  char buffer[64];
  const TlsStream::Decrypted got = connection.stream->decrypt(buffer, sizeof buffer);
  EXPECT_EQ(got.status, TlsStream::Decrypted::Status::failed);
  ASSERT_NE(got.reason, nullptr);
  EXPECT_NE(std::string(got.reason).find("mac"), std::string::npos) << got.reason;
}

}  // namespace
}  // namespace rediscluster::net
