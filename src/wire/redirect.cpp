#include "wire/redirect.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <rediscluster/key_slot.hpp>

#include "wire/error_reply.hpp"
#include "wire/printable.hpp"

namespace rediscluster::wire {
namespace {

constexpr std::size_t longest_host = 255;  // a DNS name; no address is longer

// Digits only, no sign, within [0, most].
std::optional<int> parse_small(std::string_view text, int most) {
  if (text.empty() || text.size() > 5 || text.front() < '0' || text.front() > '9') return std::nullopt;
  int value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

Failure malformed(const char* what, std::string_view text) {
  return fail(Errc::protocol_error, std::string("a redirect ") + what + ": \"" + printable(text, 80) + "\"");
}

// Takes the brackets off "[::1]". Nothing when they do not match or a byte cannot belong to a host.
std::optional<std::string_view> bare_host(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  }
  const auto is_foreign = [](char c) { return c <= ' ' || c == 0x7f || c == '[' || c == ']' || c == '"'; };
  if (host.size() > longest_host || std::ranges::any_of(host, is_foreign)) return std::nullopt;
  return host;
}

}  // namespace

Result<Redirect> parse_redirect(std::string_view error_line) {
  const std::string_view whole = trim_error_line(error_line);
  std::string_view rest = whole;
  const auto take_word = [&rest] {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(std::min(space + 1, rest.size()));
    return word;
  };
  const std::string_view kind = take_word();
  if (kind != "MOVED" && kind != "ASK") return malformed("does not begin with MOVED or ASK", whole);
  const auto slot = parse_small(take_word(), slot_count - 1);
  if (!slot) return malformed("has no slot from 0 to 16383", whole);
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return malformed("has no port", whole);
  const auto port = parse_small(rest.substr(colon + 1), 65535);
  if (!port) return malformed("has no port", whole);
  const auto host = bare_host(rest.substr(0, colon));
  if (!host) return malformed("has a malformed host", whole);
  Redirect redirect{*slot, {std::string(*host), *port}, kind == "ASK", *host == "?"};
  if (redirect.unusable_host) redirect.target.host.clear();
  return redirect;
}

}  // namespace rediscluster::wire
