/// Certificates, keys and settings of TlsOptions put into an OpenSSL context. Reads files. Any thread.
#pragma once

#include <rediscluster/result.hpp>
#include <rediscluster/options/tls.hpp>

using SSL_CTX = struct ssl_ctx_st;

namespace rediscluster::net {

/// A new context for client connections; the caller frees it.
/// Errors: Errc::bad_option naming the option, the file and the reason; no key and no password.
Result<SSL_CTX*> make_ssl_context(const TlsOptions& options);

}  // namespace rediscluster::net
