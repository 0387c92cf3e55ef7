/// Options of TLS: where trust and certificates come from, what is refused, and files that change while we run.
#include "support/messages.hpp"
#include "tls_play.hpp"

namespace rediscluster::net {
namespace {

using test_support::CertificateFolder;

using test_support::contains;

const Identity& client_identity() {
  static const Identity identity = trusted().issue({.name = "the client"});
  return identity;
}

/// Why options are refused.
Error refused(const TlsOptions& options) {
  const auto context = TlsContext::make(options);
  EXPECT_FALSE(context.has_value()) << "the options should have been refused";
  return context ? Error{} : context.error();
}

/// The name that a server sees in our certificate, or why there was no handshake.
std::string name_seen(TlsContext& context, TlsFront& front) {
  Result<Socket> socket = connect(context, front.address());
  if (!socket) return socket.error().message;
  return echo(*socket, "x") == "x" ? front.client_name() : "the server ended the connection";
}

TEST(TlsContext, trusts_a_file_a_folder_or_a_text) {
  CertificateFolder folder;
  const std::string file = folder.put("ca.pem", Authority("another").pem() + trusted().pem());
  folder.put("readme.txt", "nothing");
  TlsFront front({.identity = local_identity()});
  TlsOptions by_file, by_folder, by_text;
  by_file.ca_file = file;
  by_folder.ca_folder = folder.path();
  by_text.ca_pem = trusted().pem();
  for (const TlsOptions& options : {by_file, by_folder, by_text}) {
    const Result<Socket> socket = connect(*context_of(options), front.address());
    EXPECT_TRUE(socket.has_value()) << socket.error().message;
  }
}

TEST(TlsContext, the_systems_authorities_know_nothing_of_ours) {
  TlsFront front({.identity = local_identity()});
  EXPECT_EQ(refusal(*context_of({}), front.address()).code, Errc::tls_failed);
}

TEST(TlsContext, says_who_it_is_with_files_and_with_texts) {
  CertificateFolder folder;
  TlsFront front({.identity = local_identity(), .client_authorities = trusted().pem()});
  TlsOptions by_files = trusting(), by_one_file = trusting(), by_texts = trusting(), encrypted = trusting();
  by_files.certificate_file = folder.put("client.crt", client_identity().certificate);
  by_files.key_file = folder.put("client.key", client_identity().key);
  by_one_file.certificate_file = folder.put("both.pem", client_identity().certificate + client_identity().key);
  by_texts.certificate_pem = client_identity().certificate;
  by_texts.key_pem = client_identity().key;
  encrypted.certificate_pem = client_identity().certificate;
  encrypted.key_pem = test_support::encrypted_key(client_identity(), "canary");
  encrypted.key_password = "canary";
  for (const TlsOptions& options : {by_files, by_one_file, by_texts, encrypted}) {
    EXPECT_EQ(name_seen(*context_of(options), front), "the client");
  }
}

TEST(TlsContext, a_server_that_wants_a_certificate_says_so_at_once_or_with_the_first_read) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsFront front({.identity = local_identity(), .client_authorities = trusted().pem(), .min_version = version, .max_version = version});
    const auto context = context_of(trusting());
    Result<Socket> socket = connect(*context, front.address());
    std::string message = socket ? "" : socket.error().message;
    if (socket) {  // TLS 1.3: our side of the handshake is over before the server looks at it
      char buffer[16];
      const Socket::Transfer got = socket->receive(buffer, sizeof buffer, in(5s));
      EXPECT_EQ(got.status, Status::failed);
      message = Socket::describe(got);
    }
    EXPECT_TRUE(contains(message, "tls.certificate_file")) << message;
    EXPECT_EQ(front.plain_bytes(), 0u);
  }
}

TEST(TlsContext, refuses_options_with_the_reason_and_without_secrets) {
  CertificateFolder folder;
  const std::string nothing = folder.put("nothing.pem", "nothing");
  const Identity other = trusted().issue({.name = "other"});
  const auto check = [](const std::function<void(TlsOptions&)>& change, const std::string& reason) {
    TlsOptions options = trusting();
    change(options);
    const Error error = refused(options);
    EXPECT_EQ(error.code, Errc::bad_option);
    EXPECT_TRUE(contains(error.message, reason)) << error.message;
    EXPECT_FALSE(contains(error.message, "canary")) << error.message;
  };
  check([&](auto& o) { o.ca_file = "/no/such/file"; }, "tls.ca_file: cannot read \"/no/such/file\": No such file");
  check([&](auto& o) { o.ca_file = nothing; }, "holds no certificate");
  check([&](auto& o) { o.ca_folder = "/no/such/folder"; }, "tls.ca_folder: cannot read");
  check([&](auto& o) { o.ca_pem = "nothing"; }, "tls.ca_pem: holds no certificate");
  check([&](auto& o) { o.key_pem = client_identity().key; }, "a key is given without its certificate");
  check([&](auto& o) { o.certificate_pem = "nothing"; }, "tls.certificate_pem: holds no certificate");
  check([&](auto& o) { o.certificate_pem = client_identity().certificate; }, "tls.certificate_pem: holds no private key");
  check([&](auto& o) { o.certificate_pem = client_identity().certificate; o.key_pem = other.key; }, "tls.key_pem: the key does not belong to the certificate");
  check([&](auto& o) { o.certificate_pem = client_identity().certificate; o.key_file = nothing; }, "holds no private key");
  check([&](auto& o) {
    o.certificate_pem = client_identity().certificate;
    o.key_pem = test_support::encrypted_key(client_identity(), "right");
    o.key_password = "canary";
  }, "tls.key_password does not open it");
  check([&](auto& o) { o.certificate_pem = client_identity().certificate; o.key_pem = test_support::encrypted_key(client_identity(), "canary"); },
        "tls.key_password does not open it");
  check([&](auto& o) { o.min_version = TlsVersion::tls1_3; o.max_version = TlsVersion::tls1_2; }, "tls.min_version: is above tls.max_version");
  check([&](auto& o) { o.ciphers = "NO-SUCH-CIPHER"; }, "tls.ciphers: \"NO-SUCH-CIPHER\"");
  check([&](auto& o) { o.ciphersuites = "NO_SUCH_SUITE"; }, "tls.ciphersuites: \"NO_SUCH_SUITE\"");
}

TEST(TlsContext, versions_and_ciphers_are_bounds) {
  TlsFront old({.identity = local_identity(), .max_version = TLS1_2_VERSION});
  TlsOptions only_new = trusting();
  only_new.min_version = TlsVersion::tls1_3;
  const std::string message = refusal(*context_of(only_new), old.address()).message;
  EXPECT_TRUE(contains(message, "tls.min_version")) << message;

  TlsFront young({.identity = local_identity(), .min_version = TLS1_3_VERSION});
  TlsOptions only_old = trusting();
  only_old.max_version = TlsVersion::tls1_2;
  refusal(*context_of(only_old), young.address());

  TlsFront picky({.identity = local_identity(), .max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"});
  TlsOptions other_cipher = trusting();
  other_cipher.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  const std::string no_cipher = refusal(*context_of(other_cipher), picky.address()).message;
  EXPECT_TRUE(contains(no_cipher, "tls.ciphers")) << no_cipher;
}

TEST(TlsContext, reads_a_new_certificate_with_the_next_connection) {
  CertificateFolder folder;
  TlsFront front({.identity = local_identity(), .client_authorities = trusted().pem()});
  TlsOptions options = trusting();
  options.certificate_file = folder.put("client.pem", client_identity().certificate + client_identity().key);
  const auto context = context_of(options);
  EXPECT_EQ(name_seen(*context, front), "the client");
  const Identity renewed = trusted().issue({.name = "the renewed client"});
  folder.put("client.pem", renewed.certificate + renewed.key);
  EXPECT_EQ(name_seen(*context, front), "the renewed client");
  EXPECT_EQ(name_seen(*context, front), "the renewed client");
  EXPECT_EQ(context->reloads(), 1) << "files that have not changed are not read again";
}

TEST(TlsContext, trusts_a_new_authority_with_the_next_connection) {
  CertificateFolder folder;
  const Authority next("next authority");
  TlsOptions options;
  options.ca_file = folder.put("ca.pem", trusted().pem());
  const auto context = context_of(options);
  TlsFront front({.identity = next.issue({.addresses = {"127.0.0.1"}})});
  refusal(*context, front.address());
  folder.put("ca.pem", trusted().pem() + next.pem());
  EXPECT_TRUE(connect(*context, front.address()).has_value());
}

TEST(TlsContext, trouble_with_new_files_is_news_once_for_each_reason) {
  CertificateFolder folder;
  TlsOptions options = trusting();
  options.ca_pem.clear();
  options.ca_file = folder.put("ca.pem", trusted().pem());
  const auto context = context_of(options);
  const auto news = [&] {
    context->open({"127.0.0.1"}, nullptr);  // looks at the files
    return context->take_new_trouble();
  };
  EXPECT_EQ(news(), "");
  folder.put("ca.pem", "nothing");
  EXPECT_TRUE(contains(news(), "holds no certificate"));
  EXPECT_EQ(news(), "");
  std::filesystem::remove(folder.path() / "ca.pem");
  EXPECT_TRUE(contains(news(), "No such file"));
  EXPECT_EQ(news(), "");
  folder.put("ca.pem", trusted().pem());
  EXPECT_EQ(news(), "");
  folder.put("ca.pem", "nothing");
  EXPECT_TRUE(contains(news(), "holds no certificate")) << "the same trouble, but another time";
}

TEST(TlsContext, a_broken_new_file_leaves_the_old_one_in_force_and_is_told) {
  CertificateFolder folder;
  TlsFront front({.identity = local_identity(), .client_authorities = trusted().pem()});
  const Identity renewed = trusted().issue({.name = "the renewed client"});
  TlsOptions options = trusting();
  options.certificate_file = folder.put("client.crt", client_identity().certificate);
  options.key_file = folder.put("client.key", client_identity().key);
  const auto context = context_of(options);
  // when the certificate is there before its key
  folder.put("client.crt", renewed.certificate);
  EXPECT_EQ(name_seen(*context, front), "the client");
  EXPECT_TRUE(contains(context->trouble(), "the key does not belong to the certificate")) << context->trouble();
  // when a file is gone
  std::filesystem::remove(folder.path() / "client.crt");
  EXPECT_EQ(name_seen(*context, front), "the client");
  EXPECT_TRUE(contains(context->trouble(), "No such file")) << context->trouble();
  // then both are there, and all is well
  folder.put("client.crt", renewed.certificate);
  folder.put("client.key", renewed.key);
  EXPECT_EQ(name_seen(*context, front), "the renewed client");
  EXPECT_EQ(context->trouble(), "");
}

}  // namespace
}  // namespace rediscluster::net
