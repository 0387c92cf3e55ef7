#include "wire/decode_reports.hpp"

#include "wire/number_text.hpp"

namespace rediscluster::wire {
namespace {

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = take_until(text, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct ClientText {
  std::string_view name;
  std::string ClientInfo::*value;
};
constexpr ClientText client_texts[] = {
    {"addr", &ClientInfo::address},
    {"laddr", &ClientInfo::local_address},
    {"name", &ClientInfo::name},
    {"user", &ClientInfo::user},
    {"flags", &ClientInfo::flags},
    {"cmd", &ClientInfo::last_command},
    {"lib-name", &ClientInfo::library_name},
    {"lib-ver", &ClientInfo::library_version},
};

struct ClientNumber {
  std::string_view name;
  std::int64_t ClientInfo::*value;
};
constexpr ClientNumber client_numbers[] = {
    {"id", &ClientInfo::id},
    {"age", &ClientInfo::age_seconds},
    {"idle", &ClientInfo::idle_seconds},
    {"db", &ClientInfo::database},
    {"sub", &ClientInfo::subscriptions},
    {"psub", &ClientInfo::pattern_subscriptions},
    {"ssub", &ClientInfo::shard_subscriptions},
    {"resp", &ClientInfo::protocol},
};

// A text as the cursor stands before it; refuses everything else.
bool take_text(ReplyCursor& cursor, std::string& text, Mismatch& why) {
  return Decoder<std::string>::decode(cursor, text, why);
}

}  // namespace

ClientInfo read_client_line(std::string_view line) {
  ClientInfo client;
  while (!line.empty()) {
    std::string_view value = take_until(line, ' ');
    if (value.find('=') == std::string_view::npos) continue;
    const std::string_view name = take_until(value, '=');
    client.fields.insert_or_assign(std::string(name), std::string(value));
    for (const ClientText& text : client_texts) {
      if (text.name == name) client.*text.value = value;
    }
    for (const ClientNumber& number : client_numbers) {
      if (number.name == name) client.*number.value = parse_integer(value).value_or(0);
    }
  }
  return client;
}

ServerInfo read_server_info(std::string_view text) {
  ServerInfo info;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line.starts_with('#')) {
      line.remove_prefix(line.starts_with("# ") ? 2 : 1);
      info.sections.push_back({std::string(line), {}});
      continue;
    }
    if (line.find(':') == std::string_view::npos) continue;
    if (info.sections.empty()) info.sections.emplace_back();
    const std::string_view name = take_until(line, ':');
    info.sections.back().fields.insert_or_assign(std::string(name), std::string(line));
  }
  return info;
}

bool Decoder<ServerInfo>::decode(ReplyCursor& cursor, ServerInfo& out, Mismatch& why) {
  std::string text;
  if (!take_text(cursor, text, why)) return false;
  out = read_server_info(text);
  return true;
}

bool Decoder<ClientInfo>::decode(ReplyCursor& cursor, ClientInfo& out, Mismatch& why) {
  std::string text;
  if (!take_text(cursor, text, why)) return false;
  std::string_view rest = text;
  out = read_client_line(take_line(rest));
  return true;
}

bool Decoder<std::vector<ClientInfo>>::decode(ReplyCursor& cursor, std::vector<ClientInfo>& out, Mismatch& why) {
  std::string text;
  if (!take_text(cursor, text, why)) return false;
  for (std::string_view rest = text; !rest.empty();) {
    if (const std::string_view line = take_line(rest); !line.empty()) out.push_back(read_client_line(line));
  }
  return true;
}

}  // namespace rediscluster::wire
