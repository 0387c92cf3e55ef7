#include "api/url.hpp"

#include "commands/letter_case.hpp"
#include "wire/number_text.hpp"
#include "wire/printable.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace rediscluster::api {
namespace {

constexpr int default_port = 6379;  // of every server and every other client

Failure bad_url(std::string what) { return fail(Errc::bad_option, "URL: " + std::move(what)); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "%40" to "@". Errors do not repeat the text: it may be a password.
Result<std::string> percent_decoded(std::string_view text, const char* part) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad_url("a '%' in the " + std::string(part) + " is not followed by two hexadecimal digits");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

// "fe80::1%25eth0" (RFC 6874), or "fe80::1%eth0" as everybody writes it.
std::string with_zone(std::string_view host) {
  const std::size_t percent = host.find('%');
  std::string text(host);
  if (percent != std::string_view::npos && host.substr(percent).starts_with("%25")) text.erase(percent + 1, 2);
  return text;
}

Result<NodeAddress> parse_node(std::string_view text) {
  NodeAddress node{"", default_port};
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return bad_url("an IPv6 host misses its ']'");
    node.host = with_zone(text.substr(1, close - 1));
    port = text.substr(close + 1);
    if (!port.empty() && port.front() != ':') return bad_url("unexpected text behind the ']' of an IPv6 host");
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const std::size_t colon = text.find(':');
    node.host = std::string(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  if (node.host.empty()) return bad_url("a host is missing; write redis://host:port");
  if (!port.empty()) {
    const auto number = wire::parse_integer(port);
    // The text is not shown: with a forgotten '@' it is a password.
    if (!number) return bad_url("the port of a host is no number between 1 and 65535");
    if (*number < 1 || *number > 65535) return bad_url("port " + std::to_string(*number) + " is not between 1 and 65535");
    node.port = static_cast<int>(*number);
  }
  return node;
}

Result<void> parse_credentials(std::string_view text, Options& options) {
  const std::size_t colon = text.find(':');
  Result<std::string> user = percent_decoded(text.substr(0, colon), "user name");
  if (!user) return fail(std::move(user.error()));
  options.username = std::move(*user);
  if (colon == std::string_view::npos) return {};
  Result<std::string> password = percent_decoded(text.substr(colon + 1), "password");
  if (!password) return fail(std::move(password.error()));
  options.password = std::move(*password);
  return {};
}

// Readers of one option's value; false: not such a value.
bool read_bool(std::string_view text, bool& value) {
  for (const char* yes : {"1", "true", "True", "yes"}) {
    if (text == yes) return value = true, true;
  }
  for (const char* no : {"0", "false", "False", "no"}) {
    if (text == no) return value = false, true;
  }
  return false;
}

bool read_seconds(std::string_view text, TimeSpan& value) {
  const std::optional<double> seconds = wire::parse_number(text);
  if (!seconds || !(*seconds > 0) || *seconds > 1e9) return false;
  value = std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
  return value.count() > 0;
}

bool read_int(std::string_view text, int& value) {
  const std::optional<std::int64_t> number = wire::parse_integer(text);
  if (!number || *number < -1'000'000'000 || *number > 1'000'000'000) return false;
  value = static_cast<int>(*number);
  return true;
}

template <class T, bool (*read)(std::string_view, T&)>
bool read_optional(std::string_view text, std::optional<T>& value) {
  return read(text, value.emplace());
}

bool read_cert_reqs(std::string_view text, bool& insecure) {
  if (text == "required" || text == "optional") return insecure = false, true;  // no server goes without a certificate
  return text == "none" && (insecure = true);
}

bool read_tls_version(std::string_view text, TlsVersion& value) {
  if (text == "1.2" || text == "TLSv1.2") return value = TlsVersion::tls1_2, true;
  if (text == "1.3" || text == "TLSv1.3") return value = TlsVersion::tls1_3, true;
  return false;
}

bool read_resend(std::string_view text, Resend& value) {
  if (text == "reads") return value = Resend::reads, true;
  if (text == "idempotent_writes") return value = Resend::idempotent_writes, true;
  if (text == "everything") return value = Resend::everything, true;
  return false;
}

bool read_cross_slot(std::string_view text, CrossSlot& value) {
  if (text == "split") return value = CrossSlot::split, true;
  if (text == "refuse") return value = CrossSlot::refuse, true;
  return false;
}

bool read_read_from(std::string_view text, ReadFrom& value) {
  if (text == "primary") return value = ReadFrom::primary, true;
  if (text == "prefer_replica") return value = ReadFrom::prefer_replica, true;
  if (text == "any") return value = ReadFrom::any, true;
  if (text == "lowest_latency") return value = ReadFrom::lowest_latency, true;
  if (text == "same_zone") return value = ReadFrom::same_zone, true;
  return false;
}

// "1" is one connection here, not "true".
bool read_per_node(std::string_view text, ConnectionsPerNode& value) {
  int limit = 0;
  if (read_int(text, limit)) return value = limit, true;
  bool applies = false;
  return read_bool(text, applies) && (value = applies, true);
}

struct UrlOption {
  std::string_view name;
  const char* kind;  // what the value may be
  bool (*set)(Options&, std::string_view);
};

constexpr std::array url_options{
    UrlOption{"availability_zone", "text", [](Options& o, std::string_view v) { return o.availability_zone = std::string(v), true; }},
    UrlOption{"blocking_connections_per_node", "a whole number", [](Options& o, std::string_view v) { return read_int(v, o.blocking_connections_per_node); }},
    UrlOption{"client_name", "text", [](Options& o, std::string_view v) { return o.client_name = std::string(v), true; }},
    UrlOption{"cluster_down_retry_attempts", "a whole number", [](Options& o, std::string_view v) { return read_optional<int, read_int>(v, o.cluster_down_retry_attempts); }},
    UrlOption{"command_timeout", "seconds", [](Options& o, std::string_view v) { return read_seconds(v, o.command_timeout); }},
    UrlOption{"cross_slot", "split or refuse", [](Options& o, std::string_view v) { return read_cross_slot(v, o.cross_slot); }},
    UrlOption{"db", "0", [](Options& o, std::string_view v) { return read_int(v, o.db); }},
    UrlOption{"init_slot_cache", "true or false", [](Options& o, std::string_view v) { return read_bool(v, o.init_slot_cache); }},
    UrlOption{"lanes_per_node", "a whole number", [](Options& o, std::string_view v) { return read_int(v, o.lanes_per_node); }},
    UrlOption{"max_connections", "a whole number", [](Options& o, std::string_view v) { return read_optional<int, read_int>(v, o.max_connections); }},
    UrlOption{"max_connections_per_node", "a whole number, true or false", [](Options& o, std::string_view v) { return read_per_node(v, o.max_connections_per_node); }},
    UrlOption{"nodemanager_follow_cluster", "true or false", [](Options& o, std::string_view v) { return read_bool(v, o.nodemanager_follow_cluster); }},
    UrlOption{"protocol", "2 or 3", [](Options& o, std::string_view v) { return read_int(v, o.protocol); }},
    UrlOption{"read_from", "primary, prefer_replica, any, lowest_latency or same_zone", [](Options& o, std::string_view v) { return read_read_from(v, o.read_from); }},
    UrlOption{"read_from_replicas", "true or false", [](Options& o, std::string_view v) { return read_bool(v, o.read_from_replicas); }},
    UrlOption{"readonly_mode", "true or false", [](Options& o, std::string_view v) { return read_bool(v, o.readonly_mode); }},
    UrlOption{"reinitialize_steps", "a whole number", [](Options& o, std::string_view v) { return read_optional<int, read_int>(v, o.reinitialize_steps); }},
    UrlOption{"resend", "reads, idempotent_writes or everything", [](Options& o, std::string_view v) { return read_resend(v, o.resend); }},
    UrlOption{"skip_full_coverage_check", "true or false", [](Options& o, std::string_view v) { return read_bool(v, o.skip_full_coverage_check); }},
    UrlOption{"socket_connect_timeout", "seconds", [](Options& o, std::string_view v) { return read_seconds(v, o.socket_connect_timeout); }},
    UrlOption{"socket_keepalive", "true or false", [](Options& o, std::string_view v) { return read_bool(v, o.socket_keepalive); }},
    UrlOption{"socket_timeout", "seconds", [](Options& o, std::string_view v) { return read_optional<TimeSpan, read_seconds>(v, o.socket_timeout); }},
    UrlOption{"ssl_ca_certs", "a file", [](Options& o, std::string_view v) { return o.tls.ca_file = std::string(v), true; }},
    UrlOption{"ssl_ca_data", "certificates in PEM", [](Options& o, std::string_view v) { return o.tls.ca_pem = std::string(v), true; }},
    UrlOption{"ssl_ca_path", "a folder", [](Options& o, std::string_view v) { return o.tls.ca_folder = std::string(v), true; }},
    UrlOption{"ssl_cert_reqs", "required or none", [](Options& o, std::string_view v) { return read_cert_reqs(v, o.tls.insecure_no_verification); }},
    UrlOption{"ssl_certfile", "a file", [](Options& o, std::string_view v) { return o.tls.certificate_file = std::string(v), true; }},
    UrlOption{"ssl_check_hostname", "true or false", [](Options& o, std::string_view v) { bool check = true; return read_bool(v, check) && (o.tls.insecure_no_name_check = !check, true); }},
    UrlOption{"ssl_ciphers", "a list of ciphers", [](Options& o, std::string_view v) { return o.tls.ciphers = std::string(v), true; }},
    UrlOption{"ssl_keyfile", "a file", [](Options& o, std::string_view v) { return o.tls.key_file = std::string(v), true; }},
    UrlOption{"ssl_max_version", "1.2 or 1.3", [](Options& o, std::string_view v) { return read_tls_version(v, o.tls.max_version); }},
    UrlOption{"ssl_min_version", "1.2 or 1.3", [](Options& o, std::string_view v) { return read_tls_version(v, o.tls.min_version); }},
    UrlOption{"ssl_password", "a password", [](Options& o, std::string_view v) { return o.tls.key_password = std::string(v), true; }},
    UrlOption{"ssl_server_name", "a host name", [](Options& o, std::string_view v) { return o.tls.server_name = std::string(v), true; }},
};

std::string all_option_names() {
  std::string names;
  for (const UrlOption& option : url_options) names += (names.empty() ? "" : ", ") + std::string(option.name);
  return names;
}

Result<void> parse_option(std::string_view text, Options& options) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  for (const UrlOption& option : url_options) {
    if (option.name != name) continue;
    Result<std::string> value = percent_decoded(equals == std::string_view::npos ? "" : text.substr(equals + 1), "options");
    if (!value) return fail(std::move(value.error()));
    if (option.set(options, *value)) return {};
    return bad_url("option " + std::string(name) + " is \"" + wire::printable(*value, 40) + "\"; it must be " + option.kind);
  }
  return bad_url("unknown option \"" + wire::printable(name, 40) + "\"; known are: " + all_option_names());
}

Result<void> parse_options(std::string_view query, Options& options) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    if (auto parsed = parse_option(query.substr(0, end), options); !parsed) return parsed;
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return {};
}

Result<void> parse_nodes(std::string_view hosts, Options& options) {
  options.host.clear();
  options.startup_nodes.clear();
  for (std::size_t begin = 0; begin <= hosts.size();) {
    const std::size_t end = std::min(hosts.find(',', begin), hosts.size());
    Result<NodeAddress> node = parse_node(hosts.substr(begin, end - begin));
    if (!node) return fail(std::move(node.error()));
    options.startup_nodes.push_back(std::move(*node));
    begin = end + 1;
  }
  return {};
}

Result<void> parse_database(std::string_view path, Options& options) {
  if (path.empty() || path == "/") return {};
  if (read_int(path.substr(1), options.db)) return {};
  return bad_url("what stands behind the '/' is no database number (of which a cluster has only 0)");
}

// Host, credentials and database (what stands before the '?'), then the options behind it.
Result<void> parse_parts(std::string_view rest, std::string_view query, Options& options) {
  const std::size_t at = rest.rfind('@');  // the last one: a password may hold others
  if (at != std::string_view::npos) {
    if (auto parsed = parse_credentials(rest.substr(0, at), options); !parsed) return parsed;
    rest = rest.substr(at + 1);
  }
  const std::size_t slash = rest.find('/');
  if (auto parsed = parse_nodes(rest.substr(0, slash), options); !parsed) return parsed;
  const std::string_view path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (auto parsed = parse_database(path, options); !parsed) return parsed;
  return parse_options(query, options);
}

// Takes "scheme://" off the front, in letters of any case.
bool takes_scheme(std::string_view& url, std::string_view scheme) {
  const std::size_t end = url.find("://");
  if (end == std::string_view::npos || !equals_ignoring_case(url.substr(0, end), scheme)) return false;
  url.remove_prefix(end + 3);
  return true;
}

}  // namespace

Result<Options> parse_url(std::string_view url, const Options& defaults) {
  if (takes_scheme(url, "unix")) return bad_url("Unix sockets do not work in a cluster environment; use redis://host:port");
  std::string_view rest = url;
  const bool is_secure = takes_scheme(rest, "rediss") || takes_scheme(rest, "valkeys");
  if (!is_secure && !takes_scheme(rest, "redis") && !takes_scheme(rest, "valkey")) {
    return bad_url("it must begin with redis:// or rediss:// (valkey:// or valkeys://), as in redis://127.0.0.1:7000");
  }
  const std::size_t question = rest.find('?');
  const std::string_view query = question == std::string_view::npos ? std::string_view{} : rest.substr(question + 1);
  Options options = defaults;
  if (is_secure) options.tls.enabled = true;  // and redis:// leaves it as it was: nothing turns TLS off by accident
  if (auto parsed = parse_parts(rest.substr(0, question), query, options); !parsed) {
    // "redis://user:pass?word@host" looks like a strange host and a strange option: showing them would show a password.
    if (query.find('@') != std::string_view::npos) return bad_url("a part is malformed; write a '?' in a password as %3F");
    return fail(std::move(parsed.error()));
  }
  return options;
}

}  // namespace rediscluster::api
