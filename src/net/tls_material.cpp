#include "net/tls_material.hpp"

#include "net/openssl.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace rediscluster::net {
namespace {

using ContextPointer = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;

Failure bad(const std::string& option, const std::string& what) { return fail(Errc::bad_option, "tls." + option + ": " + what); }

// The PEM text of an option that is a file or the text itself.
struct Source {
  std::string option;
  std::string text;
};

Result<std::string> read_file(const std::string& option, const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return bad(option, "cannot read \"" + path + "\": " + (errno == 0 ? "it is no file with anything in it" : std::strerror(errno)));
  }
  return text.str();
}

Result<Source> source_of(const std::string& name, const std::string& file, const std::string& pem) {
  if (file.empty()) return Source{name + "_pem", pem};
  Result<std::string> text = read_file(name + "_file", file);
  if (!text) return fail(std::move(text.error()));
  return Source{name + "_file \"" + file + "\"", std::move(*text)};
}

BioPointer reader_of(const std::string& text) { return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Nobody sits at a terminal: without this OpenSSL would ask him for the password of a certificate file.
int no_password(char*, int, int, void*) { return 0; }

int give_password(char* buffer, int size, int, void* data) {
  const auto& password = *static_cast<const std::string*>(data);
  if (password.empty() || static_cast<int>(password.size()) > size) return 0;
  std::memcpy(buffer, password.data(), password.size());
  return static_cast<int>(password.size());
}

// All certificates of a PEM text, in order.
std::vector<CertificatePointer> certificates_in(const std::string& text) {
  std::vector<CertificatePointer> found;
  const BioPointer reader = reader_of(text);
  while (X509* certificate = PEM_read_bio_X509_AUX(reader.get(), nullptr, no_password, nullptr)) found.emplace_back(certificate);
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return found;
}

// Returns how many were added.
std::size_t trust(SSL_CTX* context, const std::string& text) {
  const std::vector<CertificatePointer> found = certificates_in(text);
  for (const CertificatePointer& each : found) X509_STORE_add_cert(SSL_CTX_get_cert_store(context), each.get());
  ERR_clear_error();
  return found.size();
}

Result<void> trust_folder(SSL_CTX* context, const std::string& folder) {
  std::size_t added = 0;
  std::error_code trouble;
  for (std::filesystem::directory_iterator entry(folder, trouble), end; !trouble && entry != end; entry.increment(trouble)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    if (const Result<std::string> text = read_file("ca_folder", entry->path().string())) added += trust(context, *text);
  }
  if (trouble) return bad("ca_folder", "cannot read \"" + folder + "\": " + trouble.message());
  if (added == 0) return bad("ca_folder", "no file in \"" + folder + "\" holds a certificate in PEM");
  return {};
}

Result<void> set_trust(SSL_CTX* context, const TlsOptions& options) {
  if (!options.ca_file.empty()) {
    const Result<std::string> text = read_file("ca_file", options.ca_file);
    if (!text) return fail(text.error());
    if (trust(context, *text) == 0) return bad("ca_file", "\"" + options.ca_file + "\" holds no certificate in PEM");
  }
  if (!options.ca_pem.empty() && trust(context, options.ca_pem) == 0) return bad("ca_pem", "holds no certificate");
  if (!options.ca_folder.empty()) return trust_folder(context, options.ca_folder);
  if (options.ca_file.empty() && options.ca_pem.empty()) SSL_CTX_set_default_verify_paths(context);
  return {};
}

Result<void> set_certificate(SSL_CTX* context, const Source& source) {
  const std::vector<CertificatePointer> chain = certificates_in(source.text);
  if (chain.empty()) return bad(source.option, "holds no certificate in PEM");
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) return bad(source.option, take_openssl_reason());
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
  return {};
}

Result<void> set_key(SSL_CTX* context, const Source& source, std::string password) {
  const BioPointer reader = reader_of(source.text);
  const KeyPointer key(PEM_read_bio_PrivateKey(reader.get(), nullptr, give_password, &password));
  OPENSSL_cleanse(password.data(), password.size());
  if (!key) {
    const bool is_encrypted = source.text.find("ENCRYPTED") != std::string::npos;
    ERR_clear_error();
    return bad(source.option, is_encrypted ? "the key is encrypted, and tls.key_password does not open it" : "holds no private key in PEM");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return bad(source.option, "the key does not belong to the certificate");
  }
  return {};
}

Result<void> set_own_certificate(SSL_CTX* context, const TlsOptions& options) {
  const bool from_file = !options.certificate_file.empty();
  const bool has_key = !options.key_file.empty() || !options.key_pem.empty();
  if (!from_file && options.certificate_pem.empty()) return has_key ? bad("key", "a key is given without its certificate") : Result<void>{};
  Result<Source> certificate = source_of("certificate", options.certificate_file, options.certificate_pem);
  if (!certificate) return fail(std::move(certificate.error()));
  if (Result<void> set = set_certificate(context, *certificate); !set) return set;
  if (!has_key) return set_key(context, *certificate, options.key_password);
  Result<Source> key = source_of("key", options.key_file, options.key_pem);
  if (!key) return fail(std::move(key.error()));
  Result<void> set = set_key(context, *key, options.key_password);
  OPENSSL_cleanse(key->text.data(), key->text.size());
  return set;
}

int number_of(TlsVersion version) { return version == TlsVersion::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION; }

Result<void> set_protocol(SSL_CTX* context, const TlsOptions& options) {
  if (options.min_version > options.max_version) return bad("min_version", "is above tls.max_version");
  SSL_CTX_set_min_proto_version(context, number_of(options.min_version));
  SSL_CTX_set_max_proto_version(context, number_of(options.max_version));
  // A peer that starts anew in mid-stream is either very old or up to something.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds little
  if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1) {
    return bad("ciphers", "\"" + options.ciphers + "\" names no cipher of TLS 1.2 that this OpenSSL allows");
  }
  if (!options.ciphersuites.empty() && SSL_CTX_set_ciphersuites(context, options.ciphersuites.c_str()) != 1) {
    return bad("ciphersuites", "\"" + options.ciphersuites + "\" names a suite of TLS 1.3 that this OpenSSL does not know");
  }
  ERR_clear_error();
  return {};
}

}  // namespace

Result<SSL_CTX*> make_ssl_context(const TlsOptions& options) {
  ContextPointer context(SSL_CTX_new(TLS_client_method()));
  if (!context) return bad("enabled", std::string("OpenSSL cannot be used: ") + take_openssl_reason());
  if (Result<void> set = set_protocol(context.get(), options); !set) return fail(std::move(set.error()));
  if (Result<void> set = set_trust(context.get(), options); !set) return fail(std::move(set.error()));
  if (Result<void> set = set_own_certificate(context.get(), options); !set) return fail(std::move(set.error()));
  return context.release();
}

}  // namespace rediscluster::net
