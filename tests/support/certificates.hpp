/// Certificates made while the test runs: an authority, and what it signs. Tests only. Throws std::runtime_error.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <rediscluster/testing/local_server.hpp>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace test_support {

/// A certificate and its key, in PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

struct CertificateRequest {
  std::string name = "node";                ///< Common name.
  std::vector<std::string> hosts{};         ///< Subject alternative names: DNS.
  std::vector<std::string> addresses{};     ///< Subject alternative names: IP.
  long valid_from = -3600;                  ///< Seconds from now.
  long valid_until = 24 * 3600;             ///< Likewise.
};

namespace detail {

template <class T>
T* must(T* made) {
  if (made == nullptr) throw std::runtime_error("OpenSSL could not make a certificate");
  return made;
}

template <class Write>
std::string pem_of(Write&& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(must(BIO_new(BIO_s_mem())), BIO_free);
  write(memory.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline void extend(X509* certificate, X509* issuer, int extension, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* made = must(X509V3_EXT_conf_nid(nullptr, &context, extension, value.c_str()));
  X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

inline Key make_key() { return {must(EVP_EC_gen("P-256")), EVP_PKEY_free}; }

inline Certificate make_certificate(const CertificateRequest& request, const Key& key, bool is_authority, X509* issuer, const Key& issuer_key) {
  static std::atomic<long> serial{::getpid() * 1000L};
  const Certificate made(must(X509_new()), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), request.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), request.valid_until);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(request.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer == nullptr ? made.get() : issuer));
  X509* signer = issuer == nullptr ? made.get() : issuer;
  if (is_authority) extend(made.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
  std::string names;
  for (const std::string& host : request.hosts) names += (names.empty() ? "DNS:" : ",DNS:") + host;
  for (const std::string& address : request.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  if (!names.empty()) extend(made.get(), signer, NID_subject_alt_name, names);
  X509_sign(made.get(), issuer_key.get(), EVP_sha256());
  return made;
}

inline Identity as_pem(const Certificate& certificate, const Key& key) {
  return {pem_of([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); }),
          pem_of([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace detail

/// Signs certificates.
class Authority {
 public:
  explicit Authority(const std::string& name = "test authority")
      : key_(detail::make_key()), certificate_(detail::make_certificate({.name = name}, key_, true, nullptr, key_)) {}

  std::string pem() const { return detail::as_pem(certificate_, key_).certificate; }
  Identity issue(const CertificateRequest& request) const {
    const detail::Key key = detail::make_key();
    return detail::as_pem(detail::make_certificate(request, key, false, certificate_.get(), key_), key);
  }

 private:
  detail::Key key_;
  detail::Certificate certificate_;
};

inline Identity self_signed(const CertificateRequest& request) {
  const detail::Key key = detail::make_key();
  return detail::as_pem(detail::make_certificate(request, key, false, nullptr, key), key);
}

/// The key in PEM, to be opened with a password.
inline std::string encrypted_key(const Identity& identity, const std::string& password) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(identity.key.data(), -1), BIO_free);
  const detail::Key key(detail::must(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)), EVP_PKEY_free);
  return detail::pem_of([&](BIO* out) {
    PEM_write_bio_PKCS8PrivateKey(out, key.get(), EVP_aes_128_cbc(), password.data(), static_cast<int>(password.size()), nullptr, nullptr);
  });
}

/// A folder of its own for certificates, removed at the end.
class CertificateFolder {
 public:
  CertificateFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "rediscluster-certificates-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = path;
  }
  ~CertificateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file as careful programs do: beside the old one, then in its place.
  std::filesystem::path put(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::ofstream(file.string() + ".new", std::ios::binary) << text;
    std::filesystem::rename(file.string() + ".new", file);
    return file;
  }
  /// What a server needs: NAME.crt, NAME.key and NAME.ca.
  rediscluster::testing::TlsFiles put_server(const std::string& name, const Identity& identity, const std::string& authorities) const {
    return {put(name + ".crt", identity.certificate), put(name + ".key", identity.key), put(name + ".ca", authorities)};
  }

 private:
  std::filesystem::path path_;
};

}  // namespace test_support
