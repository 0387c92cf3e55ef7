#include "net/tls_context.hpp"

#include "net/openssl.hpp"
#include "net/tls_material.hpp"

#include <array>
#include <new>
#include <utility>

namespace rediscluster::net {

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsOptions& options) {
  std::shared_ptr<TlsContext> context(new TlsContext(options));
  context->stamps_ = context->look_at_files();
  const Result<SSL_CTX*> made = make_ssl_context(options);
  if (!made) return fail(made.error());
  context->current_ = *made;
  if (options.session_resumption) TlsSessions::collect_from(*made);
  return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(current_); }

TlsContext::Stamps TlsContext::look_at_files() const {
  Stamps stamps;
  for (const std::string& path : std::array{options_.ca_file, options_.ca_folder, options_.certificate_file, options_.key_file}) {
    if (path.empty()) continue;
    Stamp& stamp = stamps.emplace_back();
    std::error_code trouble;
    const auto time = std::filesystem::last_write_time(path, trouble);  // of what a link points to
    if (trouble) continue;
    stamp.time = time.time_since_epoch().count();
    const std::uintmax_t size = std::filesystem::file_size(path, trouble);
    if (!trouble) stamp.size = size;  // a folder has none
  }
  return stamps;
}

void TlsContext::reload_if_changed() {
  Stamps stamps = look_at_files();
  {
    std::lock_guard lock{mutex_};
    // What was refused is tried again each time: a certificate may have been there before its key.
    if (stamps == stamps_ && trouble_.empty()) return;
  }
  const Result<SSL_CTX*> made = make_ssl_context(options_);
  std::lock_guard lock{mutex_};
  stamps_ = std::move(stamps);
  if (!made) {
    trouble_ = made.error().message;
    return;
  }
  if (options_.session_resumption) TlsSessions::collect_from(*made);
  SSL_CTX_free(std::exchange(current_, *made));
  trouble_.clear();
  ++reloads_;
}

std::unique_ptr<TlsStream> TlsContext::open(const std::vector<std::string>& names, std::shared_ptr<TlsSessions> sessions) {
  reload_if_changed();
  // Sessions are for one set of names and certificates.
  std::string purpose;
  for (const std::string& name : names) purpose += name + " ";
  std::unique_ptr<TlsIdentity> identity;
  if (!options_.insecure_no_verification) {
    identity = std::make_unique<TlsIdentity>(options_.insecure_no_name_check ? std::vector<std::string>{} : names);
  }
  SSL* ssl = nullptr;
  {
    std::lock_guard lock{mutex_};
    purpose += std::to_string(reloads_);
    ssl = SSL_new(current_);
  }
  if (ssl == nullptr) throw std::bad_alloc();
  if (!options_.session_resumption) sessions = nullptr;
  auto stream = std::make_unique<TlsStream>(ssl, std::move(identity), std::move(sessions));
  stream->ask_for(name_to_ask_for(names));
  stream->use_sessions_for(purpose);
  return stream;
}

std::string TlsContext::trouble() const {
  std::lock_guard lock{mutex_};
  return trouble_;
}

std::string TlsContext::take_new_trouble() {
  std::lock_guard lock{mutex_};
  if (trouble_ == told_trouble_) return {};
  return told_trouble_ = trouble_;
}

int TlsContext::reloads() const {
  std::lock_guard lock{mutex_};
  return reloads_;
}

}  // namespace rediscluster::net
