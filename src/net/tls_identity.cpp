#include "net/tls_identity.hpp"

#include "net/network.hpp"
#include "net/openssl.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <ctime>

namespace rediscluster::net {
namespace {

constexpr int most_names = 5;             // of a certificate, in a message
constexpr std::size_t longest_name = 80;  // likewise

int identity_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// What a stranger wrote into his certificate, fit for a message.
std::string printable(const unsigned char* bytes, int size) {
  std::string text;
  for (int i = 0; i < size && text.size() < longest_name; ++i) {
    const bool is_plain = bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != '\'';
    text += is_plain ? static_cast<char>(bytes[i]) : '?';
  }
  return text;
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(address);
  if (size == 4 || size == 16) ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text);
  return text;
}

std::string common_name(X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return printable(ASN1_STRING_get0_data(name), ASN1_STRING_length(name));
}

// "'a.example', '*.b.example' and 3 more"
std::string names_in(X509* certificate) {
  std::string text;
  int count = 0;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && ++count <= most_names) text += (text.empty() ? "'" : ", '") + name + "'";
  };
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) add(printable(ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName)));
    if (name->type == GEN_IPADD) add(address_text(name->d.iPAddress));
  }
  GENERAL_NAMES_free(names);
  if (count == 0) add(common_name(certificate));
  if (count == 0) return "no name at all";
  return count > most_names ? text + " and " + std::to_string(count - most_names) + " more" : text;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : " or '") + name + "'";
  return text;
}

std::string time_text(const ASN1_TIME* time) {
  tm parts{};
  char text[32];
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown time";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

// A certificate is for an address on any interface.
std::string without_zone(std::string host) {
  take_zone(host);
  return host;
}

}  // namespace

bool is_ip_address(const std::string& host) {
  unsigned char bytes[16];
  const std::string address = without_zone(host);
  return ::inet_pton(AF_INET, address.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

std::string name_to_ask_for(const std::vector<std::string>& names) {
  const auto name = std::find_if(names.begin(), names.end(), [](const std::string& each) { return !is_ip_address(each); });
  return name == names.end() ? std::string() : *name;
}

void TlsIdentity::attach(SSL* ssl) {
  SSL_set_ex_data(ssl, identity_index(), this);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, on_certificate);
}

// Called for each certificate of the chain, the peer's own last; a chain that is no good has `accepted` 0.
int TlsIdentity::on_certificate(int accepted, X509_STORE_CTX* context) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<TlsIdentity*>(SSL_get_ex_data(ssl, identity_index()));
  if (accepted == 1 && X509_STORE_CTX_get_error_depth(context) == 0 && !self->bears_a_name(context)) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
    accepted = 0;
  }
  if (accepted != 1) self->explain(context);
  return accepted;
}

bool TlsIdentity::bears_a_name(X509_STORE_CTX* context) const {
  X509* certificate = X509_STORE_CTX_get0_cert(context);
  return names_.empty() || std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
           if (is_ip_address(name)) return X509_check_ip_asc(certificate, without_zone(name).c_str(), 0) == 1;
           return X509_check_host(certificate, name.data(), name.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
         });
}

void TlsIdentity::explain(X509_STORE_CTX* context) {
  X509* certificate = X509_STORE_CTX_get_current_cert(context);
  if (certificate == nullptr) certificate = X509_STORE_CTX_get0_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  const std::string trust = ": set tls.ca_file, ca_folder or ca_pem to the authority that signed it";
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
      refusal_ = "is for " + names_in(certificate) + ", not for " + quoted(names_) +
                 ": connect by a name it bears, or tell the node's name with tls.names or tls.server_name";
      return;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      refusal_ = "of " + names_in(certificate) + " has expired: it was valid until " + time_text(X509_get0_notAfter(certificate));
      return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      refusal_ = "of " + names_in(certificate) + " is not valid yet: it will be from " + time_text(X509_get0_notBefore(certificate)) +
                 "; is this machine's clock right?";
      return;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: refusal_ = "is self-signed and not among those that are trusted" + trust; return;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: refusal_ = "is signed by an authority that is not trusted" + trust; return;
    default: refusal_ = "cannot be trusted: " + std::string(X509_verify_cert_error_string(error)); return;
  }
}

}  // namespace rediscluster::net
