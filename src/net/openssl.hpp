/// Owners of OpenSSL's objects, and its queue of errors as text. Only for .cpp files of this room.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace rediscluster::net {

template <auto free_it>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};

using BioPointer = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using CertificatePointer = std::unique_ptr<X509, FreeBy<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;

/// Why the last call of this thread failed, from OpenSSL's table of reasons; static text. Empties the queue.
inline const char* take_openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

}  // namespace rediscluster::net
